import type { CatalogRole } from '../protocol/catalog.ts'
import type { GrantType } from '../protocol/lwa.ts'

/** An OAuth 2.0 client with its roles. */
export interface Client {
  readonly id: string
  readonly name: string
  /** Hashed with the purpose `client-secret`; `undefined` for a public client. */
  readonly secretHash: string | undefined
  readonly redirectUris: readonly string[]
  /** The roles that the catalog lists. The Role API may have changed which of them the client has. */
  readonly roles: readonly CatalogRole[]
  /** The grant types that the client may use; `undefined`: see `allowedGrants`. */
  readonly grants: readonly GrantType[] | undefined
  /** The client is of the embedded demo catalog, whose secret is public: it works only on loopback. */
  readonly isDemo: boolean
  /** The client came with the embedded demo catalog, and is removed when another catalog is loaded. */
  readonly isEmbedded: boolean
  /**
   * A skill uses this client for account linking at this service. Storage derives it from the skills and ignores the
   * value in a write.
   */
  readonly linksAccounts: boolean
}

/**
 * Returns the grant types that the client may use. If the catalog lists none, a client gets all of them; but a client
 * without a secret, or one that only links accounts and has no role, gets no client credentials.
 */
export function allowedGrants(client: Client): readonly GrantType[] {
  const { grants, secretHash, linksAccounts, roles } = client
  if (grants !== undefined) return grants
  return secretHash === undefined || (linksAccounts && roles.length === 0)
    ? ['authorization_code', 'refresh_token']
    : ['authorization_code', 'refresh_token', 'client_credentials']
}

/** The public secret of the demo client, also if another catalog reuses it. */
export const demoSecret = 'demo-secret'
