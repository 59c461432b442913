/**
 * Removes possible passwords from addresses in a text. An unencoded password has no recognisable end, so the whole
 * address of a database is removed.
 */
export function hideAddresses(text: string): string {
  return text
    .replace(/((?:jdbc:)?postgres(?:ql)?(?:\+\w+)?:\/\/)(?=[^\s"])(?:[^\n]*@)?[^\s"]*/gi, '$1…')
    .replace(/\b(?!file:)([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1…@')
}
