/** Every route of the service. */
import type { KeyRing } from '../../model/ports/key-ring.ts'
import type { TokenCheck } from '../../model/ports/token-check.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import type { KeptRefusals } from '../observe/kept-refusals.ts'
import { authorizeRoutes } from './authorize-page.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { enablementRoutes } from './enablement-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { operatorRoutes } from './operator-routes.ts'
import { refusalRoutes } from './refusal-routes.ts'
import type { Route } from './route.ts'
import { type ServiceState, serviceRoutes } from './service-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { unitRoutes } from './unit-routes.ts'

/** The parameters of the routes, besides the context. */
export interface RouteParts {
  readonly tokens: TokenCheck
  /** Whether the service is its own token issuer. */
  readonly isIssuer: boolean
  /** If there is none, all calls of the operator's API and all sign-ins on the authorize page are refused. */
  operatorTokens(): readonly OperatorToken[]
  /** Called only during a request. */
  keys(): KeyRing
}

/** The state of this node that routes report. */
export interface NodeState extends ServiceState {
  readonly kept: KeptRefusals
  /** The names of operations in logs and metrics. */
  readonly operations: ReadonlySet<string>
}

export function allRoutes(parts: RouteParts, node: NodeState): readonly Route[] {
  return [
    ...(parts.isIssuer ? [...tokenRoutes(parts.tokens), ...authorizeRoutes(parts.operatorTokens)] : []),
    ...catalogRoutes(() => parts.tokens.forget()),
    ...operatorRoutes,
    ...keyRoutes(parts.keys),
    ...enablementRoutes,
    ...unitRoutes,
    ...refusalRoutes(node.kept, node.operations),
    ...serviceRoutes(node),
  ]
}
