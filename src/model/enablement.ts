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
  /** From when it is `ENABLED`, in milliseconds since the epoch; `undefined` while it waits for its link. */
  readonly enabledFrom: number | undefined
  /** The account link that it lives on, see `LinkKey.name`. */
  readonly linkName: string | undefined
  readonly isLinked: boolean
  readonly createdAt: number
}

/** Time alone turns `ENABLING` into `ENABLED` (ledger, row 31: there is no write that could be late). */
export function statusAt({ enabledFrom }: Pick<Enablement, 'enabledFrom'>, now: number): EnablementStatus {
  return enabledFrom !== undefined && enabledFrom <= now ? 'ENABLED' : 'ENABLING'
}

/**
 * The record as get and list show it at the time: `accountLink` is always there (ledger, row 23), `nameFreeInvocation` where it is
 * asked for and there are locales.
 */
export function enablementBody(enablement: Enablement, now: number, isExpanded = false): EnablementBody {
  const { nameFreeLocales } = enablement
  return {
    skill: { stage: enablement.stage, id: enablement.skillId },
    unit: { id: enablement.unitId },
    accountLink: { status: enablement.isLinked ? 'LINKED' : 'NOT_LINKED' },
    status: statusAt(enablement, now),
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

/** The part of an enablement that repeats and links change (ledger, rows 18 and 31: status and activation). */
export type Standing = Pick<Enablement, 'stage' | 'enabledFrom' | 'linkName' | 'isLinked'>

/** The link that an enablement shall use. */
export interface NewLink {
  readonly name: string
  readonly isLinked: boolean
}

/**
 * Enables, also what is enabled already. In the same stage what is `ENABLED` stays so; another stage begins anew. It waits for a
 * link that is not linked yet. Without `link` it keeps the link that it has.
 */
export function enabled(
  old: Standing | undefined,
  wanted: { stage: Stage; link: NewLink | undefined; now: number; activateAt: number },
): Standing {
  const { stage, link, now, activateAt } = wanted
  const same = old?.stage === stage ? old : undefined
  const linkName = link?.name ?? old?.linkName
  const isLinked = link?.isLinked ?? old?.isLinked ?? false
  const keeps = same !== undefined && statusAt(same, now) === 'ENABLED'
  const waits = linkName !== undefined && !isLinked
  const enabledFrom = keeps ? same.enabledFrom : waits ? undefined : (same?.enabledFrom ?? activateAt)
  return { stage, enabledFrom, linkName, isLinked }
}

/** Follows a link that has become `LINKED` or has ended. What waited for it waits no longer. */
export function movedWith({ state }: AccountLink, old: Standing, activateAt: number): Standing {
  const isLinked = state === 'LINKED'
  return {
    ...old,
    isLinked,
    linkName: isLinked ? old.linkName : undefined,
    enabledFrom: old.enabledFrom ?? activateAt,
  }
}
