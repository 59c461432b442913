/** Reads server-sent events as a program does, one after the other. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

export interface ReadEvent {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: { readonly position?: string } & Record<string, unknown>
}

export interface EventReader {
  readonly status: number
  readonly headers: Headers
  /** Resolves with the next event; rejects when the stream has ended. */
  next(): Promise<ReadEvent>
  /** Reads events until one fits. */
  until(fits: (event: ReadEvent) => boolean): Promise<ReadEvent[]>
  /** Resolves when the service has ended the stream, with the events until then. */
  ended(): Promise<ReadEvent[]>
  close(): void
}

/** Opens a stream, which is closed when the test ends. */
export async function readEvents(
  t: TestContext,
  url: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const abort = new AbortController()
  t.after(() => abort.abort())
  const response = await fetch(url, {
    signal: abort.signal,
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  const source = response.status === 200 ? eventsOf(response) : undefined
  const next = async () => {
    const { value, done } = (await source?.next()) ?? { value: undefined, done: true }
    if (done === true) throw new Error('The stream has ended.')
    assert.ok(value)
    return value
  }
  return {
    status: response.status,
    headers: response.headers,
    next,
    async until(fits) {
      const events: ReadEvent[] = []
      for (;;) {
        const event = await next()
        events.push(event)
        if (fits(event)) return events
      }
    },
    async ended() {
      const events: ReadEvent[] = []
      try {
        for (;;) events.push(await next())
      } catch {
        return events
      }
    },
    close: () => abort.abort(),
  }
}

async function* eventsOf(response: Response): AsyncGenerator<ReadEvent> {
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.ok(response.body)
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => !line.startsWith(':'))
      const fields = new Map(
        lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      const data = fields.get('data')
      if (data !== undefined)
        yield { id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) }
    }
  }
}
