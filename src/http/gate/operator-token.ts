import { createHash, timingSafeEqual } from 'node:crypto'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'

/** How guesses at any of them are counted, wherever they are shown. */
export const operatorSecret = "the operator's token"

/**
 * Which operator shows it, as the operations log names who holds it: `operator`, or `operator:NAME`. `undefined` for one
 * that is no operator's. In a time that tells nothing.
 */
export function operatorWith(shown: string, tokens: readonly OperatorToken[]): string | undefined {
  const hash = sha256(shown)
  let found: string | undefined
  for (const { name, token } of tokens) {
    if (timingSafeEqual(hash, sha256(token))) found = name === undefined ? 'operator' : `operator:${name}`
  }
  return found
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
