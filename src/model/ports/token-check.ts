/** The ports that verify tokens. */
import type { Principal } from '../access.ts'

/** Finds the client that a token stands for. The implementation decides how, and what it caches. */
export interface TokenCheck {
  /**
   * The principal, without a promise when it is known already. Refuses with INVALID_LWA_TOKEN, and with
   * SERVICE_UNAVAILABLE when a foreign issuer cannot be asked. `isLoopback`: whether both ends of the connection are on
   * this machine, which the demo clients need.
   */
  check(token: string, isLoopback: boolean): Principal | Promise<Principal>
  /** Clears the cache after a revocation or a change of clients, so that this node sees it at once. */
  forget(): void
}

/** An issuer other than this service. Source: behaviour, "Tokens". */
export interface ForeignIssuer {
  /** Refuses with INVALID_LWA_TOKEN a token that the issuer refuses, with SERVICE_UNAVAILABLE if it cannot be asked. */
  verify(token: string): Promise<ForeignToken>
}

export interface ForeignToken {
  readonly clientId: string
  readonly userId: string
  readonly scopes: readonly string[]
  readonly expiresAt: number
}
