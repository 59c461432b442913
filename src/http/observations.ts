/** The observations of the requests of a world: its metrics and its last refusals. */
import type { World } from '../model/ports/world.ts'
import type { ServerEffects } from './engine/engine.ts'
import { createKeptRefusals, type KeptRefusals } from './observe/kept-refusals.ts'
import { createMetrics, type Metrics } from './observe/metrics.ts'

export interface Observed {
  readonly metrics: Metrics
  readonly kept: KeptRefusals
}

/** `undefined`: of requests that are for no world, or came before it was open. */
export type Observations = (world: World | undefined) => Observed

/** Observes a server with one world, which may open later than its first requests come. */
export function observeAll(effects: ServerEffects): Observations {
  const all = createObserved(effects)
  return () => all
}

/** Observes a server with many worlds, which must not see each other's. A world that is gone leaves nothing. */
export function observeEach(effects: ServerEffects): Observations {
  const rest = createObserved(effects)
  const byWorld = new WeakMap<World, Observed>()
  return (world) => {
    if (world === undefined) return rest
    const known = byWorld.get(world) ?? createObserved(world.context)
    byWorld.set(world, known)
    return known
  }
}

function createObserved(effects: Pick<ServerEffects, 'now' | 'newId'>): Observed {
  const metrics = createMetrics()
  return { metrics, kept: createKeptRefusals(effects, metrics) }
}
