/**
 * Makes foreign text safe for a terminal: removes characters that move the cursor, hide text or change its direction.
 * Source: Unicode, UAX #9, section 2.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')
}

/** Does the same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
