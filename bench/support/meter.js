// Preloaded into every measured process (`node --import`): tells its parent over IPC what it has used so far. It costs
// nothing while nobody asks, does not keep the process alive, and ends it when the parent is gone. Plain JavaScript:
// what strips types would stay in the memory that is measured.
process.on('message', (question) => {
  if (question !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())
process.channel?.unref()
