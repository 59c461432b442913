import { clockDifferenceMs } from '../../model/access-token.ts'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'

const dayMs = 24 * 3_600_000
/**
 * The largest normal gap after the newest log entry, in milliseconds: a service may be off for some time, a larger gap
 * is reported.
 */
const quietMaxMs = 30 * dayMs
/**
 * The latest time at which a link can be due, in milliseconds from now: a later one comes from a clock that was ahead.
 */
const linkDueMaxMs = 3_600_000
const recordsPerWrite = 500

/**
 * Compares the clock with storage at the start. Reports a clock that is far before or after the newest log entry, and
 * makes work due that a clock that was ahead has delayed.
 */
export async function checkClock(context: Context, newest: Pick<LogEntry, 'at'> | undefined): Promise<void> {
  const now = context.now()
  if (newest !== undefined) sayHowFarApart(context, newest.at - now)
  const { enablements, links } = context.storage
  // This looks at all records. Where the clock is not behind the last log entry, none can be far ahead of it.
  if (newest !== undefined && newest.at - now > clockDifferenceMs) {
    const activationsEnd = (context.activateAt(now) ?? now) + clockDifferenceMs
    await untilFew((limit) => enablements.hasten({ dueAfter: activationsEnd, now, limit }))
  }
  if ((await links.nextDueAt()) === undefined) return
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
      'The clock is before the newest entry of the operations log: it is behind, or was ahead. Tokens that were issued in that time are refused.',
    )
  } else if (aheadMs < -quietMaxMs) {
    log.warn(
      { seconds },
      'The clock is far after the newest entry of the operations log. Check it, unless the service was stopped for that long.',
    )
  }
}
