/** The catalog as the operator adds to it, reads it and removes from it. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import {
  removeClient,
  removeOrganization,
  removeSkill,
  removeSubscription,
  removeUnit,
} from '../../operations/catalog/change-catalog.ts'
import { loadCatalog } from '../../operations/catalog/load-catalog.ts'
import {
  getCatalogUnit,
  getClient,
  getOrganization,
  listCatalogUnits,
  listClients,
  listOrganizations,
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
  SkillPage,
  SkillPathById,
  SkillView,
  UnitPage,
  UnitPath,
  UnitsQuery,
  UnitView,
} from '../../protocol/operator.ts'
import { operatorCallOf } from '../engine/exchange.ts'
import { jsonAnswer, refusals } from './answer-schema.ts'
import { described, one, operator, page, removed } from './operator-route.ts'

const catalogLimitBytes = 16 * 1024 * 1024

/** `changed` is called after each change, so that what is remembered of clients is forgotten. */
export function catalogRoutes(untyped: FastifyInstance, context: Context, changed: () => void): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.post(
    '/_skillkeeper/catalog',
    {
      ...operator('catalog'),
      bodyLimit: catalogLimitBytes,
      // The operation looks at all of it itself, and tells every problem.
      validatorCompiler: () => () => true,
      schema: {
        ...described('putCatalog', 'Add to the catalog, or update it, by ID'),
        body: Catalog,
        response: {
          200: jsonAnswer('The catalog is stored.', CatalogCounts),
          ...refusals('single', 401, 413, 429),
        },
      },
    },
    async (request) => {
      try {
        return (await loadCatalog(context, request.body, operatorCallOf(request), 'operator')).counts
      } finally {
        // A large catalog that fails half-way has changed something, too.
        changed()
      }
    },
  )
  unitRoutes(untyped, context, changed)
  subscriptionRoute(untyped, context)
  skillAndClientRoutes(untyped, context, changed)
}

function unitRoutes(untyped: FastifyInstance, context: Context, changed: () => void): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/_skillkeeper/organizations',
    {
      ...operator('catalog'),
      schema: {
        ...described('listOrganizations', 'List the organizations'),
        querystring: PageQuery,
        response: page('organizations', OrganizationPage),
      },
    },
    (request) => listOrganizations(context, request.query),
  )
  app.get(
    '/_skillkeeper/organizations/:id',
    {
      ...operator('catalog'),
      schema: {
        ...described('getOrganization', 'Get an organization'),
        params: UnitPath,
        response: one('organization', OrganizationView),
      },
    },
    (request) => getOrganization(context, request.params.id),
  )
  app.delete(
    '/_skillkeeper/organizations/:id',
    {
      ...operator('catalog'),
      schema: {
        ...described('removeOrganization', 'Remove an organization'),
        params: UnitPath,
        response: removed,
      },
    },
    async (request, reply) => {
      await removeOrganization(context, request.params.id, operatorCallOf(request))
      changed()
      reply.code(204)
    },
  )
  app.get(
    '/_skillkeeper/units',
    {
      ...operator('catalog'),
      schema: {
        ...described('listCatalogUnits', 'List the units directly below one'),
        querystring: UnitsQuery,
        response: { ...page('units', UnitPage), ...refusals('single', 404) },
      },
    },
    (request) => listCatalogUnits(context, request.query),
  )
  app.get(
    '/_skillkeeper/units/:id',
    {
      ...operator('catalog'),
      schema: {
        ...described('getCatalogUnit', 'Get a unit'),
        params: UnitPath,
        response: one('unit', UnitView),
      },
    },
    (request) => getCatalogUnit(context, request.params.id),
  )
  app.delete(
    '/_skillkeeper/units/:id',
    {
      ...operator('catalog'),
      schema: { ...described('removeUnit', 'Remove a unit'), params: UnitPath, response: removed },
    },
    async (request, reply) => {
      await removeUnit(context, request.params.id, operatorCallOf(request))
      changed()
      reply.code(204)
    },
  )
}

function subscriptionRoute(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.delete(
    '/_skillkeeper/units/:id/subscription',
    {
      ...operator('catalog'),
      schema: {
        ...described('removeSubscription', 'Remove the subscription of a property'),
        params: UnitPath,
        response: removed,
      },
    },
    async (request, reply) => {
      await removeSubscription(context, request.params.id, operatorCallOf(request))
      reply.code(204)
    },
  )
}

function skillAndClientRoutes(untyped: FastifyInstance, context: Context, changed: () => void): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/_skillkeeper/skills',
    {
      ...operator('catalog'),
      schema: {
        ...described('listSkills', 'List the skills'),
        querystring: PageQuery,
        response: page('skills', SkillPage),
      },
    },
    (request) => listSkills(context, request.query),
  )
  app.get(
    '/_skillkeeper/skills/:id',
    {
      ...operator('catalog'),
      schema: {
        ...described('getSkill', 'Get a skill'),
        params: SkillPathById,
        response: one('skill', SkillView),
      },
    },
    (request) => showSkill(context, request.params.id),
  )
  app.delete(
    '/_skillkeeper/skills/:id',
    {
      ...operator('catalog'),
      schema: { ...described('removeSkill', 'Remove a skill'), params: SkillPathById, response: removed },
    },
    async (request, reply) => {
      await removeSkill(context, request.params.id, operatorCallOf(request))
      changed()
      reply.code(204)
    },
  )
  app.get(
    '/_skillkeeper/clients',
    {
      ...operator('catalog'),
      schema: {
        ...described('listClients', 'List the clients'),
        querystring: PageQuery,
        response: page('clients', ClientPage),
      },
    },
    (request) => listClients(context, request.query),
  )
  app.get(
    '/_skillkeeper/clients/:id',
    {
      ...operator('catalog'),
      schema: {
        ...described('getClient', 'Get a client'),
        params: ClientPath,
        response: one('client', ClientView),
      },
    },
    (request) => getClient(context, request.params.id),
  )
  app.delete(
    '/_skillkeeper/clients/:id',
    {
      ...operator('catalog'),
      schema: { ...described('removeClient', 'Remove a client'), params: ClientPath, response: removed },
    },
    async (request, reply) => {
      await removeClient(context, request.params.id, operatorCallOf(request))
      changed()
      reply.code(204)
    },
  )
}
