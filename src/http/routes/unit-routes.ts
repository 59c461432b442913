/** The routes by which clients build the tree of units. Source: "Property Hierarchy Management API". */
import { createUnit } from '../../operations/units/create-unit.ts'
import { deleteUnit } from '../../operations/units/delete-unit.ts'
import { getUnit } from '../../operations/units/get-unit.ts'
import { listUnits } from '../../operations/units/list-units.ts'
import { renameUnit } from '../../operations/units/rename-unit.ts'
import type { Operation } from '../../protocol/operations.ts'
import * as schemas from '../../protocol/unit.ts'
import { principalOf } from '../engine/exchange.ts'
import { created, noContent, ok } from './answer-schema.ts'
import { type Route, route } from './route.ts'

const unitsPath = '/v2/units'
const unitPath = '/v2/units/:unitId'

function units(operation: Operation) {
  return { config: { operation, access: 'client', shape: 'single' }, tag: 'Units' } as const
}

export const unitRoutes: readonly Route[] = [
  route({
    ...units('get_unit'),
    method: 'GET',
    path: unitPath,
    operationId: 'getUnit',
    summary: 'Get a unit',
    params: schemas.ClientUnitPath,
    success: ok('The unit.', schemas.UnitBody),
    refuses: [404],
    handle: (context, request) => getUnit(context, principalOf(request), request.params.unitId),
  }),
  route({
    ...units('list_units'),
    method: 'GET',
    path: unitsPath,
    operationId: 'listUnits',
    summary: 'List the units below a unit',
    query: schemas.UnitListQuery,
    success: ok('A page of the units.', schemas.UnitListPage),
    refuses: [404],
    handle: (context, request) => listUnits(context, principalOf(request), request.query),
  }),
  route({
    ...units('create_unit'),
    method: 'POST',
    path: unitsPath,
    operationId: 'createUnit',
    summary: 'Create a unit',
    body: schemas.CreateUnitRequest,
    success: created('The unit is created.', schemas.UnitBody, {
      Location: { type: 'string', description: 'The path of the unit.' },
    }),
    refuses: [404],
    handle: async (context, request, reply) => {
      const call = { requestId: request.id, request: request.body }
      const unit = await createUnit(context, principalOf(request), call)
      reply.header('location', `${unitsPath}/${unit.id}`)
      return unit
    },
  }),
  route({
    ...units('rename_unit'),
    method: 'PUT',
    path: unitPath,
    operationId: 'renameUnit',
    summary: 'Rename a unit',
    params: schemas.ClientUnitPath,
    body: schemas.RenameUnitRequest,
    success: ok('The unit, with its new name.', schemas.UnitBody),
    refuses: [404],
    handle: (context, request) =>
      renameUnit(context, principalOf(request), {
        unitId: request.params.unitId,
        requestId: request.id,
        request: request.body,
      }),
  }),
  route({
    ...units('delete_unit'),
    method: 'DELETE',
    path: unitPath,
    operationId: 'deleteUnit',
    summary: 'Delete a unit',
    params: schemas.ClientUnitPath,
    success: noContent('The unit is deleted.'),
    refuses: [404],
    handle: (context, request) => {
      const call = { unitId: request.params.unitId, requestId: request.id }
      return deleteUnit(context, principalOf(request), call)
    },
  }),
]
