/** The operator's API: the catalog, the delegated links, the scopes of a skill and the operations log, under a prefix of its own. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import type { KeyRing } from '../../model/ports/key-ring.ts'
import {
  getDelegatedLink,
  listDelegatedLinks,
  putDelegatedLink,
  removeDelegatedLink,
} from '../../operations/links/delegated-link.ts'
import { readDirectiveScopes } from '../../operations/links/read-directive-scopes.ts'
import { readOperationsLog } from '../../operations/upkeep/read-operations-log.ts'
import {
  DelegatedLinkList,
  DelegatedLinkPath,
  DelegatedLinkRequest,
  DelegatedLinksPath,
  DelegatedLinkView,
  EnablementPath,
  EnablementScopes,
  LogPage,
  LogQuery,
  ScopesQuery,
} from '../../protocol/operator.ts'
import { operatorCallOf } from '../engine/exchange.ts'
import { jsonAnswer, refusals } from './answer-schema.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { described, one, operator, page, removed } from './operator-route.ts'

export interface OperatorRouteParts {
  /** Called after each change of the catalog, so that what is remembered of clients is forgotten. */
  catalogChanged(): void
  /** Only asked for when a request is here. */
  keys(): KeyRing
}

/** Who may call is the affair of the app, which knows the operator's token. */
export function registerOperatorRoutes(
  app: FastifyInstance,
  context: Context,
  parts: OperatorRouteParts,
): void {
  catalogRoutes(app, context, () => parts.catalogChanged())
  delegatedLinkRoutes(app, context)
  scopesRoute(app, context)
  operationsLogRoute(app, context)
  keyRoutes(app, context, () => parts.keys())
}

function operationsLogRoute(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/_skillkeeper/operations',
    {
      ...operator('operations_log'),
      schema: {
        ...described('listOperations', 'Read the operations log'),
        querystring: LogQuery,
        response: page('entries', LogPage),
      },
    },
    (request) => readOperationsLog(context, request.query),
  )
}

/** A POST, since it may renew tokens, and since its answer is not one to be kept. */
function scopesRoute(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.post(
    '/_skillkeeper/units/:id/enablements/:skillId/scopes',
    {
      ...operator('scopes'),
      schema: {
        ...described('readScopes', 'Read what a skill is sent for a unit: the scopes of its directives'),
        params: EnablementPath,
        querystring: ScopesQuery,
        response: { ...one('scopes', EnablementScopes), ...refusals('single', 413, 503) },
      },
    },
    (request, reply) => {
      const { params, query } = request
      reply.header('cache-control', 'no-store')
      const isForced = query.renew === 'always'
      const wanted = { unitId: params.id, skillId: params.skillId, isForced }
      return readDirectiveScopes(context, wanted, operatorCallOf(request))
    },
  )
}

function delegatedLinkRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  const path = '/_skillkeeper/organizations/:id/delegated-links'
  app.get(
    path,
    {
      ...operator('delegated_link'),
      schema: {
        ...described('listDelegatedLinks', 'List the delegated links of an organization'),
        params: DelegatedLinksPath,
        response: { 200: jsonAnswer('The links.', DelegatedLinkList), ...refusals('single', 401, 404, 429) },
      },
    },
    async (request) => ({ items: await listDelegatedLinks(context, request.params.id) }),
  )
  app.get(
    `${path}/:skillId`,
    {
      ...operator('delegated_link'),
      schema: {
        ...described('getDelegatedLink', 'Get a delegated link'),
        params: DelegatedLinkPath,
        response: one('link', DelegatedLinkView),
      },
    },
    (request) => getDelegatedLink(context, request.params.id, request.params.skillId),
  )
  app.put(
    `${path}/:skillId`,
    {
      ...operator('delegated_link'),
      schema: {
        ...described('putDelegatedLink', 'Link a skill for all units of an organization'),
        params: DelegatedLinkPath,
        body: DelegatedLinkRequest,
        response: { ...one('link', DelegatedLinkView), ...refusals('single', 413, 503) },
      },
    },
    (request) => {
      const { params, body } = request
      const target = { organizationId: params.id, skillId: params.skillId }
      return putDelegatedLink(context, target, body, operatorCallOf(request))
    },
  )
  app.delete(
    `${path}/:skillId`,
    {
      ...operator('delegated_link'),
      schema: {
        ...described('removeDelegatedLink', 'Remove a delegated link'),
        params: DelegatedLinkPath,
        response: removed,
      },
    },
    async (request, reply) => {
      const { params } = request
      await removeDelegatedLink(context, params.id, params.skillId, operatorCallOf(request))
      reply.code(204)
    },
  )
}
