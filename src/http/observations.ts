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

type Effects = Pick<ServerEffects, 'now' | 'newId'>

/** Observes a server with one world, which may open later than its first requests come. */
export function observeAll(effects: Effects): Observations {
  const all = createObserved(effects)
  return () => all
}

/** Observes many worlds, which must not see each other's. A world that is gone leaves nothing. */
export function observeEach(effects: Effects): Observations {
  const rest = createObserved(effects)
  const byWorld = new WeakMap<World, Observed>()
  return (world) => {
    if (world === undefined) return rest
    let observed = byWorld.get(world)
    if (observed === undefined) {
      observed = createObserved(world.context)
      byWorld.set(world, observed)
    }
    return observed
  }
}

function createObserved(effects: Effects): Observed {
  const metrics = createMetrics()
  return { metrics, kept: createKeptRefusals(effects, metrics) }
}
