/**
 * What somebody else wrote, safe to show at a terminal: no character that moves the cursor, hides text or turns its
 * direction. Source: Unicode, UAX #9, section 2.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
