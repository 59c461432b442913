/** Every route of the service. */
import type { World } from '../../model/ports/world.ts'
import { sessionRoutes } from '../console/session-routes.ts'
import type { KeptRefusals } from '../observe/kept-refusals.ts'
import { authorizeRoutes } from './authorize-page.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { changeRoutes } from './change-routes.ts'
import { enablementRoutes } from './enablement-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { operatorRoutes } from './operator-routes.ts'
import { refusalRoutes } from './refusal-routes.ts'
import { roleRoutes } from './role-routes.ts'
import { type RoomsNode, roomsRoutes } from './rooms-routes.ts'
import type { Route } from './route.ts'
import { type ServiceState, serviceRoutes } from './service-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { unitRoutes } from './unit-routes.ts'

/** The state of this node that routes report. */
export interface NodeState extends ServiceState, RoomsNode {
  /** Whether the service is its own token issuer. */
  readonly isIssuer: boolean
  /** Whether the console is served. */
  readonly hasConsole: boolean
  /** The last refusals of a world. */
  keptOf(world: World): KeptRefusals
  /** The names of operations in logs and metrics. */
  readonly operations: ReadonlySet<string>
}

export function allRoutes(node: NodeState): readonly Route[] {
  return [
    ...(node.isIssuer ? [...tokenRoutes, ...authorizeRoutes(node.hasConsole)] : []),
    ...catalogRoutes,
    ...operatorRoutes,
    ...keyRoutes,
    ...changeRoutes,
    ...enablementRoutes,
    ...unitRoutes,
    ...roleRoutes,
    ...roomsRoutes(node),
    ...(node.hasConsole ? sessionRoutes : []),
    ...refusalRoutes(node.keptOf, node.operations),
    ...serviceRoutes(node),
  ]
}
