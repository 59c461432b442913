/** The ports that verify tokens. */
import type { Principal } from '../access.ts'

/** Finds the client that a token stands for. The implementation decides how, and what it caches. */
export interface TokenCheck {
  /**
   * Returns the principal, without a promise if it is cached. Refuses with INVALID_LWA_TOKEN, or with
   * SERVICE_UNAVAILABLE if a foreign issuer does not respond. `isLoopback`: whether both ends of the connection are on
   * this machine, which demo clients need.
   */
  check(token: string, isLoopback: boolean): Principal | Promise<Principal>
  /** Clears the cache after a revocation or a change of clients, so that this node sees it at once. */
  forget(): void
}

/** An issuer other than this service. Source: behaviour, "Tokens". */
export interface ForeignIssuer {
  /**
   * Refuses with INVALID_LWA_TOKEN a token that the issuer rejects, with SERVICE_UNAVAILABLE if it does not respond.
   */
  verify(token: string): Promise<ForeignToken>
}

export interface ForeignToken {
  readonly clientId: string
  readonly userId: string
  readonly scopes: readonly string[]
  readonly expiresAt: number
}
