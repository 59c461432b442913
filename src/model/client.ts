import type { RoleName } from '../protocol/catalog.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import type { GrantType } from '../protocol/lwa.ts'

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
  /** The ways in which it may get tokens; `undefined`: see `allowedGrants`. */
  readonly grants: readonly GrantType[] | undefined
  /** The client is of the embedded demo catalog, whose secret is public: it works only on loopback. */
  readonly isDemo: boolean
  /** It came with the embedded demo catalog, and goes when there is another catalog. */
  readonly isEmbedded: boolean
  /** A skill links accounts as this client at this service. Storage marks it by the skills, whatever is written here. */
  readonly linksAccounts: boolean
}

/**
 * The ways in which a client may get tokens. Unless the catalog says so, those that it needs: one that has no secret, or
 * links the accounts of a skill and manages nothing, does not act for itself.
 */
export function allowedGrants(client: Client): readonly GrantType[] {
  const { grants, secretHash, linksAccounts, roles } = client
  if (grants !== undefined) return grants
  return secretHash === undefined || (linksAccounts && roles.length === 0)
    ? ['authorization_code', 'refresh_token']
    : ['authorization_code', 'refresh_token', 'client_credentials']
}

/** The secret of the client of the demo catalog, which everybody knows, wherever a catalog uses it again. */
export const demoSecret = 'demo-secret'
