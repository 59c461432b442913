import { InvalidArgumentError } from 'commander'
import { systemClock } from '../../client/transport/clock.ts'
import { readInstant } from '../../protocol/instant.ts'

/** The forms that `moment` reads, for help texts. */
export const momentForms = '15m, 2h or 7d ago, or a time (UTC) such as 2026-07-01 or 2026-07-01T10:00'

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const text =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/

/** Reads an option that is a point in time, and returns it in the form of RFC 3339. Without an offset it is UTC, as in the output. */
export function moment(given: string): string {
  return read(given, -1) ?? invalid(momentForms)
}

/** `direction`: whether a length of time is ahead (1) or over (-1). */
function read(given: string, direction: 1 | -1): string | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(given) ?? []
  if (count !== undefined) {
    return new Date(systemClock.now() + direction * Number(count) * (unitsMs[unit] ?? 0)).toISOString()
  }
  const [, day, time = '00:00', offset = 'Z'] = text.exec(given) ?? []
  const at = day === undefined ? undefined : readInstant(`${day}T${time}${offset}`)
  return at === undefined ? undefined : new Date(at).toISOString()
}

/** The forms that `momentAhead` reads, for help texts. */
export const momentAheadForms = 'in 15m, 8h or 7d, or a time (UTC) such as 2026-07-01 or 2026-07-01T10:00'

/** Reads an option that is a point in time to come, and returns it in the form of RFC 3339. */
export function momentAhead(given: string): string {
  return read(given, 1) ?? invalid(momentAheadForms)
}

function invalid(forms: string): never {
  throw new InvalidArgumentError(`Allowed: ${forms}.`)
}

/** The time of the service for a fitted table, without the year and the fraction of a second. */
export function shortTime(at: string): string {
  return at.slice(5, 19).replace('T', ' ')
}
