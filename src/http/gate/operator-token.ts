import { createHash, timingSafeEqual } from 'node:crypto'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'

/** The name under which wrong operator's tokens are counted. */
export const operatorSecret = "the operator's token"

/**
 * Returns the operator of a token, as the operations log names it: `operator` or `operator:NAME`. `undefined` for an
 * invalid token. Runs in constant time.
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
