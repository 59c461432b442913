/** The tree of units as its clients build it. Source: "Property Hierarchy Management API". */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import { createUnit } from '../../operations/units/create-unit.ts'
import { deleteUnit } from '../../operations/units/delete-unit.ts'
import { getUnit } from '../../operations/units/get-unit.ts'
import { listUnits } from '../../operations/units/list-units.ts'
import { renameUnit } from '../../operations/units/rename-unit.ts'
import * as schemas from '../../protocol/unit.ts'
import { principalOf } from '../engine/exchange.ts'
import { emptyAnswer, jsonAnswer, refusals } from './answer-schema.ts'

const unitsPath = '/v2/units'
const unitPath = '/v2/units/:unitId'
const tags = ['Units']
const created = 201
const noContent = 204

export function unitRoutes(untyped: FastifyInstance, context: Context): void {
  readingRoutes(untyped, context)
  writingRoutes(untyped, context)
}

function readingRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    unitPath,
    {
      config: { operation: 'get_unit', access: 'client', shape: 'single' },
      schema: {
        operationId: 'getUnit',
        summary: 'Get a unit',
        tags,
        params: schemas.ClientUnitPath,
        response: {
          200: jsonAnswer('The unit.', schemas.UnitBody),
          ...refusals('single', 400, 401, 403, 404, 429),
        },
      },
    },
    (request) => getUnit(context, principalOf(request), request.params.unitId),
  )
  app.get(
    unitsPath,
    {
      config: { operation: 'list_units', access: 'client', shape: 'single' },
      schema: {
        operationId: 'listUnits',
        summary: 'List the units below one',
        tags,
        querystring: schemas.UnitListQuery,
        response: {
          200: jsonAnswer('A page of the units.', schemas.UnitListPage),
          ...refusals('single', 400, 401, 403, 404, 429),
        },
      },
    },
    (request) => listUnits(context, principalOf(request), request.query),
  )
}

function writingRoutes(untyped: FastifyInstance, context: Context): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  app.post(
    unitsPath,
    {
      config: { operation: 'create_unit', access: 'client', shape: 'single' },
      schema: {
        operationId: 'createUnit',
        summary: 'Create a unit',
        tags,
        body: schemas.CreateUnitRequest,
        response: {
          201: {
            ...jsonAnswer('The unit is created.', schemas.UnitBody),
            headers: { Location: { type: 'string', description: 'The path of the unit.' } },
          },
          ...refusals('single', 400, 401, 403, 404, 413, 429),
        },
      },
    },
    async (request, reply) => {
      const call = { requestId: request.id, request: request.body }
      const unit = await createUnit(context, principalOf(request), call)
      reply.code(created).header('location', `${unitsPath}/${unit.id}`)
      return unit
    },
  )
  app.put(
    unitPath,
    {
      config: { operation: 'rename_unit', access: 'client', shape: 'single' },
      schema: {
        operationId: 'renameUnit',
        summary: 'Rename a unit',
        tags,
        params: schemas.ClientUnitPath,
        body: schemas.RenameUnitRequest,
        response: {
          200: jsonAnswer('The unit, with its new name.', schemas.UnitBody),
          ...refusals('single', 400, 401, 403, 404, 413, 429),
        },
      },
    },
    (request) =>
      renameUnit(context, principalOf(request), {
        unitId: request.params.unitId,
        requestId: request.id,
        request: request.body,
      }),
  )
  app.delete(
    unitPath,
    {
      config: { operation: 'delete_unit', access: 'client', shape: 'single' },
      schema: {
        operationId: 'deleteUnit',
        summary: 'Delete a unit',
        tags,
        params: schemas.ClientUnitPath,
        response: {
          204: emptyAnswer('The unit is deleted.'),
          ...refusals('single', 400, 401, 403, 404, 413, 429),
        },
      },
    },
    (request, reply) => {
      reply.code(noContent)
      const call = { unitId: request.params.unitId, requestId: request.id }
      return deleteUnit(context, principalOf(request), call)
    },
  )
}
