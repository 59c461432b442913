/**
 * Skillkeeper as a library: the whole service as one value.
 *
 * ```ts
 * import { startSkillkeeper } from 'skillkeeper'
 *
 * const service = await startSkillkeeper({ port: 0, data: ':memory:' })
 * // … call service.url …
 * await service.stop()
 * ```
 */
import { requireNode } from '../../bin/node-version.js'
import type { Service, StartOptions } from './service.ts'

export type { Clock } from './clock.ts'
export type { LogOutput } from './log/log-output.ts'
export type { Service, StartOptions } from './service.ts'
export type { Settings } from './settings/settings.ts'
export { StartError } from './start-error.ts'

// On an old Node a static import would fail with a syntax error that hides the reason. So the rest is loaded later.
requireNode()

/**
 * Starts a service and resolves when it accepts requests. If its database is down, it waits for the database; meanwhile
 * it responds with 503 at the address in the log. Rejects with a `StartError` that describes what to correct, after it
 * has closed everything that it opened. Many services may run in one process.
 */
export async function startSkillkeeper(options: StartOptions = {}): Promise<Service> {
  const service = await import('./start.ts')
  return await service.startSkillkeeper(options)
}
