/** Everything that an operation needs from outside: effects, time, IDs and random values. */
import type { LinkRequest, LinkTokens } from '../../protocol/sealed-link.ts'
import type { AccountLinking } from '../skill.ts'
import type { Clock } from './clock.ts'
import type { SealPurpose } from './sealed.ts'
import type { Storage } from './storage.ts'

export interface Context extends Clock {
  /** A UUID of version 7: sorts by time. */
  newId(): string
  readonly storage: Storage
  readonly secrets: Secrets
  readonly tokenServers: TokenServers
  readonly limits: Limits
  readonly log: Log
  /** From when an enablement that is written at `now` is `ENABLED`; `undefined`: when it is released. */
  activateAt(now: number): number | undefined
  /** Wakes the background step at the given time. */
  workIsDue(at: number): void
  /** Wakes the background step that makes changes. */
  changesAreDue(): void
}

/** The limits that an operator can set. */
export interface Limits {
  /** The maximum number of items in a batch. */
  readonly batchItemsMax: number
}

export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** The purposes of hashes and signatures; a value made for one purpose is invalid for another. */
export type HashPurpose =
  | 'client-secret'
  | 'refresh-token'
  | 'authorization-code'
  | 'link-code'
  | 'session'
  | 'sign-in-code'
  | 'sign-in-proof'
  | 'user-id'
  | 'unit-list'
  | 'unit-id'
  | 'change-request'
export type SignPurpose = 'access-token' | 'page-token'

/** Secrets at rest and tokens in transit. All methods but `isPassphrase` are synchronous and take microseconds. */
export interface Secrets {
  /** Seals by AES-256-GCM with a fresh nonce; the result begins with the ID of the sealing key. */
  seal(plain: string, purpose: SealPurpose): string
  /** Throws if the value is altered or sealed for another purpose, or if its key is unknown. */
  open(sealed: string, purpose: SealPurpose): string
  /** The IDs of the sealing keys: the first one seals, all of them open. */
  sealingKeyIds(): readonly string[]
  /** Returns a new secret of that many random bytes, as base64url. */
  random(bytes: number): string
  /** HMAC-SHA-256 with a key of the service, as base64url: equal values have equal hashes on every node. */
  hash(value: string, purpose: HashPurpose): string
  /** Compares in constant time. */
  matches(value: string, hash: string, purpose: HashPurpose): boolean
  /**
   * Whether the passphrase has the hash, which is of scrypt. Without a hash it takes as long and returns false. Refuses
   * with SERVICE_UNAVAILABLE if too many checks are waiting.
   */
  isPassphrase(passphrase: string, hash: string | undefined): Promise<boolean>
  /** Returns the ID of the key, the payload and their HMAC-SHA-256 (both base64url), separated by dots: URL-safe. */
  sign(payload: string, purpose: SignPurpose): string
  /** Returns the payload, or `undefined` if the signature is invalid. */
  verify(signed: string, purpose: SignPurpose): string | undefined
}

/** The outcome of an exchange with a skill's token server. */
export type ExchangeOutcome =
  | { readonly kind: 'linked'; readonly tokens: LinkTokens }
  /**
   * The token server rejected the request or sent an invalid response: final. `reason` may be shown to the caller and
   * contains the OAuth error.
   */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The token server is slow, down or overloaded: retry. */
  | { readonly kind: 'unreachable'; readonly reason: string }

/** The outcome of a request for new tokens to a skill's token server. */
export type RenewalOutcome =
  | { readonly kind: 'renewed'; readonly tokens: LinkTokens }
  /** The refresh token is invalid (`invalid_grant`): final. */
  | { readonly kind: 'refused'; readonly reason: string }
  /**
   * The token server is slow or down, or the response or the settings are invalid: retry. `refreshToken` replaces the
   * old one, if the response still contains it.
   */
  | { readonly kind: 'failed'; readonly reason: string; readonly refreshToken?: string }

/** The OAuth 2.0 token servers of the skills. No method throws for the behaviour of a server. */
export interface TokenServers {
  /** Redeems the code, within 4.5 s. */
  exchange(linking: AccountLinking, request: LinkRequest): Promise<ExchangeOutcome>
  /** Requests new tokens, within 4.5 s. The result contains the old refresh token if it stays valid. */
  renew(linking: AccountLinking, refreshToken: string): Promise<RenewalOutcome>
  /**
   * Revokes the tokens (RFC 7009) if the skill has a revocation endpoint; returns the reason of a failure, or
   * `undefined`.
   */
  revoke(linking: AccountLinking, tokens: LinkTokens): Promise<string | undefined>
  /** Returns why the address is refused (no TLS, not an address …), or `undefined`. */
  check(uri: string): string | undefined
}
