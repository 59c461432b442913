import type { EnablementBody, EnablementStatus, Stage } from '../protocol/enablement.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'

/** The record that a skill is on in a unit. The key is (unit, skill); the stage is an attribute. */
export interface Enablement {
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly organizationId: UnitId
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  /** Where the skill is used without its name; none: nowhere. */
  readonly nameFreeLocales: readonly string[]
  readonly status: EnablementStatus
  /** The account link that it lives on, see `LinkKey.name`. */
  readonly linkName: string | undefined
  readonly isLinked: boolean
  readonly createdAt: number
}

/**
 * The record as get and list show it: `accountLink` is always there (ledger, row 23), `nameFreeInvocation` where it is
 * asked for and there are locales.
 */
export function enablementBody(enablement: Enablement, isExpanded = false): EnablementBody {
  const { nameFreeLocales } = enablement
  return {
    skill: { stage: enablement.stage, id: enablement.skillId },
    unit: { id: enablement.unitId },
    accountLink: { status: enablement.isLinked ? 'LINKED' : 'NOT_LINKED' },
    status: enablement.status,
    ...(isExpanded &&
      nameFreeLocales.length > 0 && { nameFreeInvocation: { locales: [...nameFreeLocales] } }),
  }
}
