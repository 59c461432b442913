/** Reads of rooms, for the operator and for whoever has a role. */
import { findUnits } from '../../operations/rooms/find-units.ts'
import { readMatrix } from '../../operations/rooms/read-matrix.ts'
import { readMe } from '../../operations/rooms/read-me.ts'
import { readSummary } from '../../operations/rooms/read-summary.ts'
import { EventsQuery } from '../../protocol/console/events.ts'
import { FoundUnits, UnitsQuery } from '../../protocol/console/find-units.ts'
import { Matrix, MatrixQuery } from '../../protocol/console/matrix.ts'
import { Me } from '../../protocol/console/me.ts'
import { Summary, SummaryQuery } from '../../protocol/console/summary.ts'
import { UnitPath } from '../../protocol/operator.ts'
import { askerOf } from '../engine/exchange.ts'
import type { FollowChanges } from '../events/follow-changes.ts'
import { ok, okText } from './answer-schema.ts'
import { type Route, route } from './route.ts'
import type { ServiceState } from './service-routes.ts'

/** The common configuration of reads that are open to both. */
function rooms(operation: string) {
  return {
    config: { operation, access: 'either', shape: 'single', isVital: true },
    tag: 'Rooms',
  } as const
}

/** The parts of the node that reads of rooms need. */
export interface RoomsNode extends Pick<ServiceState, 'hasTestControls'> {
  followChanges: FollowChanges
}

export function roomsRoutes({ hasTestControls, followChanges }: RoomsNode): readonly Route[] {
  return [
    route({
      ...rooms('me'),
      method: 'GET',
      path: '/_skillkeeper/me',
      operationId: 'getMe',
      summary: 'Get who asks, and the highest units that the caller may read',
      success: ok('The caller.', Me),
      handle: async (context, request) => ({
        ...(await readMe(context, askerOf(request))),
        ...(hasTestControls && { testControls: true as const }),
      }),
    }),
    route({
      ...rooms('read_rooms'),
      method: 'GET',
      path: '/_skillkeeper/units',
      operationId: 'findUnits',
      summary: 'List the units directly below a unit, or find units by name or ID',
      query: UnitsQuery,
      success: ok('A page of the units.', FoundUnits),
      refuses: [404],
      handle: (context, request) => findUnits(context, askerOf(request), request.query),
    }),
    route({
      ...rooms('read_rooms'),
      method: 'GET',
      path: '/_skillkeeper/units/:id/matrix',
      operationId: 'readMatrix',
      summary: 'Read which skill is on in a unit and in each unit below it',
      params: UnitPath,
      query: MatrixQuery,
      success: ok('A page of the matrix.', Matrix),
      refuses: [404],
      handle: (context, request) => readMatrix(context, askerOf(request), request.params.id, request.query),
    }),
    route({
      ...rooms('read_rooms'),
      method: 'GET',
      path: '/_skillkeeper/units/:id/summary',
      operationId: 'readSummary',
      summary: 'Count what is on in a unit and below it',
      params: UnitPath,
      query: SummaryQuery,
      success: ok('The numbers.', Summary),
      refuses: [404],
      handle: (context, request) => readSummary(context, askerOf(request), request.params.id, request.query),
    }),
    route({
      ...rooms('events'),
      method: 'GET',
      path: '/_skillkeeper/events',
      operationId: 'followChanges',
      summary: 'Follow the changes of a unit and of those below it as server-sent events',
      query: EventsQuery,
      success: okText(
        'First an event `ready`, then for each change an event `change` with an entry of the operations log. `reset`: read the matrix anew.',
        'text/event-stream',
      ),
      refuses: [404],
      handle: async (context, request, reply) => {
        await followChanges(context, request, reply)
        return ''
      },
    }),
  ]
}
