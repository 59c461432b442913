import { refuse } from '../../model/refusal.ts'
import { readInstant } from '../../protocol/instant.ts'

/**
 * Returns the bounds of a list in milliseconds since the epoch: from `since` on, before `until`. Refuses with
 * INVALID_PARAM a day that does not exist, and an empty period.
 */
export function readTimes(texts: {
  readonly since: string | undefined
  readonly until: string | undefined
}): {
  readonly since?: number
  readonly until?: number
} {
  const since = readTime('since', texts.since)
  const until = readTime('until', texts.until)
  if (since !== undefined && until !== undefined && since >= until)
    throw refuse('INVALID_PARAM', 'since is invalid: it must be before until.')
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
}

function readTime(name: string, text: string | undefined): number | undefined {
  const time = text === undefined ? undefined : readInstant(text)
  if (text !== undefined && time === undefined)
    throw refuse('INVALID_PARAM', `${name} is invalid: the day does not exist.`)
  return time
}
