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

/** What routes need besides the context. */
export interface RouteParts {
  readonly tokens: TokenCheck
  /** Whether the service is its own token issuer. */
  readonly isIssuer: boolean
  /** Without one, nobody is the operator, and nobody can sign in on the authorize page. */
  operatorTokens(): readonly OperatorToken[]
  /** Only called when a request is here. */
  keys(): KeyRing
}

/** What this node tells of itself. */
export interface NodeState extends ServiceState {
  readonly kept: KeptRefusals
  /** By which names logs and metrics tell of requests. */
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
