import type { Enablement } from '../model/enablement.ts'
import type { Row } from './driver.ts'

/** What `toEnablement` reads. */
export const enablementColumns =
  'unit_id, skill_id, organization_id, stage, partition_names, name_free_locales, status, link_name, is_linked, created_at'

export function toEnablement(row: Row): Enablement {
  return {
    unitId: row.unit_id,
    skillId: row.skill_id,
    organizationId: row.organization_id,
    stage: row.stage,
    partitionNames: JSON.parse(row.partition_names as string),
    nameFreeLocales: row.name_free_locales === null ? [] : JSON.parse(row.name_free_locales as string),
    status: row.status,
    linkName: row.link_name ?? undefined,
    isLinked: row.is_linked === 1,
    createdAt: row.created_at,
  } as Enablement
}
