import { whyRefused } from '../../model/decision/why.ts'
import type { World } from '../../model/ports/world.ts'
import { refuse } from '../../model/refusal.ts'
import { pageOf } from '../../operations/catalog/page-of.ts'
import { coveredUnits } from '../../operations/rooms/covered.ts'
import { readTimes } from '../../operations/upkeep/read-times.ts'
import { RefusalPage, RefusalsQuery, type RefusalView } from '../../protocol/refusals.ts'
import { askerOf, worldOf } from '../engine/exchange.ts'
import type { KeptRefusal, KeptRefusals } from '../observe/kept-refusals.ts'
import { page, shared } from './operator-route.ts'
import { type Route, route } from './route.ts'

/** The refusals that this node keeps. `operations`: the names of operations in logs and metrics. */
export function refusalRoutes(
  keptOf: (world: World) => Pick<KeptRefusals, 'list'>,
  operations: ReadonlySet<string>,
): readonly Route[] {
  return [
    route({
      ...shared('refusals'),
      method: 'GET',
      path: '/_skillkeeper/refusals',
      operationId: 'listRefusals',
      summary: 'Read the last refusals of this node, the newest first',
      query: RefusalsQuery,
      success: page('refusals', RefusalPage),
      refuses: [404],
      handle: async (context, request) => {
        const { query } = request
        const { after, maxResults, since, until, under, ...filter } = query
        if (filter.operation !== undefined && !operations.has(filter.operation)) {
          throw refuse('INVALID_PARAM', `operation is invalid: one of ${[...operations].sort().join(', ')}.`)
        }
        const wanted = { ...filter, ...readTimes({ since, until }) }
        const kept = (limit: number) =>
          keptOf(worldOf(request)).list(wanted, { ...(after !== undefined && { after }), limit })
        const unitsOfAll = () => kept(Number.POSITIVE_INFINITY).flatMap(({ unitId }) => unitId ?? [])
        const covered = await coveredUnits(context, askerOf(request), under, unitsOfAll)
        const isShown = ({ unitId }: KeptRefusal) => unitId !== undefined && covered?.has(unitId)
        return pageOf(
          { ...(maxResults !== undefined && { maxResults }) },
          async (limit) =>
            covered === undefined
              ? kept(limit)
              : kept(Number.POSITIVE_INFINITY).filter(isShown).slice(0, limit),
          view,
        )
      },
    }),
  ]
}

function view({ at, hasBegun, ...refusal }: KeptRefusal): RefusalView {
  return {
    ...refusal,
    at: new Date(at).toISOString(),
    why: whyRefused(refusal.operation, [refusal], hasBegun),
  }
}
