/** Sends entries as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import type { FastifyReply } from 'fastify'
import type { Journal } from './journal.ts'

export interface StreamOptions {
  /** Only entries with a greater `seq`. */
  readonly after: number
  /** Ends the stream. */
  readonly signal: AbortSignal
  /** Sleeps in real time. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** A proxy on the way closes a connection that says nothing for long. */
const heartbeatMs = 15_000
/** A reader that leaves so much unread is disconnected. */
const unreadBytesMax = 32 * 2 ** 20

/** Writes each entry, those that are there and those that come, until the reader is gone. The head has been written. */
export async function streamEntries(
  journal: Journal,
  response: FastifyReply['raw'],
  { after, signal, sleep }: StreamOptions,
): Promise<void> {
  const gone = new AbortController()
  const ended = AbortSignal.any([gone.signal, signal])
  response.once('close', () => gone.abort())
  let sent = after

  function sendNew(): void {
    for (const entry of journal.after(sent)) {
      sent = entry.seq
      response.write(`id: ${entry.seq}\ndata: ${JSON.stringify(entry)}\n\n`)
    }
    if (response.writableLength > unreadBytesMax) response.destroy()
  }

  const stop = journal.listen(sendNew)
  try {
    response.write(': the journal\n\n')
    sendNew()
    while (!ended.aborted) {
      await sleep(heartbeatMs, ended)
      if (!ended.aborted) response.write(':\n\n')
    }
  } finally {
    stop()
    if (!response.destroyed) response.end()
  }
}
