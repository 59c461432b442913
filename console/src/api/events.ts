/**
 * Follows what changes below a unit: as a stream that continues where it was cut. After three failures in a row it reads the log
 * every five seconds instead, until a stream works.
 */

import { open } from './call.ts'
import { isFinal } from './problems.ts'
import { readHistory } from './rooms.ts'
import type { LogEntryView } from './wire.ts'

export type FollowState = 'connecting' | 'live' | 'polling' | 'stopped'

export interface Follower {
  readonly unitId: string
  /** The position after which entries are wanted. */
  readonly from: string
  readonly onEntry: (entry: LogEntryView) => void
  /** The stream cannot tell what came after the position: read all again. Nothing more comes. */
  readonly onReset: () => void
  /** `problem`: why it has stopped. */
  readonly onState: (state: FollowState, problem?: unknown) => void
  readonly signal: AbortSignal
}

const failuresMax = 3
const pollMs = 5000
const pauseMaxMs = 10_000
/** A stream that was cut and is back so soon was live all the time, as far as a person can see. */
const quietMs = 2000
/** A stream that says nothing for so long is dead: the service writes a line each 15 seconds. */
const silenceMs = 40_000

/** Follows until the signal or a reset ends it, or the service refuses for good. */
export async function follow(follower: Follower): Promise<void> {
  const { signal, onState } = follower
  const position = { id: follower.from }
  let failures = 0
  // Whoever follows anew because something else has changed is live all the time, too.
  let away: ReturnType<typeof setTimeout> | undefined = setTimeout(() => become('connecting'), quietMs)
  const become = (state: FollowState, problem?: unknown) => {
    clearTimeout(away)
    away = undefined
    if (!signal.aborted) onState(state, problem)
  }
  while (!signal.aborted) {
    try {
      if (failures >= failuresMax) {
        become('polling')
        await poll(follower, position)
      }
    } catch (error) {
      if (signal.aborted) return
      if (isFinal(error)) return become('stopped', error)
    }
    try {
      const isReset = await stream(follower, position, () => {
        failures = 0
        become('live')
      })
      if (isReset) {
        clearTimeout(away)
        return follower.onReset()
      }
    } catch (error) {
      if (signal.aborted) return clearTimeout(away)
      if (isFinal(error)) return become('stopped', error)
    }
    failures += 1
    if (failures < failuresMax) away ??= setTimeout(() => become('connecting'), quietMs)
    await pause(failures >= failuresMax ? pollMs : Math.min(pauseMaxMs, 250 * 2 ** failures), signal)
  }
}

/** Resolves with whether a reset has ended the stream. */
async function stream(follower: Follower, position: { id: string }, onOpen: () => void): Promise<boolean> {
  const silence = new AbortController()
  const signal = AbortSignal.any([follower.signal, silence.signal])
  const response = await open('GET', '/_skillkeeper/events', {
    query: { unitId: follower.unitId, from: position.id },
    headers: { accept: 'text/event-stream', ...(position.id && { 'last-event-id': position.id }) },
    signal,
  })
  let timer = setTimeout(() => silence.abort(), silenceMs)
  try {
    for await (const event of eventsOf(response)) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMs)
      if (event.name === 'ready') onOpen()
      if (event.name === 'reset') return true
      if (event.name !== 'change') continue
      position.id = event.id
      follower.onEntry(JSON.parse(event.data) as LogEntryView)
    }
    return false
  } finally {
    clearTimeout(timer)
  }
}

interface ServerEvent {
  readonly id: string
  readonly name: string
  readonly data: string
}

/** The events of a stream; a comment counts as one without a name, since it shows that the stream lives. */
async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) yield eventOf(block)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function eventOf(block: string): ServerEvent {
  const event = { id: '', name: '', data: '' }
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    const value = line.slice(at + 1).trimStart()
    if (line.startsWith('id:')) event.id = value
    if (line.startsWith('event:')) event.name = value
    if (line.startsWith('data:')) event.data += value
  }
  return event
}

/** Reads what came after the position from the log. */
async function poll(follower: Follower, position: { id: string }): Promise<void> {
  for (let pages = 0; pages < 10; pages += 1) {
    const { items, paginationContext } = await readHistory(
      { under: follower.unitId, order: 'oldest', ...(position.id && { after: position.id }) },
      follower.signal,
    )
    for (const entry of items) {
      position.id = entry.id
      follower.onEntry(entry)
    }
    if (!paginationContext.after) return
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
