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
import type { Service, StartOptions } from './start.ts'

export type { Clock } from './clock.ts'
export type { LogOutput } from './log/log-output.ts'
export type { Settings } from './settings/settings.ts'
export type { Service, StartOptions } from './start.ts'
export { StartError } from './start-error.ts'

// An import that fails would tell an old Node's troubles with the code, and not the reason. So the rest is loaded later.
requireNode()

/**
 * Starts a service and resolves when it takes requests. As long as its database is down it waits for it: requests are
 * answered 503 then, at the address that the log tells. Rejects with a `StartError` that says what to put right;
 * everything that was opened is closed again then. Many services may run in one process.
 */
export async function startSkillkeeper(options: StartOptions = {}): Promise<Service> {
  const service = await import('./start.ts')
  return await service.startSkillkeeper(options)
}
