/**
 * Lets the fault rules of a world act on its requests, and records each exchange in its journal. It leaves alone the test
 * controls, health and metrics.
 */
import type { FastifyReply } from 'fastify'
import type { Exchange } from '../http/engine/exchange.ts'
import type { Interceptor } from '../http/engine/interceptor.ts'
import { whenReady } from '../model/maybe-promise.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { UnitId } from '../protocol/identifiers.ts'
import { faultOperations } from '../protocol/test-controls/faults.ts'
import { dribble, sever, truncate } from './faults/connection.ts'
import { faultRefusal } from './faults/fault-refusal.ts'
import type { Occasion } from './faults/matching.ts'
import type { Hit, Strike } from './faults/strike.ts'
import type { Decision } from './journal/exchange-record.ts'
import { createScope, pastFaults, runInScope } from './requests/scope.ts'
import { type Subject, subjectOf } from './requests/subject.ts'
import { record, type Watch, type Watched } from './watch.ts'

/** Like a map of the exchanges under way, which would cost each request more. */
const watchKey = Symbol('watch')
type WatchedExchange = Exchange & { [watchKey]?: Watch }

export interface InterceptorParts {
  /** Returns the world of a request; `undefined` for a request of none. */
  worldOf(exchange: Exchange): Watched | undefined
  /** Whether the world of a request itself sent it. */
  isOwn(exchange: Exchange): boolean
}

