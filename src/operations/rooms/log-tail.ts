/**
 * Follows the operations log. Entries sort by the time of their IDs, but those of requests at the same time, and of several nodes, are
 * committed in another order: each look goes back for a few seconds and passes over what it has seen.
 */
import { type LogEntry, lowestIdAt, timeOfId } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { firstPosition } from '../../protocol/console/events.ts'

/** How far a look goes back, in milliseconds: an entry that is committed later than that after its ID was made is missed. */
const lookBackMs = 5000
/** The maximum number of entries of the last seconds. */
const seenMax = 10_000
const entriesPerRead = 1000
const readsMax = 10
/** The maximum number of entries that a reader may have seen and gets again. */
const againMax = 5000

export interface LogTail {
  /** The ID of the newest entry; empty if there is none. */
  readonly position: string
  /** Returns the entries since the last look, in the order of their IDs; `undefined` if they are too many to be sure of all. */
  look(): Promise<readonly LogEntry[] | undefined>
}

/** Begins behind the entries that there are. */
export async function openLogTail(context: Pick<Context, 'storage' | 'now'>): Promise<LogTail> {
  const { log } = context.storage
  const [last] = await log.list({}, { newest: true, limit: 1 })
  let newest = last?.id ?? ''
  /** The time of the last look. An ID can be ahead of the clock where that was set back. */
  let lookedAt = Math.max(context.now(), timeOfId(newest))
  const floor = () => lowestIdAt(lookedAt - lookBackMs)
  let seen: ReadonlySet<string> = new Set(await log.listNewestIds(floor(), seenMax))

  return {
    get position() {
      return newest
    },
    async look() {
      const from = floor()
      const now = context.now()
      const ids = await log.listNewestIds(from, seenMax)
      newest = ids[0] ?? newest
      lookedAt = Math.max(lookedAt, now, timeOfId(newest))
      const oldest = ids.findLastIndex((id) => !seen.has(id))
      const before = seen
      seen = new Set(ids)
      if (oldest === -1) return []
      if (oldest === seenMax - 1) return undefined
      const entries = await readAfter(log, ids[oldest + 1] ?? from, newest)
      return entries?.filter(({ id }) => seen.has(id) && !before.has(id))
    },
  }
}

/** Returns the entries after the position; `undefined` if there are too many. */
export async function readAfter(
  log: Context['storage']['log'],
  position: string,
  upTo?: string,
): Promise<LogEntry[] | undefined> {
  const entries: LogEntry[] = []
  for (let reads = 0; reads < readsMax; reads++) {
    const after = entries.at(-1)?.id ?? position
    const found = await log.list({}, { position: after, newest: false, limit: entriesPerRead })
    entries.push(...found)
    const last = found.at(-1)
    if (found.length < entriesPerRead || last === undefined || (upTo !== undefined && last.id >= upTo))
      return entries
  }
  return undefined
}

/** Returns the newest entries above `floor` and before the one with the ID `from`, in the order of their IDs. */
async function readAgain(
  log: Context['storage']['log'],
  { floor, from }: { readonly floor: string; readonly from: string },
): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  while (entries.length < againMax) {
    const position = entries.at(-1)?.id ?? from
    const limit = Math.min(entriesPerRead, againMax - entries.length)
    const found = await log.list({}, { position, newest: true, limit })
    const above = found.filter(({ id }) => id > floor)
    entries.push(...above)
    if (above.length < limit) break
  }
  return entries.reverse()
}

/**
 * Returns what a reader has missed that has seen all up to the entry with the ID `from`, and maybe some of the last seconds before,
 * which it may have seen; `undefined` if the log no longer has that entry, or if more than 10,000 came after it. Refuses with
 * INVALID_PARAM an ID that no entry can have.
 */
export async function missedSince(
  { storage: { log } }: Pick<Context, 'storage'>,
  from: string,
): Promise<LogEntry[] | undefined> {
  if (from !== firstPosition && !(await log.has(from))) return undefined
  const missed = await readAfter(log, from)
  if (missed === undefined) return undefined
  return [...(await readAgain(log, { floor: lowestIdAt(timeOfId(from) - lookBackMs), from })), ...missed]
}
