import type { RoleName } from '../protocol/catalog.ts'
import type { UnitId } from '../protocol/identifiers.ts'

/** A role of a client. It holds for its unit and all below. */
export interface Role {
  readonly unitId: UnitId
  readonly role: RoleName
}

/** An OAuth 2.0 client with its roles. */
export interface Client {
  readonly id: string
  readonly name: string
  /** Hashed with the purpose `client-secret`; `undefined` for a public client. */
  readonly secretHash: string | undefined
  readonly redirectUris: readonly string[]
  readonly roles: readonly Role[]
  /** From the embedded demo catalog, whose secret everybody knows: refused on any address but loopback. */
  readonly isDemo: boolean
}

/** The secret of the client of the demo catalog, which everybody knows, wherever a catalog uses it again. */
export const demoSecret = 'demo-secret'
