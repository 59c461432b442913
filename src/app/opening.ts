/** The start of a service, between its settings and its parts. */
import type { OpenWorld } from '../world/world.ts'
import type { Clock } from './clock.ts'
import type { Telemetry } from './log/telemetry.ts'
import type { Server } from './server.ts'
import type { StartOptions } from './service.ts'
import type { Settings } from './settings/settings.ts'

/** A service, open. */
export interface Opened {
  readonly server: Server
  readonly world: OpenWorld
  readonly testToken?: string
}

export interface Opening extends Pick<StartOptions, 'catalog' | 'signal'> {
  readonly settings: Settings
  readonly clock: Clock
  readonly telemetry: Telemetry
}
