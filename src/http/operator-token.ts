import { createHash, timingSafeEqual } from 'node:crypto'

/** How guesses at it are counted, wherever it is shown. */
export const operatorSecret = "the operator's token"

/** In a time that tells nothing. Without a token nobody is the operator. */
export function isOperatorToken(shown: string, operatorToken: string | undefined): boolean {
  return operatorToken !== undefined && timingSafeEqual(sha256(shown), sha256(operatorToken))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
