import { scopes as knownScopes } from '../protocol/lwa.ts'
import { refuse } from './refusal.ts'

/**
 * Reads scopes separated by spaces, each once, in the order given. Refuses with `invalid_scope` an unknown scope, and
 * none at all: nothing is assumed, because a token that can do more than was asked for helps nobody who asked for
 * less, and RFC 6749 section 3.3 has the issuer fail such a request when it has no default.
 */
export function readScopes(text: string | undefined): string[] {
  const scopes = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))]
  if (scopes.length === 0)
    throw refuse('invalid_scope', 'The request is missing a required parameter : scope')
  const unknown = scopes.find((scope) => !isKnown(scope))
  if (unknown !== undefined) throw refuse('invalid_scope', 'An unknown scope was requested')
  return scopes
}

/** The scopes of a refresh: those that are asked for, all of them granted before; without a wish, all that were. */
export function narrowScopes(text: string | undefined, granted: readonly string[]): readonly string[] {
  if (text === undefined || text.trim() === '') return granted
  const scopes = readScopes(text)
  if (!scopes.every((scope) => granted.includes(scope))) {
    throw refuse('invalid_scope', 'The requested scope exceeds the scope that was granted')
  }
  return scopes
}

function isKnown(scope: string): boolean {
  return knownScopes.some((known) => known === scope)
}
