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
export type { Clock } from './clock.ts'
export type { LogOutput } from './log-output.ts'
export type { Settings } from './settings.ts'
export { type Service, type StartOptions, startSkillkeeper } from './start.ts'
export { StartError } from './start-error.ts'
