import { scopes as knownScopes } from '../protocol/lwa.ts'
import { refuse } from './refusal.ts'

/**
 * Reads scopes separated by spaces, without duplicates, in the given order. Refuses with `invalid_scope` an unknown
 * scope and a request without any: a default could exceed what the client needs, and RFC 6749 section 3.3 lets the
 * issuer fail such a request.
 */
export function readScopes(text: string | undefined): string[] {
  const scopes = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))]
  if (scopes.length === 0)
    throw refuse('invalid_scope', 'The request is missing a required parameter : scope')
  const unknown = scopes.find((scope) => !isKnown(scope))
  if (unknown !== undefined) throw refuse('invalid_scope', 'An unknown scope was requested')
  return scopes
}

/**
 * Returns the scopes of a refresh: the requested ones, which must all be granted; without a request, all granted ones.
 */
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
