/** Reads of rooms, for the operator and for whoever has a role. */
import { readMe } from '../../operations/rooms/read-me.ts'
import { Me } from '../../protocol/console/me.ts'
import { askerOf } from '../engine/exchange.ts'
import { ok } from './answer-schema.ts'
import { type Route, route } from './route.ts'
import type { ServiceState } from './service-routes.ts'

/** The common configuration of reads that are open to both. */
function rooms(operation: string) {
  return {
    config: { operation, access: 'either', shape: 'single' },
    tag: 'Rooms',
  } as const
}

export function roomsRoutes({ hasTestControls }: Pick<ServiceState, 'hasTestControls'>): readonly Route[] {
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
  ]
}
