import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { refuse } from '../../model/refusal.ts'
import { pageOf } from '../../operations/catalog/page-of.ts'
import { readTimes } from '../../operations/upkeep/read-times.ts'
import { RefusalPage, RefusalsQuery, type RefusalView } from '../../protocol/refusals.ts'
import type { KeptRefusal, KeptRefusals } from '../observe/kept-refusals.ts'
import { described, operator, page } from './operator-route.ts'

/** The refusals that this node keeps. `operations`: the names that requests are told by. */
export function refusalRoutes(
  untyped: FastifyInstance,
  kept: KeptRefusals,
  operations: ReadonlySet<string>,
): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/_skillkeeper/refusals',
    {
      ...operator('refusals'),
      schema: {
        ...described('listRefusals', 'Read the last refusals of this node, the newest first'),
        querystring: RefusalsQuery,
        response: page('refusals', RefusalPage),
      },
    },
    ({ query }) => {
      const { after, maxResults, since, until, ...filter } = query
      if (filter.operation !== undefined && !operations.has(filter.operation)) {
        throw refuse('INVALID_PARAM', `operation is invalid: one of ${[...operations].sort().join(', ')}.`)
      }
      const wanted = { ...filter, ...readTimes({ since, until }) }
      return pageOf(
        { ...(maxResults !== undefined && { maxResults }) },
        async (limit) => kept.list(wanted, { ...(after !== undefined && { after }), limit }),
        view,
      )
    },
  )
}

function view({ at, ...refusal }: KeptRefusal): RefusalView {
  return { ...refusal, at: new Date(at).toISOString() }
}
