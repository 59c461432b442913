/**
 * A text for people without what may be a password in an address. Where the password was not encoded, nobody can tell
 * where it ends: of the address of a database nothing is left.
 */
export function hideAddresses(text: string): string {
  return text
    .replace(/((?:jdbc:)?postgres(?:ql)?(?:\+\w+)?:\/\/)(?=[^\s"])(?:[^\n]*@)?[^\s"]*/gi, '$1…')
    .replace(/\b(?!file:)([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1…@')
}
