/**
 * Preloaded into every measured process (`node --import`): tells its parent over IPC what it has used so far. It costs
 * nothing while nobody asks, does not keep the process alive, and ends it when the parent is gone.
 */
import type { Usage } from './child.ts'

process.on('message', (question) => {
  if (question !== 'usage') return
  const { user, system } = process.cpuUsage()
  const usage: Usage = { cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() }
  process.send?.(usage)
})
process.on('disconnect', () => process.exit())
process.channel?.unref()
