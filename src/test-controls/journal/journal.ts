/** The last exchanges of one world. */
import type { JournalEntry, JournalPage, JournalQuery } from '../../protocol/test-controls/journal.ts'
import { entryOf, type Numbered } from './entry.ts'
import { bytesOf, type ExchangeRecord } from './exchange-record.ts'
import { fitsQuery } from './fits-query.ts'
import { createRedactor, type Redactor } from './redact.ts'

export interface Journal {
  /** Adds the record of an exchange, or one of what happened to the world itself. */
  add(record: ExchangeRecord): void
  /** Entries that fit, the oldest first. */
  read(query: JournalQuery): JournalPage
  /** All entries with a greater `seq`. */
  after(seq: number): JournalEntry[]
  /** The `seq` of the last entry that was dropped; 0 if none was. */
  readonly droppedUpTo: number
  /** Resolves when an entry that fits is there, or when the signal aborts. */
  waitFor(query: JournalQuery, signal: AbortSignal): Promise<void>
  /** Calls `listener` with the `seq` of each new entry until the returned function is called. */
  listen(listener: (seq: number) => void): () => void
  readonly redact: Redactor
}

export interface JournalOptions {
  readonly world: string
  /** A random text, from which the marks of secrets are made. */
  readonly key: string
  readonly entriesMax?: number
  readonly bytesMax?: number
}

const defaultEntriesMax = 1000
const defaultBytesMax = 16 * 2 ** 20

interface Kept extends Numbered {
  readonly bytes: number
}

export function createJournal(options: JournalOptions): Journal {
  const { world, key, entriesMax = defaultEntriesMax, bytesMax = defaultBytesMax } = options
  const redact = createRedactor(key)
  const listeners = new Set<(seq: number) => void>()
  /** A ring: the entry `seq` is at `seq % entriesMax`. What is dropped is let go at once, since much garbage costs time. */
  const kept: (Kept | undefined)[] = []
  let bytes = 0
  let lastSeq = 0
  let droppedUpTo = 0

  function dropOldest(): void {
    droppedUpTo += 1
    const place = droppedUpTo % entriesMax
    bytes -= kept[place]?.bytes ?? 0
    kept[place] = undefined
  }

  const entry = (one: Kept) => entryOf(world, one, redact)

  function behind(seq: number): Kept[] {
    const found: Kept[] = []
    for (let next = Math.max(seq, droppedUpTo) + 1; next <= lastSeq; next += 1) {
      const one = kept[next % entriesMax]
      if (one !== undefined) found.push(one)
    }
    return found
  }

  function fitting({ after = 0, ...query }: JournalQuery): Kept[] {
    return behind(after).filter(({ record }) => fitsQuery(record, query))
  }

  return {
    redact,
    add(record) {
      if (lastSeq - droppedUpTo === entriesMax) dropOldest()
      lastSeq += 1
      const size = bytesOf(record)
      kept[lastSeq % entriesMax] = { seq: lastSeq, record, bytes: size }
      bytes += size
      while (bytes > bytesMax && lastSeq - droppedUpTo > 1) dropOldest()
      if (listeners.size > 0) for (const listener of [...listeners]) listener(lastSeq)
    },
    read: (query) => ({
      items: fitting(query)
        .slice(0, query.maxResults ?? defaultEntriesMax)
        .map(entry),
      dropped: droppedUpTo,
      lastSeq,
    }),
    after: (seq) => behind(seq).map(entry),
    get droppedUpTo() {
      return droppedUpTo
    },
    async waitFor(query, signal) {
      if (signal.aborted || fitting(query).length > 0) return
      await new Promise<void>((resolve) => {
        const done = () => {
          listeners.delete(look)
          resolve()
        }
        const look = (seq: number) => {
          if (fitting({ ...query, after: Math.max(seq - 1, query.after ?? 0) }).length > 0) done()
        }
        listeners.add(look)
        signal.addEventListener('abort', done, { once: true })
      })
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
