/** Sessions of the console. A session buys access tokens, and is no right by itself: docs/decisions/0172-sessions-buy-tokens.md. */
import { isPrincipalId, type PrincipalId } from '../../protocol/identifiers.ts'
import { clockDifferenceMs } from '../access-token.ts'

/** How long a session lasts at most, and without a new token, in milliseconds. */
export const sessionLifeMs = 12 * 3_600_000
export const sessionIdleMs = 30 * 60_000
/** The lifetime of an access token that a session buys, in milliseconds. */
export const sessionTokenLifeMs = 10 * 60_000
/** How long a code of the authorize page or of the operator's API is valid, in milliseconds. */
export const signInCodeLifeMs = 60_000
/** The lifetime of the code that a starting service prints, in milliseconds. */
export const startCodeLifeMs = 10 * 60_000
/** The most sessions and codes of one account. A further one ends the session, or the code, that is oldest. */
export const sessionsPerAccountMax = 50

/** The name of an operator who has none. */
export const anyOperator = 'operator'

/** Somebody who has signed in. */
export interface SignedIn {
  /** The account of a person, or an operator, as the operations log names it. */
  readonly actor: string
  /** The hash of the secret that was shown, with the purpose `sign-in-proof`: an operator's token, or the stored hash of a passphrase. */
  readonly proof: string
}

/** A code that becomes a session, once. */
export interface SignInCode extends SignedIn {
  /** Hashed with the purpose `sign-in-code`. */
  readonly codeHash: string
  /** The S256 challenge of the page that asked for the code; `undefined`: whoever has the code may use it. */
  readonly codeChallenge: string | undefined
  /** Milliseconds since the epoch, like all times here. */
  readonly expiresAt: number
}

export interface Session extends SignedIn {
  readonly id: string
  /** The secret of the cookie, hashed with the purpose `session`; unique. */
  readonly secretHash: string
  readonly createdAt: number
  /** When it last bought a token. */
  readonly usedAt: number
  readonly expiresAt: number
}

/** Returns the person; `undefined` for an operator. */
export function personOf({ actor }: Pick<SignedIn, 'actor'>): PrincipalId | undefined {
  return isPrincipalId(actor) ? actor : undefined
}

/**
 * Whether the session is neither too old nor idle for too long. A time too far ahead comes from a clock that was ahead, and would
 * let the session last for too long.
 */
export function sessionHolds({ usedAt, expiresAt }: Session, now: number): boolean {
  const isYoung = now < expiresAt && expiresAt <= now + sessionLifeMs + clockDifferenceMs
  return isYoung && now < usedAt + sessionIdleMs && usedAt <= now + clockDifferenceMs
}

/** Whether the code has not expired, in the same way. */
export function signInCodeHolds({ expiresAt }: SignInCode, now: number): boolean {
  return now < expiresAt && expiresAt <= now + startCodeLifeMs + clockDifferenceMs
}
