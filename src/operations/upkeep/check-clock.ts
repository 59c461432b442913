import { clockDifferenceMs } from '../../model/access-token.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'

const dayMs = 24 * 3_600_000
/** A service may be off for long; a clock that is further ahead of all records is worth a look. */
const quietMaxMs = 30 * dayMs
/** No link is due later than this from now, unless a clock that was ahead has put it off. */
const linkDueMaxMs = 3_600_000
const recordsPerWrite = 500

/**
 * Compares the clock with what is stored when a service starts: says when the clock is far before or after the newest
 * entry of the operations log, and makes due now what a clock that was ahead has put off.
 */
export async function checkClock(context: Context, newest: LogEntry | undefined): Promise<void> {
  const now = context.now()
  if (newest !== undefined) sayHowFarApart(context, newest.at - now)
  const { enablements, links } = context.storage
  // This looks at all records. Where the clock is not behind the last log entry, none can be far ahead of it.
  if (newest !== undefined && newest.at - now > clockDifferenceMs) {
    const activationsEnd = now + context.limits.activationDelayMs + clockDifferenceMs
    await untilFew((limit) => enablements.hasten({ dueAfter: activationsEnd, now, limit }))
  }
  await untilFew((limit) => links.hasten({ dueAfter: now + linkDueMaxMs, now, limit }))
}

async function untilFew(hasten: (limit: number) => Promise<number>): Promise<void> {
  while ((await hasten(recordsPerWrite)) >= recordsPerWrite);
}

function sayHowFarApart({ log }: Context, aheadMs: number): void {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  if (aheadMs > clockDifferenceMs) {
    log.warn(
      { seconds },
      'The clock is before the newest entry of the operations log: it is behind, or was ahead. Tokens that were issued meanwhile are refused.',
    )
  } else if (aheadMs < -quietMaxMs) {
    log.warn(
      { seconds },
      'The clock is far after the newest entry of the operations log. Check it if the service was not off for so long.',
    )
  }
}
