/** Reads a stream of changes, and comes back after a cut. */
import { AbortError, AnswerError, ApiError, isPassing, TransportError } from '../errors.ts'
import { abortReason, isAborted, onAbort } from '../transport/callbacks.ts'
import type { Caller } from '../transport/caller.ts'
import { pause } from '../transport/clock.ts'
import { isRecord } from '../transport/read-answer.ts'
import { readError } from '../transport/read-error.ts'
import { delayAfter, readRetryAfter } from '../transport/retry.ts'

/** An entry of the operations log. */
export interface RoomChange {
  /** Sorts by time. */
  readonly id: string
  /** As in RFC 3339. */
  readonly at: string
  readonly requestId: string
  readonly actor: string
  readonly operation: string
  readonly outcome: string
  readonly effectiveAt?: string
  readonly organizationId?: string
  readonly unitId?: string
  readonly skillId?: string
  readonly itemId?: number
  readonly detail?: Readonly<Record<string, unknown>>
}

export type RoomEvent =
  /** The stream has begun, or begun again. */
  | { readonly type: 'ready'; readonly position: string }
  | { readonly type: 'change'; readonly change: RoomChange }
  /** More has happened than the stream can tell: read the matrix anew. */
  | { readonly type: 'reset'; readonly position: string }

export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

/** A service says something every 15 seconds; after so long without a byte the connection counts as dead. */
const silenceMsMax = 45_000
/** The position before all changes, for a service whose log is empty. */
const firstPosition = '00000000-0000-0000-0000-000000000000'
/** IDs of changes that are kept, so that none is told twice. */
const toldMax = 2000

export async function* followChanges(
  caller: Caller,
  path: string,
  from: string | undefined,
  { signal }: FollowOptions = {},
): AsyncGenerator<RoomEvent> {
  const { settings } = caller
  const told = new Set<string>()
  let last = from === '' ? firstPosition : from
  let failures = 0
  let rejectedToken: string | undefined
  for (;;) {
    const token = await caller.tokens.token(rejectedToken)
    let waitMs = 0
    try {
      for await (const event of readStream(caller, { path, token, last, signal })) {
        failures = 0
        rejectedToken = undefined
        if (event.type === 'change') {
          if (told.has(event.change.id)) continue
          last = event.change.id
          remember(told, last)
        } else if (event.type === 'reset' || last === undefined) last = event.position || firstPosition
        yield event
      }
    } catch (error) {
      if (isAborted(signal)) throw aborted(signal)
      const isRejected = error instanceof ApiError && error.status === 401
      const mayRenew = isRejected && caller.tokens.isRenewable && rejectedToken === undefined
      if (!mayRenew && !isPassing(error)) throw error
      if (mayRenew) rejectedToken = token
      waitMs = (error instanceof ApiError && error.retryAfterMs) || 0
    }
    if (isAborted(signal)) throw aborted(signal)
    failures += 1
    if (rejectedToken === undefined) waitMs += delayAfter(failures, settings.retry, settings.random)
    await pause(settings.clock, waitMs, signal)
    if (isAborted(signal)) throw aborted(signal)
  }
}

function remember(told: Set<string>, id: string): void {
  told.add(id)
  const [oldest] = told
  if (told.size > toldMax && oldest !== undefined) told.delete(oldest)
}

function aborted(signal: AbortSignal | undefined): AbortError {
  return new AbortError('The call was aborted.', { operation: 'events', cause: abortReason(signal) })
}

interface Attempt {
  readonly path: string
  readonly token: string
  readonly last: string | undefined
  readonly signal: AbortSignal | undefined
}

/** Ends when the service ends the stream; rejects with a `TransportError` when it breaks. */
async function* readStream(
  { settings }: Caller,
  { path, token, last, signal }: Attempt,
): AsyncGenerator<RoomEvent> {
  const { clock, endpoint, fetch, headers } = settings
  const controller = new AbortController()
  const stop = () => controller.abort()
  const detach = onAbort(signal, stop)
  let callOff = clock.after(silenceMsMax, stop)
  try {
    const response = await fetch(endpoint + path, {
      headers: { ...headers, authorization: `Bearer ${token}`, ...(last && { 'last-event-id': last }) },
      signal: controller.signal,
    })
    if (!response.ok || response.body === null) throw await refusal(response, clock.now())
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      callOff()
      callOff = clock.after(silenceMsMax, stop)
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = readEvent(block)
        if (event !== undefined) yield event
      }
    }
  } catch (error) {
    if (error instanceof ApiError || error instanceof AnswerError) throw error
    throw new TransportError('The stream of changes broke.', { operation: 'events', cause: error })
  } finally {
    callOff()
    detach()
    stop()
  }
}

async function refusal(response: Response, now: number): Promise<Error> {
  const { status, headers } = response
  const requestId = headers.get('x-amzn-requestid') ?? undefined
  const text = await response.text()
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : undefined
  return readError('events', { status, retryAfterMs: readRetryAfter(headers, now) }, requestId, body)
}

/** Returns nothing for a comment, and for an event of a type that is not known. */
function readEvent(block: string): RoomEvent | undefined {
  const fields = new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )
  const type = fields.get('event')
  const data: unknown = JSON.parse(fields.get('data') ?? 'null')
  if (!isRecord(data)) return undefined
  if (type === 'change' && typeof data['id'] === 'string')
    return { type, change: data as unknown as RoomChange }
  if ((type === 'ready' || type === 'reset') && typeof data['position'] === 'string')
    return { type, position: data['position'] }
  return undefined
}
