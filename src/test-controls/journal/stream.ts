/** Sends entries as server-sent events. */
import type { EventStream } from '../../http/events/event-stream.ts'
import type { Journal } from './journal.ts'

export interface StreamOptions {
  /** Only entries with a greater `seq`. */
  readonly after: number
  /** Ends the stream. */
  readonly signal: AbortSignal
  /** Sleeps in real time. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const heartbeatMs = 15_000
/** A reader that leaves so much unread is disconnected. */
export const unreadBytesMax = 32 * 2 ** 20

/** Sends each entry, those that are there and those that come, until the reader is gone. */
export async function streamEntries(
  journal: Journal,
  stream: EventStream,
  { after, signal, sleep }: StreamOptions,
): Promise<void> {
  const gone = new AbortController()
  const ended = AbortSignal.any([gone.signal, signal])
  stream.onClose(() => gone.abort())
  let sent = after

  function sendNew(): void {
    for (const entry of journal.after(sent)) {
      sent = entry.seq
      stream.send({ id: entry.seq, data: entry })
    }
  }

  const stop = journal.listen(sendNew)
  try {
    stream.comment(' the journal')
    sendNew()
    while (!ended.aborted) {
      await sleep(heartbeatMs, ended)
      if (!ended.aborted) stream.comment()
    }
  } finally {
    stop()
    stream.end()
  }
}
