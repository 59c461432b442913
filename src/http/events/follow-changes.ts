/** The stream of changes of one caller. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { mayChangeRoles, toldOf } from '../../operations/rooms/change-view.ts'
import { missedSince } from '../../operations/rooms/log-tail.ts'
import { type Visible, visibleIn } from '../../operations/rooms/visible-ranges.ts'
import { entryView } from '../../operations/upkeep/read-operations-log.ts'
import { type EventsQuery, isPosition } from '../../protocol/console/events.ts'
import { askerOf, worldOf } from '../engine/exchange.ts'
import { isStillAdmitted } from '../gate/admission.ts'
import type { EventStream } from './event-stream.ts'
import type { EventStreams } from './event-streams.ts'
import { createFeeds } from './feeds.ts'

/** Entries that wait for their turn in one stream; a stream with more ends. */
const waitingMax = 20_000
/** While entries come, the token and the roles are checked as often, in milliseconds. */
const recheckMs = 1000

/** Begins the stream; it goes on after the promise has resolved. Refuses with what a read of the unit refuses with. */
export type FollowChanges = (
  context: Context,
  request: FastifyRequest<{ Querystring: EventsQuery }>,
  reply: FastifyReply,
) => Promise<void>

export function changeFollowing(streams: EventStreams): FollowChanges {
  const feedOf = createFeeds(streams)
  return async (context, request, reply) => {
    const asker = askerOf(request)
    const from = startOf(request)
    const watched = await watchedBy(context, request)
    const feed = await feedOf(worldOf(request))
    const waiting: (readonly LogEntry[] | undefined)[] = []
    let turn: (() => void) | undefined
    let failed = false
    const leave = feed.follow({
      found(entries) {
        waiting.push(entries)
        turn?.()
      },
      failed() {
        failed = true
        turn?.()
      },
    })
    try {
      // What comes from now on is found as well, so that nothing falls between the two.
      const missed = from === undefined ? [] : await missedSince(context, from)
      const holder = asker.kind === 'principal' ? asker.principal.accountId : asker.actor
      const sender = new Sender(context, request, watched)
      const stream = streams.begin(reply, holder, () => void sender.check())
      stream.onClose(leave)
      turn = () => {
        if (failed) stream.end()
        else sender.take(waiting.splice(0))
      }
      sender.begin(stream, feed.position, { from: from ?? '', missed })
      turn()
    } catch (error) {
      leave()
      throw error
    }
  }
}

/** `Last-Event-ID` is what a reader sends that comes back. */
function startOf({ headers, query }: FastifyRequest<{ Querystring: EventsQuery }>): string | undefined {
  const last = headers['last-event-id']?.toString()
  if (last === undefined || last === '') return query.from
  if (!isPosition(last))
    throw refuse('INVALID_PARAM', 'Last-Event-ID is invalid: it is not the ID of an event.')
  return last
}

async function watchedBy(
  context: Context,
  request: FastifyRequest<{ Querystring: EventsQuery }>,
): Promise<Visible | undefined> {
  const { unitId } = request.query
  const asker = askerOf(request)
  if (unitId !== undefined) return visibleIn(context, asker, unitId)
  if (asker.kind === 'operator') return undefined
  throw refuse('INVALID_PARAM', 'unitId is invalid: it is missing.')
}

/** Sends entries one after the other, as long as the caller may see them. */
class Sender {
  readonly #context: Context
  readonly #request: FastifyRequest<{ Querystring: EventsQuery }>
  #watched: Visible | undefined
  #stream: EventStream | undefined
  #work: Promise<void> = Promise.resolve()
  #waiting = 0
  #checkedAt = Number.NEGATIVE_INFINITY
  #position = ''

  constructor(
    context: Context,
    request: FastifyRequest<{ Querystring: EventsQuery }>,
    watched: Visible | undefined,
  ) {
    this.#context = context
    this.#request = request
    this.#watched = watched
  }

  /** `missed`: what is sent first, as fast as the reader takes it; `undefined`: it was too much. `from`: what the reader has seen. */
  begin(
    stream: EventStream,
    position: string,
    { from, missed }: { readonly from: string; readonly missed: readonly LogEntry[] | undefined },
  ): void {
    this.#stream = stream
    this.#position = position
    this.#checkedAt = this.#context.now()
    stream.send({ event: 'ready', data: { position } })
    const first = { from, pace: () => stream.drained() }
    this.#work = this.#tell(missed, first).catch(() => this.#end())
  }

  /** Sends what was found; `undefined`: it was too much. */
  take(found: readonly (readonly LogEntry[] | undefined)[]): void {
    for (const entries of found) {
      this.#waiting += entries?.length ?? 1
      if (this.#waiting > waitingMax) this.#end()
      this.#work = this.#work
        .then(() => {
          this.#waiting -= entries?.length ?? 1
          return this.#tell(entries)
        })
        .catch(() => this.#end())
    }
  }

  /** Ends the stream if the token or the right to read has ended. */
  async check(): Promise<void> {
    try {
      if (!(await isStillAdmitted(this.#request))) throw refuse('INVALID_LWA_TOKEN', 'The token has ended.')
      this.#watched = await watchedBy(this.#context, this.#request)
      this.#checkedAt = this.#context.now()
    } catch {
      this.#end()
    }
  }

  async #tell(
    entries: readonly LogEntry[] | undefined,
    { from, pace }: { readonly from: string; readonly pace?: () => Promise<void> } = { from: '' },
  ): Promise<void> {
    const isDue = Math.abs(this.#context.now() - this.#checkedAt) >= recheckMs
    if (isDue || entries?.some(mayChangeRoles)) await this.check()
    if (entries === undefined) this.#reset()
    let isReset = false
    for (const entry of entries ?? []) {
      await pace?.()
      if (this.#stream?.isClosed) return
      if (entry.id > this.#position) this.#position = entry.id
      const told = await toldOf(this.#context, askerOf(this.#request), this.#watched, entry)
      if (told === 'entry') this.#stream?.send({ id: entry.id, event: 'change', data: entryView(entry) })
      // What the reader has read already includes it. A reset for it would come at the begin of each stream again.
      isReset ||= told === 'reset' && entry.id > from
    }
    if (isReset) this.#reset()
  }

  #reset(): void {
    this.#stream?.send({ event: 'reset', data: { position: this.#position } })
  }

  #end(): void {
    this.#stream?.end()
  }
}
