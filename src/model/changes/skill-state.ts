/** The state of a skill for a unit, the state that a change wants, and the decision that follows from both. */
import type { Stage } from '../../protocol/enablement.ts'
import { accountLinkNeeded } from '../account-link.ts'
import type { Enablement } from '../enablement.ts'

/** A skill that is on. A skill that is off has no state: `undefined`. */
export interface SkillState {
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  readonly nameFreeLocales: readonly string[]
  /** The name of its account link. */
  readonly linkName: string | undefined
  readonly isLinked: boolean
  /** When the record was made: a record that was removed and made again has another time. */
  readonly createdAt: number
}

/** The wish of a change for an item. */
export type Wanted =
  /** Without `partitionNames` a record keeps those that it has. */
  | { readonly kind: 'enable'; readonly stage: Stage; readonly partitionNames: readonly string[] | undefined }
  /** Without `stage` whatever the stage is. */
  | { readonly kind: 'disable'; readonly stage: Stage | undefined }
  /** Makes `to` of what still is `from`. */
  | { readonly kind: 'restore'; readonly from: SkillState | undefined; readonly to: SkillState | undefined }

/** The part of a state that a change sets. */
export type NewState = Pick<SkillState, 'stage' | 'partitionNames' | 'nameFreeLocales'>

export type Decision =
  | { readonly outcome: 'already' }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** `to`: `undefined` to disable. */
  | { readonly outcome: 'will_change'; readonly to: NewState | undefined }

export const changedSince = 'Somebody has changed it since.'

/** Decides on an item by what the skill is now. A change touches only what it names: the rest of a record stays. */
export function decide(wanted: Wanted, now: SkillState | undefined): Decision {
  switch (wanted.kind) {
    case 'enable': {
      const { stage, partitionNames = now?.partitionNames ?? [] } = wanted
      if (now?.stage === stage && isSameList(now.partitionNames, partitionNames))
        return { outcome: 'already' }
      return {
        outcome: 'will_change',
        to: { stage, partitionNames, nameFreeLocales: now?.nameFreeLocales ?? [] },
      }
    }
    case 'disable':
      return now === undefined || (wanted.stage !== undefined && wanted.stage !== now.stage)
        ? { outcome: 'already' }
        : { outcome: 'will_change', to: undefined }
    case 'restore': {
      const { from, to } = wanted
      if (isUntouched(from, now)) return { outcome: 'will_change', to }
      return isSameState(to, now) ? { outcome: 'already' } : { outcome: 'refused', reason: changedSince }
    }
  }
}

/** The facts about an item that are found out before it is decided. */
export interface Finding {
  readonly wanted: Wanted
  /** Why the item is refused unless there is nothing to do. */
  readonly obstacle: string | undefined
  /** The skill cannot be enabled for the unit unless it has an account link there. */
  readonly needsExistingLink: boolean
}

/** The same as `decide`, but for what stands in the way. */
export function judge(
  { wanted, obstacle, needsExistingLink }: Finding,
  now: SkillState | undefined,
): Decision {
  const decision = decide(wanted, now)
  if (decision.outcome !== 'will_change') return decision
  const lacksLink = needsExistingLink && now?.linkName === undefined
  const reason = obstacle ?? (lacksLink ? accountLinkNeeded : undefined)
  return reason === undefined ? decision : { outcome: 'refused', reason }
}

/** Whether an item asks for the skill to be off. */
export function isOff(wanted: Wanted): boolean {
  return wanted.kind === 'disable' || (wanted.kind === 'restore' && wanted.to === undefined)
}

/** Whether nobody has changed a record. That its account link has ended, or was exchanged, is no change by somebody. */
function isUntouched(before: SkillState | undefined, now: SkillState | undefined): boolean {
  if (!isSameState(before, now)) return false
  if (before === undefined || now === undefined) return true
  const hasItsLink = now.linkName === undefined || now.linkName === before.linkName
  return before.createdAt === now.createdAt && hasItsLink
}

function isSameState(one: NewState | undefined, other: NewState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.stage === other.stage &&
    isSameList(one.partitionNames, other.partitionNames) &&
    isSameList(one.nameFreeLocales, other.nameFreeLocales)
  )
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index])
}

/** The state of a record. */
export function stateOf(enablement: Omit<Enablement, 'unitId' | 'skillId' | 'organizationId'>): SkillState {
  const { stage, partitionNames, nameFreeLocales, linkName, isLinked, createdAt } = enablement
  return { stage, partitionNames, nameFreeLocales, linkName, isLinked, createdAt }
}
