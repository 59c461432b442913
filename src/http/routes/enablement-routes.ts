/** The operations of the page as routes: path, form, status. Source: the heading of the same name for each. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import type { Context } from '../../model/ports/context.ts'
import { disableBatch } from '../../operations/enablements/disable-batch.ts'
import { disableSkill } from '../../operations/enablements/disable-skill.ts'
import { enableBatch } from '../../operations/enablements/enable-batch.ts'
import { enableSkill } from '../../operations/enablements/enable-skill.ts'
import { getBatch } from '../../operations/enablements/get-batch.ts'
import { getEnablement } from '../../operations/enablements/get-enablement.ts'
import { listEnablements } from '../../operations/enablements/list-enablements.ts'
import { absenceDropper } from '../../protocol/absent.ts'
import * as schemas from '../../protocol/enablement.ts'
import type { Operation } from '../../protocol/operations.ts'
import { principalOf } from '../engine/exchange.ts'
import { compileValidator } from '../engine/validate.ts'
import { emptyAnswer, jsonAnswer, refusals } from './answer-schema.ts'

const listPath = '/v1/skills/enablements'
const skillPath = '/v1/skills/:skillId/enablements'
const tags = ['Skill enablements']
const created = 201
const accepted = 202
const noContent = 204

export function enablementRoutes(untyped: FastifyInstance, context: Context): void {
  readingRoutes(untyped, context)
  writingRoutes(untyped, context)
  batchRoutes(untyped, context)
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
        ...request.query,
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

/** The operations check the body themselves, item by item. */
function batchRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  const validatorCompiler: FastifySchemaCompiler<TSchema> = (part) => {
    if (part.httpPart !== 'body') return compileValidator(part)
    const dropAbsent = absenceDropper(part.schema)
    return (body: unknown) => {
      dropAbsent(body)
      return true
    }
  }

  const acceptBatch = (
    path: string,
    operation: Operation,
    schema: { operationId: string; summary: string; body: TSchema },
    run: typeof enableBatch,
  ) =>
    app.post(
      path,
      {
        config: { operation, access: 'client', shape: 'batch' },
        validatorCompiler,
        schema: {
          ...schema,
          tags,
          params: schemas.SkillPath,
          response: {
            202: emptyAnswer('The request was accepted.'),
            ...refusals('batch', 400, 401, 403, 413, 429),
          },
        },
      },
      (request, reply) => {
        reply.code(accepted)
        const { skillId } = request.params
        return run(context, principalOf(request), { skillId, requestId: request.id, body: request.body })
      },
    )

  acceptBatch(
    `${skillPath}/batch`,
    'batch_enable',
    {
      operationId: 'enableSkillBatch',
      summary: 'Enable a skill for multiple units',
      body: schemas.BatchEnableRequest,
    },
    enableBatch,
  )
  acceptBatch(
    `${skillPath}/batchDelete`,
    'batch_disable',
    {
      operationId: 'disableSkillBatch',
      summary: 'Disable a skill for multiple units',
      body: schemas.BatchDisableRequest,
    },
    disableBatch,
  )
  app.post(
    `${listPath}/batchGet`,
    {
      config: { operation: 'batch_get', access: 'client', shape: 'batch' },
      validatorCompiler,
      schema: {
        operationId: 'getEnablementBatch',
        summary: 'Get skill enablements for multiple units',
        tags,
        body: schemas.BatchGetRequest,
        response: {
          200: jsonAnswer('The request succeeded.', schemas.EnablementsOfUnitsPage),
          ...refusals('batch', 400, 401, 403, 413, 429),
        },
      },
    },
    (request) => getBatch(context, principalOf(request), request.body),
  )
}
