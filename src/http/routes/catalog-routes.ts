/** The catalog in the operator's API: add, read, remove. */
import type { OperatorCall } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import { readCatalogDocument } from '../../operations/catalog/catalog-document.ts'
import {
  removeClient,
  removeOrganization,
  removePerson,
  removeSkill,
  removeSubscription,
  removeUnit,
} from '../../operations/catalog/change-catalog.ts'
import { loadCatalog } from '../../operations/catalog/load-catalog.ts'
import {
  getCatalogUnit,
  getClient,
  getOrganization,
  getPerson,
  listClients,
  listOrganizations,
  listPeople,
  listSkills,
  showSkill,
} from '../../operations/catalog/read-catalog.ts'
import { Catalog } from '../../protocol/catalog.ts'
import {
  CatalogCounts,
  ClientPage,
  ClientPath,
  ClientView,
  OrganizationPage,
  OrganizationView,
  PageQuery,
  PersonPage,
  PersonPath,
  PersonView,
  SkillPage,
  SkillPathById,
  SkillView,
  UnitPath,
  UnitView,
} from '../../protocol/operator.ts'
import { operatorCallOf, worldOf } from '../engine/exchange.ts'
import { ok } from './answer-schema.ts'
import { operator, page, removed } from './operator-route.ts'
import { recordRoutes } from './record-routes.ts'
import { type Route, route } from './route.ts'

const catalogLimitBytes = 16 * 1024 * 1024

const loadingRoute = route({
  ...operator('catalog'),
  method: 'POST',
  path: '/_skillkeeper/catalog',
  operationId: 'putCatalog',
  summary: 'Add or update records of the catalog by ID',
  // The operation reports every problem, not only the first.
  unchecked: { body: Catalog },
  bodyLimitBytes: catalogLimitBytes,
  success: ok('The catalog is stored.', CatalogCounts),
  handle: async (context, request) => {
    try {
      return (await loadCatalog(context, request.body, operatorCallOf(request), 'operator')).counts
    } finally {
      // A large catalog that fails half-way has already changed a part.
      worldOf(request).tokens.forget()
    }
  },
})

const wholeRoute = route({
  ...operator('catalog'),
  method: 'GET',
  path: '/_skillkeeper/catalog',
  operationId: 'getCatalog',
  summary: 'Get the catalog in the form of a catalog file, without secrets',
  success: ok('The catalog.', Catalog),
  handle: (context) => readCatalogDocument(context),
})

const catalogUnitRoutes: readonly Route[] = [
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/organizations',
    operationId: 'listOrganizations',
    summary: 'List the organizations',
    query: PageQuery,
    success: page('organizations', OrganizationPage),
    handle: (context, { query }) => listOrganizations(context, query),
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/organizations/:id',
    operationId: 'getOrganization',
    summary: 'Get an organization',
    params: UnitPath,
    success: ok('The organization.', OrganizationView),
    refuses: [404],
    handle: (context, { params }) => getOrganization(context, params.id),
  }),
  removal({
    path: '/_skillkeeper/organizations/:id',
    operationId: 'removeOrganization',
    summary: 'Remove an organization',
    params: UnitPath,
    remove: removeOrganization,
    concernsClients: true,
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/units/:id',
    operationId: 'getCatalogUnit',
    summary: 'Get a unit',
    params: UnitPath,
    success: ok('The unit.', UnitView),
    refuses: [404],
    handle: (context, { params }) => getCatalogUnit(context, params.id),
  }),
  removal({
    path: '/_skillkeeper/units/:id',
    operationId: 'removeUnit',
    summary: 'Remove a unit',
    params: UnitPath,
    remove: removeUnit,
    concernsClients: true,
  }),
  removal({
    path: '/_skillkeeper/units/:id/subscription',
    operationId: 'removeSubscription',
    summary: 'Remove the subscription of a property',
    params: UnitPath,
    remove: removeSubscription,
  }),
]

const skillAndClientRoutes: readonly Route[] = [
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/skills',
    operationId: 'listSkills',
    summary: 'List the skills',
    query: PageQuery,
    success: page('skills', SkillPage),
    handle: (context, { query }) => listSkills(context, query),
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/skills/:id',
    operationId: 'getSkill',
    summary: 'Get a skill',
    params: SkillPathById,
    success: ok('The skill.', SkillView),
    refuses: [404],
    handle: (context, { params }) => showSkill(context, params.id),
  }),
  removal({
    path: '/_skillkeeper/skills/:id',
    operationId: 'removeSkill',
    summary: 'Remove a skill',
    params: SkillPathById,
    remove: removeSkill,
    concernsClients: true,
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/clients',
    operationId: 'listClients',
    summary: 'List the clients',
    query: PageQuery,
    success: page('clients', ClientPage),
    handle: (context, { query }) => listClients(context, query),
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/clients/:id',
    operationId: 'getClient',
    summary: 'Get a client',
    params: ClientPath,
    success: ok('The client.', ClientView),
    refuses: [404],
    handle: (context, { params }) => getClient(context, params.id),
  }),
  removal({
    path: '/_skillkeeper/clients/:id',
    operationId: 'removeClient',
    summary: 'Remove a client',
    params: ClientPath,
    remove: removeClient,
    concernsClients: true,
  }),
]

const peopleRoutes: readonly Route[] = [
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/people',
    operationId: 'listPeople',
    summary: 'List the people',
    query: PageQuery,
    success: page('people', PersonPage),
    handle: (context, { query }) => listPeople(context, query),
  }),
  route({
    ...operator('catalog'),
    method: 'GET',
    path: '/_skillkeeper/people/:id',
    operationId: 'getPerson',
    summary: 'Get a person',
    params: PersonPath,
    success: ok('The person.', PersonView),
    refuses: [404],
    handle: (context, { params }) => getPerson(context, params.id),
  }),
  removal({
    path: '/_skillkeeper/people/:id',
    operationId: 'removePerson',
    summary: 'Remove a person',
    params: PersonPath,
    remove: removePerson,
    concernsClients: true,
  }),
]

export const catalogRoutes: readonly Route[] = [
  loadingRoute,
  wholeRoute,
  ...recordRoutes,
  ...catalogUnitRoutes,
  ...skillAndClientRoutes,
  ...peopleRoutes,
]

interface Removal extends Pick<Route, 'path' | 'operationId' | 'summary'> {
  readonly params: typeof UnitPath | typeof SkillPathById | typeof ClientPath | typeof PersonPath
  remove(context: Context, id: string, call: OperatorCall): Promise<void>
  /** After it, cached results about clients and people may be out of date. */
  readonly concernsClients?: true
}

function removal({ remove, concernsClients, ...row }: Removal): Route {
  return route({
    ...operator('catalog'),
    ...row,
    method: 'DELETE',
    success: removed,
    refuses: [404],
    handle: async (context, request) => {
      await remove(context, request.params.id, operatorCallOf(request))
      if (concernsClients) worldOf(request).tokens.forget()
    },
  })
}
