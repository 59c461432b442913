/** The fault rules of one world: which are there, and which strikes. Matching and counting are one step. */

import { refuse } from '../../model/refusal.ts'
import type { FaultRule } from '../../protocol/test-controls/faults.ts'
import { createThrottle } from '../../world/throttle.ts'
import { ruleProblem } from './check-rule.ts'
import { type FaultPoint, type Occasion, pointOf } from './matching.ts'
import { type Fault, type Held, type Strike, strike } from './strike.ts'

export interface Faults {
  /** Adds rules behind all others, all or none. Throws INVALID_PARAM if one contradicts itself, or if its ID is taken. */
  add(...rules: readonly FaultRule[]): Fault[]
  list(): readonly Fault[]
  find(id: string): Fault | undefined
  /** Returns the rule; `undefined` if there is none. */
  setEnabled(id: string, enabled: boolean): Fault | undefined
  remove(id: string): boolean
  clear(): void
  /** Replaces all rules, with their counts, such as by those of a snapshot. */
  restore(faults: readonly Fault[]): void
  /** Whether a rule needs the paths of the units. */
  readonly needsPaths: boolean
  /** Whether any rule acts there: only then it is worth asking. */
  actsAt(point: FaultPoint): boolean
  /** `asked`: see `Scope`. */
  strike(occasion: Occasion, asked?: Map<string, boolean>): Strike
}

export interface FaultsOptions {
  /** The clock of the world. */
  now(): number
  /** Draws a seed for a rule without one. */
  drawSeed(): number
}

const rulesMax = 1000

export function createFaults({ now, drawSeed }: FaultsOptions): Faults {
  let rules: Held[] = []
  let points: ReadonlySet<FaultPoint> = new Set()
  let needsPaths = false
  let made = 0

  function changeTo(changed: Held[]): void {
    rules = changed
    points = new Set(rules.map(({ point }) => point))
    needsPaths = rules.some(({ rule }) => rule.match?.under !== undefined)
  }

  function hold(fault: Fault): Held {
    const { rule } = fault
    const { abovePerSecond, seed = 0 } = rule.when ?? {}
    return {
      ...fault,
      point: pointOf(rule),
      seed,
      throttle: abovePerSecond === undefined ? undefined : createThrottle(now, abovePerSecond),
      waitUntil: new Map(),
    }
  }

  function idFor(rule: FaultRule): string {
    if (rule.id !== undefined) return rule.id
    do made += 1
    while (rules.some(({ id }) => id === `fault-${made}`))
    return `fault-${made}`
  }

  function takenId({ id }: FaultRule): string | undefined {
    if (id === undefined || find(id) === undefined) return undefined
    return `id is invalid: there is already a rule ${id}. Remove it first.`
  }

  function find(id: string): Held | undefined {
    return rules.find((held) => held.id === id)
  }

  return {
    get needsPaths() {
      return needsPaths
    },
    actsAt: (point) => points.has(point),
    add(...given) {
      for (const rule of given) {
        const problem = ruleProblem(rule) ?? takenId(rule)
        if (problem !== undefined) throw refuse('INVALID_PARAM', problem)
      }
      if (rules.length + given.length > rulesMax)
        throw refuse('INVALID_PARAM', `A world has at most ${rulesMax} fault rules. Remove one first.`)
      const added = given.map((rule) =>
        hold({
          id: idFor(rule),
          rule: withSeed(rule, drawSeed),
          enabled: true,
          matched: 0,
          struck: 0,
          tooEarly: 0,
        }),
      )
      changeTo([...rules, ...added])
      return added.map(faultOf)
    },
    list: () => rules.map(faultOf),
    find(id) {
      const held = find(id)
      return held && faultOf(held)
    },
    setEnabled(id, enabled) {
      const held = find(id)
      if (held === undefined) return undefined
      held.enabled = enabled
      return faultOf(held)
    },
    remove(id) {
      const isThere = find(id) !== undefined
      changeTo(rules.filter((held) => held.id !== id))
      return isThere
    },
    clear: () => changeTo([]),
    restore: (faults) => changeTo(faults.map(hold)),
    strike: (occasion, asked) => strike(rules, occasion, now(), asked),
  }
}

function faultOf({ id, rule, enabled, matched, struck, tooEarly }: Held): Fault {
  return { id, rule, enabled, matched, struck, tooEarly }
}

/** Chance needs a seed; the rule shows the one that was drawn. */
function withSeed(rule: FaultRule, drawSeed: () => number): FaultRule {
  const needsSeed = rule.when?.probability !== undefined || typeof rule.effect.latencyMs === 'object'
  if (!needsSeed || rule.when?.seed !== undefined) return rule
  return { ...rule, when: { ...rule.when, seed: drawSeed() } }
}
