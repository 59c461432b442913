/** A world, as a server sees it: a whole service without a socket. It shares no state with another world. */
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import type { Context } from './context.ts'
import type { GuessLimit } from './guesses.ts'
import type { KeyRing } from './key-ring.ts'
import type { Throttle } from './throttle.ts'
import type { TokenCheck } from './token-check.ts'
import type { Turns } from './turns.ts'

export interface World {
  /** All that an operation receives: neither the keys nor the operator's tokens. */
  readonly context: Context
  readonly tokens: TokenCheck
  readonly throttle: Throttle
  /** For the planning of changes. */
  readonly plans: Turns
  readonly guesses: GuessLimit
  readonly keys: KeyRing
  /** The tokens that are valid now. If there is none, nobody is the operator. */
  operatorTokens(): readonly OperatorToken[]
}
