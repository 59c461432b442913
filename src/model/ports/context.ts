/** Everything that an operation needs from outside: effects, time, IDs and random values. */
import type { LinkRequest, LinkTokens } from '../../protocol/sealed-link.ts'
import type { AccountLinking } from '../skill.ts'
import type { SealPurpose } from './sealed.ts'
import type { Storage } from './storage.ts'

export interface Context {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves when `now()` has reached `at`, or at once when the signal aborts. Never rejects. */
  sleepUntil(at: number, signal?: AbortSignal): Promise<void>
  /** A UUID of version 7: sorts by time. */
  newId(): string
  readonly storage: Storage
  readonly secrets: Secrets
  readonly tokenServers: TokenServers
  readonly limits: Limits
  readonly log: Log
  /** Wakes the background step at the given time. */
  workIsDue(at: number): void
}

/** The numbers that an operator can set. */
export interface Limits {
  /** How long an enablement stays `ENABLING`, in milliseconds. */
  readonly activationDelayMs: number
  /** Items that a batch may have. */
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
  | 'user-id'
  | 'unit-list'
  | 'unit-id'
export type SignPurpose = 'access-token' | 'page-token'

/** Secrets at rest and tokens in transit. All of it is synchronous and takes microseconds. */
export interface Secrets {
  /** AES-256-GCM with a fresh nonce; the ID of the sealing key stands in front. */
  seal(plain: string, purpose: SealPurpose): string
  /** Throws when the value was changed, was sealed for another purpose, or its key is not known. */
  open(sealed: string, purpose: SealPurpose): string
  /** The IDs of the sealing keys: the first seals, all of them open. */
  sealingKeyIds(): readonly string[]
  /** A new secret of so many random bytes, as base64url. */
  random(bytes: number): string
  /** HMAC-SHA-256 with a key of the service, as base64url: equal values give equal hashes on every node. */
  hash(value: string, purpose: HashPurpose): string
  /** Compares in constant time. */
  matches(value: string, hash: string, purpose: HashPurpose): boolean
  /** The ID of the key, the payload and their HMAC-SHA-256 (both base64url), dots between: URL-safe as it is. */
  sign(payload: string, purpose: SignPurpose): string
  /** The payload, or `undefined` when as much as one bit was changed. */
  verify(signed: string, purpose: SignPurpose): string | undefined
}

/** The outcome of an exchange with a skill's token server. */
export type ExchangeOutcome =
  | { readonly kind: 'linked'; readonly tokens: LinkTokens }
  /** It said no, or answered nonsense: final. `reason` is fit for the caller and carries the OAuth error. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Slow, down, overloaded: worth another try. */
  | { readonly kind: 'unreachable'; readonly reason: string }

/** The outcome of a request for new tokens to a skill's token server. */
export type RenewalOutcome =
  | { readonly kind: 'renewed'; readonly tokens: LinkTokens }
  /** The refresh token is good for nothing (`invalid_grant`): final. */
  | { readonly kind: 'refused'; readonly reason: string }
  /**
   * Slow, down, nonsense, wrong settings: worth another try. With a refresh token that came all the same, and has taken
   * the place of the old one.
   */
  | { readonly kind: 'failed'; readonly reason: string; readonly refreshToken?: string }

/** The skills' own OAuth 2.0 token servers. Nothing here throws for what a server does. */
export interface TokenServers {
  /** Redeems the code, within 4.5 s. */
  exchange(linking: AccountLinking, request: LinkRequest): Promise<ExchangeOutcome>
  /** Asks for new tokens, within 4.5 s. A refresh token that stays good stays in the answer. */
  renew(linking: AccountLinking, refreshToken: string): Promise<RenewalOutcome>
  /** Revokes the tokens (RFC 7009) where the skill names an endpoint; `undefined` when all went well. */
  revoke(linking: AccountLinking, tokens: LinkTokens): Promise<string | undefined>
  /** Why the settings are refused (no TLS, not an address …), or `undefined`. */
  check(uri: string): string | undefined
}
