/** The part of the storage port that keeps sessions of the console; the rules of storage.ts apply to each method. */

import type { Session, SignInCode } from '../console/session.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Recorded } from '../operations-log.ts'

export interface SessionStorage {
  /** Adds the code, and removes the codes of its actor that expire first, beyond `max`. */
  addCode(code: SignInCode, max: number): Promise<void>
  findCode(codeHash: string): Promise<SignInCode | undefined>
  /** Removes the code. Returns true for one of all callers, even simultaneous and on other nodes. */
  takeCode(codeHash: string): Promise<boolean>
  /** Adds the session and logs it. Ends the sessions of its actor that were used least recently, beyond `max`. */
  add(session: Session, max: number, change: Recorded): Promise<void>
  find(id: string): MaybePromise<Session | undefined>
  findBySecret(secretHash: string): Promise<Session | undefined>
  /** Notes that the session was used. Returns false if there is no such session any more. */
  touch(id: string, usedAt: number): Promise<boolean>
  /** Returns sessions by ID, which is by age, after the given one. Expired ones are among them. */
  list(after: string, limit: number): Promise<Session[]>
  /** Removes the session and logs it. Returns false if there is none. */
  end(id: string, change: Recorded): Promise<boolean>
  /** Removes at most `limit` expired codes and sessions; returns how many. */
  forgetExpired(now: number, limit: number): Promise<number>
}
