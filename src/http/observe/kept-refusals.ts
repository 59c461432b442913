/**
 * Keeps the last refusals of this node in memory, since operators mostly ask about recent ones. This is the one place that
 * records a refusal, also for the metrics. Refusals that anyone can cause have separate room, so that they never push out
 * those of known clients. An entry has the response and its subject, and nothing else of a request: no token, code or secret.
 */
import type { Refusal } from '../../model/refusal.ts'
import { otherSpelling } from '../../model/skill.ts'
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { RefusalCode, RefusalReason } from '../../protocol/refusals.ts'
import type { Exchange } from '../engine/exchange.ts'
import { targetOf } from '../engine/request-target.ts'
import type { Metrics } from './metrics.ts'

export interface KeptRefusal {
  /** Sorts by time. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly requestId: string
  readonly operation: string
  /** Whether the operation had begun. */
  readonly hasBegun: boolean
  readonly clientId?: string
  readonly personId?: PrincipalId
  readonly operator?: string
  readonly unitId?: UnitId
  readonly skillId?: SkillId
  readonly itemId?: number
  readonly code: RefusalCode
  readonly reason: RefusalReason
  readonly message: string
  readonly detail?: string
}

/** Which request was refused. */
export interface RefusedRequest {
  readonly requestId: string
  readonly operation: string
  /** Whether the caller has shown a valid token. */
  readonly isKnown: boolean
  /** Whether the operation had begun. */
  readonly hasBegun: boolean
  readonly clientId?: string | undefined
  readonly personId?: PrincipalId | undefined
  readonly operator?: string | undefined
  readonly unitId?: UnitId | undefined
  readonly skillId?: SkillId | undefined
}

export function refusedRequest({
  route,
  request,
  principal,
  operator,
  namedClientId,
  isChecked,
}: Exchange): RefusedRequest {
  return {
    requestId: request.id,
    operation: route.config.operation,
    isKnown: principal !== undefined || operator !== undefined,
    hasBegun: isChecked,
    clientId: principal?.clientId ?? namedClientId,
    personId: principal?.personId,
    operator,
    ...targetOf(request),
  }
}

/** An entry must match each given property. */
export interface RefusalFilter
  extends Partial<
    Pick<KeptRefusal, 'requestId' | 'operation' | 'clientId' | 'unitId' | 'skillId' | 'code' | 'reason'>
  > {
  /** From this millisecond on. */
  readonly since?: number
  /** Before this millisecond. */
  readonly until?: number
}

export interface KeptRefusals {
  /** Keeps a refusal; for a batch, one for each refused item. */
  keep(request: RefusedRequest, refusal: Refusal): void
  /** Returns entries older than the one with the ID `after`, the newest first. */
  list(filter: RefusalFilter, page: { readonly after?: string; readonly limit: number }): KeptRefusal[]
}

/** The most refusals kept of known clients and operators, and of all others. */
export const keptMax = 10_000
export const keptOfStrangersMax = 2000
const textLengthMax = 1000

/** Codes that come in large numbers during another problem. */
const tides: ReadonlySet<RefusalCode> = new Set(['TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE'])

export function createKeptRefusals(
  effects: { now(): number; newId(): string },
  metrics: Pick<Metrics, 'recordRefusal'>,
): KeptRefusals {
  const known = createRing(keptMax)
  const others = createRing(keptOfStrangersMax)
  return {
    keep({ isKnown, ...request }, refusal) {
      const { code, reason, message, detail, items } = refusal
      const ring = isKnown && !tides.has(code) ? known : others
      const told = items?.map(itemPart) ?? [{ code, reason, message, detail }]
      for (const part of told) {
        metrics.recordRefusal(request.operation, part.code, part.reason)
        ring.add(withoutAbsent({ id: effects.newId(), at: effects.now(), ...request, ...part }))
      }
    },
    list: (filter, { after, limit }) =>
      [...known.entries, ...others.entries]
        .filter((entry) => (after === undefined || entry.id < after) && fits(entry, filter))
        .sort((one, other) => (one.id < other.id ? 1 : -1))
        .slice(0, limit),
  }
}

/** Leaves out an ID that is no number: it is invalid and may be any input. */
function itemPart({ itemId, unitId, ...said }: NonNullable<Refusal['items']>[number]) {
  return { ...said, unitId, itemId: typeof itemId === 'number' ? itemId : undefined, detail: undefined }
}

function fits(entry: KeptRefusal, { since, until, skillId, ...equal }: RefusalFilter): boolean {
  if (since !== undefined && entry.at < since) return false
  if (until !== undefined && entry.at >= until) return false
  if (skillId !== undefined && entry.skillId !== skillId && entry.skillId !== otherSpelling(skillId))
    return false
  return Object.entries(equal).every(
    ([name, value]) => value === undefined || Reflect.get(entry, name) === value,
  )
}

type Absent<Entry> = { readonly [Name in keyof Entry]: Entry[Name] | undefined }

function withoutAbsent(entry: Absent<KeptRefusal>): KeptRefusal {
  const there = Object.entries(entry).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? ownText(value) : value]],
  )
  return Object.fromEntries(there)
}

/** Copies the text: a slice would keep the whole longer text, such as a URL, in memory. */
function ownText(text: string): string {
  return Buffer.from(text.slice(0, textLengthMax)).toString()
}

interface Ring {
  /** Unordered. */
  readonly entries: readonly KeptRefusal[]
  add(entry: KeptRefusal): void
}

/** Keeps the last `size` entries. */
function createRing(size: number): Ring {
  const entries: KeptRefusal[] = []
  let next = 0
  return {
    entries,
    add(entry) {
      entries[next] = entry
      next = (next + 1) % size
    },
  }
}
