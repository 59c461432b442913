/** Whether a rule fits a request, and which items of a batch it fits. */
import { isWithin } from '../../model/unit.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import type { FaultRule } from '../../protocol/test-controls/faults.ts'
import type { Subject, Target } from '../requests/subject.ts'

/**
 * Where a rule acts: before the token is checked, around an operation, at a call to a token server, at an access to the storage.
 */
export type FaultPoint = 'early' | 'operation' | 'token_server' | 'storage'

export function pointOf({ effect, match, early }: FaultRule): FaultPoint {
  const named = listOf(match?.operation)
  if (effect.link !== undefined || isOnly(named, 'token_server')) return 'token_server'
  if (effect.storage !== undefined || isOnly(named, 'storage')) return 'storage'
  return early ? 'early' : 'operation'
}

function isOnly(named: readonly string[] | undefined, name: string): boolean {
  return named?.length === 1 && named[0] === name
}

/** The occasion that a rule is compared with: a request, or work behind one; work of the background has no subject. */
export interface Occasion {
  readonly point: FaultPoint
  readonly subject: Subject | undefined
  /** The skill of a call to a token server, where no request names it. */
  readonly skillId?: string | undefined
  /** An access to the storage that changes something. */
  readonly isWrite?: boolean
  /** The path of each unit of the subject that exists. Only needed if a rule has `under`. */
  readonly paths?: ReadonlyMap<string, string> | undefined
}

/** Returns the targets that the rule fits, all of them if it names no unit and no stage; `undefined` if it does not fit. */
export function fittingTargets(
  { match = {}, effect }: FaultRule,
  occasion: Occasion,
): readonly Target[] | undefined {
  const { point, subject } = occasion
  // Only a write needs room on the disk.
  if (effect.storage === 'full' && !occasion.isWrite) return undefined
  const names: readonly unknown[] = [subject?.operation, point]
  if (!isAmong(match.operation, names)) return undefined
  if (!isAmong(match.clientId, [subject?.clientId])) return undefined
  const skills = listOf(match.skillId)?.map(spelling)
  if (skills !== undefined && !skills.includes(spelling(occasion.skillId ?? subject?.skillId ?? '')))
    return undefined
  const isOfUnits = match.unitId !== undefined || match.under !== undefined || match.stage !== undefined
  const isOfItems = effect.items !== undefined
  if (isOfItems && !subject?.isBatch) return undefined
  const targets = subject?.targets ?? []
  if (!isOfUnits && !isOfItems) return targets
  const fitting = chosenItems(
    effect,
    targets.filter((target) => fitsTarget(match, target, occasion.paths)),
  )
  return fitting.length === 0 ? undefined : fitting
}

function fitsTarget(
  { unitId, under, stage }: NonNullable<FaultRule['match']>,
  target: Target,
  paths: Occasion['paths'],
): boolean {
  if (stage !== undefined && target.stage !== stage) return false
  if (!isAmong(unitId, [target.unitId])) return false
  return under === undefined || isBelow(target.unitId, under, paths)
}

function isBelow(unitId: UnitId | undefined, under: UnitId, paths: Occasion['paths']): boolean {
  const path = unitId === undefined ? undefined : paths?.get(unitId)
  return path !== undefined && isWithin(path, under)
}

function chosenItems({ items }: FaultRule['effect'], fitting: readonly Target[]): readonly Target[] {
  if (items === undefined) return fitting
  const { ids, every = 1 } = items
  const named = ids === undefined ? fitting : fitting.filter(({ itemId }) => ids.some((id) => id === itemId))
  return named.filter((_, index) => (index + 1) % every === 0)
}

function isAmong(wanted: string | readonly string[] | undefined, found: readonly unknown[]): boolean {
  return listOf(wanted)?.some((one) => found.includes(one)) ?? true
}

export function listOf<T extends string>(value: T | readonly T[] | undefined): readonly T[] | undefined {
  return typeof value === 'string' ? [value] : value
}

/** A skill ID has two spellings. */
function spelling(skillId: string): string {
  return skillId.replace(/^amzn1\.alexa\./, 'amzn1.ask.')
}
