/** Which rules strike. Matching and counting are one step, so that a rule with `times` strikes no more often. */
import type { Throttle } from '../../model/ports/throttle.ts'
import { readInstant } from '../../protocol/instant.ts'
import type { FaultRule } from '../../protocol/test-controls/faults.ts'
import type { Target } from '../requests/subject.ts'
import { chanceOf, latencyOf } from './chance.ts'
import { isLate, kindOf } from './check-rule.ts'
import { type FaultPoint, fittingTargets, type Occasion } from './matching.ts'

/** A rule with its counts. */
export interface Fault {
  readonly id: string
  readonly rule: FaultRule
  readonly enabled: boolean
  readonly matched: number
  readonly struck: number
  readonly tooEarly: number
}

/** Clients of which a rule remembers when they may come again. */
const waitingClientsMax = 10_000

export interface Held extends Fault {
  readonly point: FaultPoint
  readonly seed: number
  readonly throttle: Throttle | undefined
  /** Until when each client has to wait. */
  readonly waitUntil: Map<string, number>
  enabled: boolean
  matched: number
  struck: number
  tooEarly: number
}

/** The effect on a request, or on work behind one. */
export interface Strike {
  /** The sum of the latencies of all rules, before the work and after it. */
  readonly latencyMs: Readonly<Record<'before' | 'after', number>>
  /** The first rule that struck and has more than a latency. */
  readonly hit: Hit | undefined
}

export interface Hit {
  readonly id: string
  readonly rule: FaultRule
  readonly at: 'before' | 'after'
  /** The items of a batch that it refuses. */
  readonly targets: readonly Target[]
  /** When the client may come again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined
  readonly isTooEarly: boolean
}

/** Counts what the rules match, in their order, and returns what happens. `asked`: see `Scope`. */
export function strike(
  rules: readonly Held[],
  occasion: Occasion,
  now: number,
  asked?: Map<string, boolean>,
): Strike {
  const latencyMs = { before: 0, after: 0 }
  let hit: Hit | undefined
  for (const held of rules) {
    const targets = fittingNow(held, occasion, now)
    if (targets === undefined) continue
    const { id, rule, seed } = held
    const isOnlySlow = kindOf(rule.effect) === undefined
    const { isDue, retryAfterMs, isTooEarly = false } = judge(held, occasion, asked?.get(id), now)
    const strikes = isDue && (isOnlySlow || hit === undefined)
    if (isTooEarly) held.tooEarly += 1
    else if (strikes && asked?.get(id) === undefined) countStrike(held, occasion, now + (retryAfterMs ?? 0))
    asked?.set(id, strikes)
    if (!strikes) continue
    const at = rule.at === 'after' || isLate(rule.effect) ? 'after' : 'before'
    latencyMs[at] += latencyOf(rule.effect.latencyMs, (draw) => chanceOf(seed, id, held.matched, draw))
    if (!isOnlySlow) hit = { id, rule, at, targets, retryAfterMs, isTooEarly }
  }
  return { latencyMs, hit }
}

function countStrike(held: Held, { subject }: Occasion, waitUntil: number): void {
  held.struck += 1
  if (held.rule.enforceRetryAfter) letWait(held, subject?.clientId ?? '', waitUntil)
}

/** Outside its time a rule fits nothing, so that its counts begin with it. */
function fittingNow(held: Held, occasion: Occasion, now: number): readonly Target[] | undefined {
  const { enabled, point, rule } = held
  const { from, until } = rule.when ?? {}
  if (!enabled || point !== occasion.point) return undefined
  if (from !== undefined && now < (readInstant(from) ?? 0)) return undefined
  if (until !== undefined && now >= (readInstant(until) ?? 0)) return undefined
  return fittingTargets(rule, occasion)
}

interface Judgement {
  readonly isDue: boolean
  readonly retryAfterMs?: number | undefined
  readonly isTooEarly?: boolean
}

/** Counts a match, unless the answer is known or the client comes too early, and returns whether it is one to strike. */
function judge(held: Held, { subject }: Occasion, known: boolean | undefined, now: number): Judgement {
  const clientId = subject?.clientId ?? ''
  const { retryAfterSeconds } = held.rule.effect
  const retryAfterMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000
  if (known !== undefined) return { isDue: known, retryAfterMs }
  const leftMs = (held.waitUntil.get(clientId) ?? 0) - now
  if (leftMs > 0) return { isDue: true, retryAfterMs: leftMs, isTooEarly: true }
  held.matched += 1
  if (!isCounted(held)) return { isDue: false }
  const tooFast = held.throttle?.count(clientId)
  if (held.throttle !== undefined && tooFast === undefined) return { isDue: false }
  return { isDue: true, retryAfterMs: retryAfterMs ?? tooFast?.retryAfterMs }
}

/** Whether the last match is one of those to strike. */
function isCounted({ rule, id, seed, matched, struck }: Held): boolean {
  const { after = 0, every = 1, times, probability = 1 } = rule.when ?? {}
  const count = matched - after
  if (count <= 0 || count % every !== 0 || (times !== undefined && struck >= times)) return false
  return probability === 1 || chanceOf(seed, id, matched, 'strike') < probability
}

function letWait({ waitUntil }: Held, clientId: string, until: number): void {
  waitUntil.delete(clientId)
  const [oldest] = waitUntil.keys()
  if (waitUntil.size >= waitingClientsMax && oldest !== undefined) waitUntil.delete(oldest)
  waitUntil.set(clientId, until)
}
