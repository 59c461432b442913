/** Decides the state that a world begins with. */
import { refuse } from '../../model/refusal.ts'
import type { Activation } from '../../protocol/test-controls/clock.ts'
import { defaultWorld, type WorldRequest, type WorldSettings } from '../../protocol/test-controls/worlds.ts'
import type { KeptState } from '../folder/test-folder.ts'
import { timeOf } from '../routes/control.ts'
import type { Registry } from './registry.ts'
import type { Snapshots } from './snapshots.ts'
import type { WorldStart, WorldState } from './test-world.ts'

interface Sources {
  readonly registry: Registry
  readonly snapshots: Snapshots
  /** The settings of a world unless its request says otherwise. */
  readonly settings: WorldSettings
  /** The clock of the machine. */
  now(): number
}

/** Returns the start of the default world: its state when it was last written, or a new database. */
export function beginOfDefault(
  { settings, now }: Pick<Sources, 'settings' | 'now'>,
  kept: KeptState | undefined,
): WorldStart {
  if (kept === undefined) return { settings, clock: { now: now(), rate: 1 }, activation: delayedBy(settings) }
  const { clock, writtenAt } = kept
  const hasNewDelay = kept.settings.activationDelayMs !== settings.activationDelayMs
  return {
    settings,
    clock: { ...clock, now: clock.now + Math.floor(Math.max(0, now() - writtenAt) * (clock.rate ?? 0)) },
    activation: hasNewDelay ? delayedBy(settings) : kept.activation,
  }
}

/** Throws INVALID_PARAM for a contradiction, and NOT_FOUND for an unknown source. */
export async function beginOf(request: WorldRequest, sources: Sources): Promise<WorldStart> {
  const { from, catalog, clock } = request
  if (catalog !== undefined && from !== undefined)
    throw refuse(
      'INVALID_PARAM',
      'catalog and from exclude each other: what a world is made from has a catalog.',
    )
  const source = catalog === undefined ? await sourceOf(from, sources) : undefined
  const settings = { ...(source?.settings ?? sources.settings), ...request.settings }
  // What is made from the start has a clock of its own, and no history.
  const copied = from === undefined || from === 'start' ? undefined : source
  return {
    ...(source && { image: source.image }),
    settings,
    clock: clock
      ? { now: timeOf('clock.frozenAt', clock.frozenAt), rate: undefined }
      : (copied?.clock ?? { now: sources.now(), rate: 1 }),
    activation:
      copied !== undefined && request.settings?.activationDelayMs === undefined
        ? copied.activation
        : delayedBy(settings),
  }
}

async function sourceOf(from: WorldRequest['from'], { registry, snapshots }: Sources): Promise<WorldState> {
  if (from === undefined || from === 'start') return registry.require(defaultWorld).start
  return 'world' in from ? registry.require(from.world).world.state() : snapshots.stateOf(from.snapshot)
}

function delayedBy({ activationDelayMs }: WorldSettings) {
  const activation: Activation = { kind: 'delay', ms: activationDelayMs }
  return { activation, readsLeft: [] }
}
