import { partitionNamesIn } from '../../model/enablement.ts'
import type { EnableRecord, LinkChange } from '../../model/ports/storage.ts'
import type { Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type { BatchItem, EnableRequest } from '../../protocol/enablement.ts'

/** Creates the record of a request, or of a batch item, after the checks. */
export function enableRecord(
  skill: Skill,
  unit: Unit,
  asked: EnableRequest | BatchItem,
  more: { link: LinkChange; needsExistingLink: boolean; isSubscription: boolean },
): EnableRecord {
  return {
    unitId: unit.id,
    skillId: skill.id,
    organizationId: unit.organizationId,
    stage: asked.stage,
    partitionNames: partitionNamesIn(asked.partitionName),
    nameFreeLocales: asked.nameFreeInvocationRequest?.locales ?? [],
    ...more,
    ...('itemId' in asked && { itemId: asked.itemId }),
  }
}
