/** The digits of a number: longer ones are compared as text. */
const digitsMax = 12

/**
 * Returns a text that stands where a reader looks for the name: "Room 2" before "Room 10", whatever the case and the accents. Comparing
 * these texts takes a tenth of the time of a collator, which counts for 10,000 rooms.
 */
export function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.padStart(digitsMax, '0'))
}

/** Compares by the place of a name. */
export function byKey(one: { readonly key: string }, other: { readonly key: string }): number {
  return one.key < other.key ? -1 : one.key > other.key ? 1 : 0
}
