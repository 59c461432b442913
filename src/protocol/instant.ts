import * as Type from 'typebox'

/** A point in time (RFC 3339 section 5.6); the seconds are optional. */
export const Instant = Type.String({
  pattern:
    '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)$',
  description:
    'A time in the form of RFC 3339, such as 2026-07-01T10:00:00Z; in a query a + is encoded as %2B.',
  examples: ['2026-07-01T10:00:00Z'],
})

/**
 * Returns milliseconds since the epoch; `undefined` for a day that does not exist. The text must have the form of
 * `Instant`.
 */
export function readInstant(text: string): number | undefined {
  const day = text.slice(0, 10)
  // `Date` turns the day after the last of a month into the first of the next month.
  const midnight = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined
  return Date.parse(text)
}