export function createInterceptor({ worldOf, isOwn }: InterceptorParts): Interceptor {
  return {
    begun(exchange: WatchedExchange) {
      if (!isWatched(exchange)) return
      const watched = worldOf(exchange)
      if (watched === undefined) return
      exchange[watchKey] = {
        instruments: watched.instruments,
        world: watched.world,
        scope: createScope(),
        isOwn: isOwn(exchange),
        hit: undefined,
        outcome: undefined,
        isRecorded: false,
      }
    },

    admit(exchange: WatchedExchange, reply, admit) {
      const watch = exchange[watchKey]
      if (watch === undefined) return pastFaults(admit)
      const { faults } = watch.instruments
      const isStruck = faults.actsAt('early')
      // Only a rule asks what a look-up of the admission is for, and a scope has its price.
      if (!isStruck && !faults.actsAt('storage')) return admit()
      return runInScope(watch.scope, () => {
        const strike = isStruck ? strikeAt(watch, 'early', subjectOf(exchange)) : undefined
        return strike === undefined ? admit() : strikeEarly(watch, { exchange, reply }, strike, admit)
      })
    },

    handle(exchange: WatchedExchange, reply, handle) {
      const watch = exchange[watchKey]
      if (watch === undefined) return pastFaults(handle)
      return runInScope(watch.scope, () => {
        const subjectNow = once(() => subjectOf(exchange))
        watch.scope.subject = subjectNow
        if (!watch.instruments.faults.actsAt('operation')) return handle()
        const subject = subjectNow()
        return whenReady(pathsOf(watch, subject), (paths) => {
          const strike = strikeAt(watch, 'operation', subject, paths)
          if (strike === undefined) return handle()
          return strikeOperation(watch, { exchange, reply }, { strike, subject, handle })
        })
      })
    },

    send(exchange: WatchedExchange, reply, payload) {
      const watch = exchange[watchKey]
      if (watch === undefined) return false
      record(watch, exchange, reply, payload)
      const { connection, bytes = 0, bytesPerSecond = 20 } = watch.hit?.rule.effect ?? {}
      if (connection !== 'truncate' && connection !== 'dribble') return false
      const body = bytesOf(exchange, payload)
      if (connection === 'truncate') truncate(reply, body, bytes)
      else void dribble(reply, body, { bytesPerSecond, sleep: (ms) => sleep(watch, ms) })
      return true
    },

    ended(exchange: WatchedExchange) {
      const watch = exchange[watchKey]
      if (watch !== undefined) record(watch, exchange, undefined, undefined)
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

interface Ends {
  readonly exchange: Exchange
  readonly reply: FastifyReply
}

function isWatched({ route: { config } }: Exchange): boolean {
  const isOfService = config.access === 'anyone' && config.isVital === true
  return !config.isControl && !isOfService
}

function strikeAt(
  { instruments: { faults } }: Watch,
  point: 'early' | 'operation',
  subject: Subject,
  paths?: Occasion['paths'],
): Strike | undefined {
  if (!faultOperations.some((name) => name === subject.operation)) return undefined
  const strike = faults.strike({ point, subject, paths })
  const { before, after } = strike.latencyMs
  return strike.hit === undefined && before === 0 && after === 0 ? undefined : strike
}

/** The paths of the units of a request, if a rule asks what is above them. */
function pathsOf({ instruments, world, isOwn }: Watch, { targets }: Subject) {
  if (!instruments.faults.needsPaths) return undefined
  const ids = targets.flatMap(({ unitId }): UnitId[] => (unitId === undefined ? [] : [unitId]))
  return whenReady(
    pastFaults(() => world.during(() => world.storage().catalog.findUnits(ids.slice(0, unitsMax)), isOwn)),
    (units) => new Map<string, string>(units.map(({ id, path }) => [id, path])),
  )
}

/** The most units that one look-up takes. */
const unitsMax = 1000

async function strikeEarly(
  watch: Watch,
  ends: Ends,
  { latencyMs, hit }: Strike,
  admit: () => Promise<void> | undefined,
): Promise<void> {
  await sleep(watch, latencyMs.before)
  if (hit === undefined) return admit()
  note(watch, hit)
  watch.outcome = { refusal: undefined, hasBegun: false, endedBefore: 'capacity' }
  const answer = await replace(watch, ends, hit)
  if (!ends.reply.sent) ends.reply.send(answer)
}

interface Struck {
  readonly strike: Strike
  readonly subject: Subject
  readonly handle: () => unknown
}

async function strikeOperation(
  watch: Watch,
  ends: Ends,
  { strike, subject, handle }: Struck,
): Promise<unknown> {
  const { latencyMs, hit } = strike
  await sleep(watch, latencyMs.before)
  if (hit !== undefined) note(watch, hit)
  if (hit?.at === 'before') {
    const endedBefore = subject.isBatch ? 'form' : 'role'
    watch.outcome = { refusal: undefined, hasBegun: true, endedBefore }
    return replace(watch, ends, hit, subject)
  }
  if (hit === undefined || isCut(hit)) {
    const body = await handle()
    await sleep(watch, latencyMs.after)
    return body
  }
  watch.outcome = await outcomeOf(handle)
  await sleep(watch, latencyMs.after)
  return replace(watch, ends, hit, subject)
}

/** Whether the answer itself is sent, though not all of it or slowly. */
function isCut({ rule: { effect } }: Hit): boolean {
  return effect.connection === 'truncate' || effect.connection === 'dribble'
}

function note(watch: Watch, hit: Hit): void {
  watch.hit = hit
  watch.scope.fault = hit.id
}

async function outcomeOf(handle: () => unknown): Promise<Decision> {
  const done = { hasBegun: true, endedBefore: undefined }
  try {
    await handle()
    return { ...done, refusal: undefined }
  } catch (error) {
    const refusal = error instanceof Refusal ? error : refuse('INTERNAL_ERROR', String(error))
    return { ...done, refusal }
  }
}

/** Does what the rule says in the place of the answer; returns the body of another one, or throws its refusal. */
async function replace(watch: Watch, ends: Ends, hit: Hit, subject?: Subject): Promise<unknown> {
  const { exchange, reply } = ends
  const { effect } = hit.rule
  if (effect.connection !== undefined) {
    record(watch, exchange, undefined, undefined)
    const gone = untilClosed(exchange, watch.instruments.ending)
    if (effect.connection === 'reset' || effect.connection === 'empty') sever(reply, effect.connection)
    await gone
    // What hangs when the world ends is cut off.
    if (!exchange.isClosed) sever(reply, 'reset')
    return undefined
  }
  if (effect.status === undefined) throw faultRefusal(hit, subject ?? subjectOf(exchange))
  const { status, body = '', headers, retryAfterSeconds } = effect
  // A proxy knows no request ID.
  reply.removeHeader('x-amzn-requestid')
  reply.removeHeader('location')
  reply.code(status).type('text/html; charset=utf-8')
  const waitMs = hit.retryAfterMs ?? (retryAfterSeconds ?? 0) * 1000
  if (waitMs > 0) reply.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1000))))
  reply.headers(headers ?? {})
  return body
}

function untilClosed(exchange: Exchange, ending: AbortSignal): Promise<void> {
  if (exchange.isClosed || ending.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      ending.removeEventListener('abort', done)
      resolve()
    }
    exchange.response.once('close', done)
    ending.addEventListener('abort', done, { once: true })
  })
}

async function sleep({ instruments: { machine, ending } }: Watch, ms: number): Promise<void> {
  if (ms > 0) await machine.sleepUntil(machine.now() + ms, ending)
}

/** A HEAD request gets no body. */
function bytesOf({ request }: Exchange, payload: unknown): Buffer {
  if (request.method === 'HEAD') return Buffer.alloc(0)
  if (Buffer.isBuffer(payload)) return payload
  return Buffer.from(typeof payload === 'string' ? payload : '')
}
