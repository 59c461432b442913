import type { EnablementBody, EnablementStatus, Stage } from '../protocol/enablement.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import type { AccountLink } from './account-link.ts'

/** The record that a skill is enabled for a unit. The key is (unit, skill); the stage is an attribute. */
export interface Enablement {
  readonly unitId: UnitId
  readonly skillId: SkillId
  readonly organizationId: UnitId
  readonly stage: Stage
  readonly partitionNames: readonly string[]
  /** The locales in which the skill is used without its name. */
  readonly nameFreeLocales: readonly string[]
  /** When it becomes `ENABLED`, in milliseconds since the epoch; `undefined` while it waits for its link. */
  readonly enabledFrom: number | undefined
  /** The name of its account link, see `LinkKey.name`. */
  readonly linkName: string | undefined
  readonly isLinked: boolean
  readonly createdAt: number
}

/** Time alone turns `ENABLING` into `ENABLED` (ledger, row 31: there is no write that could be late). */
export function statusAt({ enabledFrom }: Pick<Enablement, 'enabledFrom'>, now: number): EnablementStatus {
  return enabledFrom !== undefined && enabledFrom <= now ? 'ENABLED' : 'ENABLING'
}

/**
 * The record as get and list return it at a time: always with `accountLink` (ledger, row 23: the page says so), and with
 * `nameFreeInvocation` if it is requested and there are locales.
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
 * Returns the names in a `partitionName`: separated by commas, without surrounding spaces. Returns none for an absent
 * value. Source: "Request body parameters" (ledger, row 4: all examples of the page fit this form).
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
 * Enables a skill, or enables it again. In the same stage what is `ENABLED` stays so; in another stage it is `ENABLING` again.
 * The enablement waits for a link that is not `LINKED` yet. Without `link` it keeps its link.
 */
export function enabled(
  old: Standing | undefined,
  wanted: { stage: Stage; link: NewLink | undefined; now: number; activateAt: number | undefined },
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

/** Follows a link that has become `LINKED` or has ended. What waited for the link does not wait any longer. */
export function movedWith({ state }: AccountLink, old: Standing, activateAt: number | undefined): Standing {
  const isLinked = state === 'LINKED'
  return {
    ...old,
    isLinked,
    linkName: isLinked ? old.linkName : undefined,
    enabledFrom: old.enabledFrom ?? activateAt,
  }
}
