/** The operations of the page as routes: path, form, status. Source: the heading of the same name for each. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Principal } from '../model/access.ts'
import type { Context } from '../model/context.ts'
import { disableSkill } from '../operations/disable-skill.ts'
import { enableBatch } from '../operations/enable-batch.ts'
import { enableSkill } from '../operations/enable-skill.ts'
import { getEnablement } from '../operations/get-enablement.ts'
import { listEnablements } from '../operations/list-enablements.ts'
import * as schemas from '../protocol/enablement.ts'
import { emptyAnswer, jsonAnswer, refusals } from './answer-schema.ts'
import { compileValidator } from './validate.ts'

const listPath = '/v1/skills/enablements'
const skillPath = '/v1/skills/:skillId/enablements'
const batchPath = '/v1/skills/:skillId/enablements/batch'
const tags = ['Skill enablements']
const created = 201
const accepted = 202
const noContent = 204

export function enablementRoutes(untyped: FastifyInstance, context: Context): void {
  readingRoutes(untyped, context)
  writingRoutes(untyped, context)
  batchRoute(untyped, context)
}

function readingRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    skillPath,
    {
      config: { operation: 'get', access: 'client', shape: 'single' },
      schema: {
        operationId: 'getEnablement',
        summary: 'Get a skill enablement record for a unit',
        tags,
        params: schemas.SkillPath,
        querystring: schemas.GetQuery,
        response: {
          200: jsonAnswer('The request succeeded.', schemas.Enablement),
          ...refusals('single', 400, 401, 403, 404, 429),
        },
      },
    },
    (request) =>
      getEnablement(context, principalOf(request), {
        skillId: request.params.skillId,
        unitId: request.query.unitId,
      }),
  )

  app.get(
    listPath,
    {
      config: { operation: 'list', access: 'client', shape: 'single' },
      schema: {
        operationId: 'listEnablements',
        summary: 'List skill enablements for a unit',
        tags,
        querystring: schemas.ListQuery,
        response: {
          200: jsonAnswer('The request succeeded.', schemas.EnablementPage),
          ...refusals('single', 400, 401, 403, 429),
        },
      },
    },
    (request) => listEnablements(context, principalOf(request), request.query),
  )
}

function writingRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    skillPath,
    {
      config: { operation: 'enable', access: 'client', shape: 'single' },
      schema: {
        operationId: 'enableSkill',
        summary: 'Enable a skill for a unit',
        tags,
        params: schemas.SkillPath,
        body: schemas.EnableRequest,
        response: {
          201: jsonAnswer('The skill enablement was successfully created.', schemas.EnableAnswer),
          ...refusals('single', 400, 401, 403, 404, 413, 429),
        },
      },
    },
    (request, reply) => {
      reply.code(created)
      return enableSkill(context, principalOf(request), {
        skillId: request.params.skillId,
        requestId: request.id,
        request: request.body,
      })
    },
  )

  app.delete(
    skillPath,
    {
      config: { operation: 'disable', access: 'client', shape: 'single' },
      schema: {
        operationId: 'disableSkill',
        summary: 'Disable a skill for a unit',
        tags,
        params: schemas.SkillPath,
        querystring: schemas.DisableQuery,
        response: {
          204: emptyAnswer('The skill enablement was successfully deleted.'),
          ...refusals('single', 400, 401, 403, 404, 413, 429),
        },
      },
    },
    (request, reply) => {
      reply.code(noContent)
      return disableSkill(context, principalOf(request), {
        skillId: request.params.skillId,
        ...request.query,
        requestId: request.id,
      })
    },
  )
}

function batchRoute(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    batchPath,
    {
      config: { operation: 'batch_enable', access: 'client', shape: 'batch' },
      // The operation checks the body itself, item by item.
      validatorCompiler: (part) => (part.httpPart === 'body' ? () => true : compileValidator(part)),
      schema: {
        operationId: 'enableSkillBatch',
        summary: 'Enable a skill for multiple units',
        tags,
        params: schemas.SkillPath,
        body: schemas.BatchEnableRequest,
        response: {
          202: emptyAnswer('The request was accepted.'),
          ...refusals('batch', 400, 401, 403, 413, 429),
        },
      },
    },
    (request, reply) => {
      reply.code(accepted)
      return enableBatch(context, principalOf(request), {
        skillId: request.params.skillId,
        requestId: request.id,
        body: request.body,
      })
    },
  )
}

/** Of a route whose access is `client`. */
function principalOf({ exchange }: FastifyRequest): Principal {
  if (!exchange?.principal) throw new Error('The route let somebody in without a token.')
  return exchange.principal
}
