/** Delegated links, the scopes of a skill and the operations log in the operator's API. */
import {
  getDelegatedLink,
  listDelegatedLinks,
  putDelegatedLink,
  removeDelegatedLink,
} from '../../operations/links/delegated-link.ts'
import { readDirectiveScopes } from '../../operations/links/read-directive-scopes.ts'
import { readOperationsLog } from '../../operations/rooms/read-log.ts'
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
import { askerOf, operatorCallOf } from '../engine/exchange.ts'
import { ok } from './answer-schema.ts'
import { operator, page, removed, shared } from './operator-route.ts'
import { type Route, route } from './route.ts'

const linksPath = '/_skillkeeper/organizations/:id/delegated-links'
const linkPath = `${linksPath}/:skillId`

export const operatorRoutes: readonly Route[] = [
  route({
    ...operator('delegated_link'),
    method: 'GET',
    path: linksPath,
    operationId: 'listDelegatedLinks',
    summary: 'List the delegated links of an organization',
    params: DelegatedLinksPath,
    success: ok('The links.', DelegatedLinkList),
    refuses: [404],
    handle: async (context, { params }) => ({ items: await listDelegatedLinks(context, params.id) }),
  }),
  route({
    ...operator('delegated_link'),
    method: 'GET',
    path: linkPath,
    operationId: 'getDelegatedLink',
    summary: 'Get a delegated link',
    params: DelegatedLinkPath,
    success: ok('The link.', DelegatedLinkView),
    refuses: [404],
    handle: (context, { params }) => getDelegatedLink(context, params.id, params.skillId),
  }),
  route({
    ...operator('delegated_link'),
    method: 'PUT',
    path: linkPath,
    operationId: 'putDelegatedLink',
    summary: 'Link a skill for all units of an organization',
    params: DelegatedLinkPath,
    body: DelegatedLinkRequest,
    success: ok('The link.', DelegatedLinkView),
    refuses: [404],
    handle: (context, request) => {
      const { params, body } = request
      const target = { organizationId: params.id, skillId: params.skillId }
      return putDelegatedLink(context, target, body, operatorCallOf(request))
    },
  }),
  route({
    ...operator('delegated_link'),
    method: 'DELETE',
    path: linkPath,
    operationId: 'removeDelegatedLink',
    summary: 'Remove a delegated link',
    params: DelegatedLinkPath,
    success: removed,
    refuses: [404],
    handle: (context, request) => {
      const { id, skillId } = request.params
      return removeDelegatedLink(context, id, skillId, operatorCallOf(request))
    },
  }),
  route({
    ...operator('scopes'),
    // A POST: the call may renew tokens, and its response must not be cached.
    method: 'POST',
    path: '/_skillkeeper/units/:id/enablements/:skillId/scopes',
    operationId: 'readScopes',
    summary: 'Read the scopes of the directives that a skill receives for a unit',
    params: EnablementPath,
    query: ScopesQuery,
    success: ok('The scopes.', EnablementScopes),
    refuses: [404],
    handle: (context, request, reply) => {
      const { params, query } = request
      reply.header('cache-control', 'no-store')
      const isForced = query.renew === 'always'
      const wanted = { unitId: params.id, skillId: params.skillId, isForced }
      return readDirectiveScopes(context, wanted, operatorCallOf(request))
    },
  }),
  route({
    ...shared('operations_log'),
    method: 'GET',
    path: '/_skillkeeper/operations',
    operationId: 'listOperations',
    summary: 'Read the operations log',
    query: LogQuery,
    success: page('entries', LogPage),
    refuses: [404],
    handle: (context, request) => readOperationsLog(context, askerOf(request), request.query),
  }),
]
