import type { EnablementBody, EnablementStatus, Stage } from '../protocol/enablement.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import type { AccountLink } from './account-link.ts'

/** The record that a skill is on in a unit. The key is (unit, skill); the stage is an attribute. */
export interface Enablement {
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly organizationId: UnitId
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  /** The locales in which the skill is used without its name. */
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

/**
 * The names in a `partitionName` of the documented form: separated by commas, spaces around a comma dropped. Absent means
 * none. Source: "Request body parameters" (ledger, row 4).
 */
export function partitionNamesIn(partitionName: string | undefined): string[] {
  return partitionName?.split(',').map((name) => name.trim()) ?? []
}

/** The part of an enablement that time and links change (ledger, rows 18 and 31: status and activation). */
export interface Standing {
  readonly stage: Stage
  readonly status: EnablementStatus
  /** When it becomes `ENABLED`; `undefined` while it waits for its link, and when it is `ENABLED`. */
  readonly dueAt: number | undefined
  readonly linkName: string | undefined
  readonly isLinked: boolean
}

/** The link that an enablement shall use. */
export interface NewLink {
  readonly name: string
  readonly isLinked: boolean
}

/**
 * Enables, also what is enabled already. In the same stage the status never goes back; in another stage it is `ENABLING`
 * again. It waits for a link that is not linked yet. Without `link` it keeps the link that it has.
 */
export function enabled(
  old: Standing | undefined,
  { stage, link, activateAt }: { stage: Stage; link: NewLink | undefined; activateAt: number },
): Standing {
  const isSameStage = old?.stage === stage
  const status = isSameStage ? old.status : 'ENABLING'
  const linkName = link?.name ?? old?.linkName
  const isLinked = link?.isLinked ?? old?.isLinked ?? false
  const waits = status === 'ENABLED' || (linkName !== undefined && !isLinked)
  const dueAt = waits ? undefined : ((isSameStage ? old.dueAt : undefined) ?? activateAt)
  return { stage, status, dueAt, linkName, isLinked }
}

/** Follows a link that has become `LINKED` or has ended. A due time stays as it is. */
export function movedWith({ state }: AccountLink, old: Standing, activateAt: number): Standing {
  const isLinked = state === 'LINKED'
  return {
    ...old,
    isLinked,
    linkName: isLinked ? old.linkName : undefined,
    dueAt: old.status === 'ENABLING' ? (old.dueAt ?? activateAt) : undefined,
  }
}
