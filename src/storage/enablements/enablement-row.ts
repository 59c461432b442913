import type { Enablement } from '../../model/enablement.ts'
import type { ActivationStamp, EnableRecord } from '../../model/ports/storage.ts'
import { findIn, insertInto, type Row, type Statement } from '../engine/driver.ts'
import type { LinkState } from './enablement-links.ts'

/** What `toEnablement` reads. */
export const enablementColumns =
  'unit_id, skill_id, organization_id, stage, partition_names, name_free_locales, status, link_name, is_linked, created_at'

export const findEnablement = findIn({
  table: 'enablements',
  columns: enablementColumns,
  key: { unit_id: 'text', skill_id: 'text' },
})

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

/** A link of null keeps the one that is there; a link that is not linked yet holds the record back. */
const upsert = insertInto({
  table: 'enablements',
  columns: {
    unit_id: 'text',
    skill_id: 'text',
    organization_id: 'text',
    stage: 'text',
    partition_names: 'text',
    status: 'text',
    link_name: 'text',
    is_linked: 'integer',
    due_at: 'bigint',
    created_at: 'bigint',
    request_id: 'text',
    actor: 'text',
    item_id: 'bigint',
    name_free_locales: 'text',
  },
  key: ['unit_id', 'skill_id'],
  onConflict: `on conflict (unit_id, skill_id) do update set
    status = case when enablements.stage = excluded.stage then enablements.status else 'ENABLING' end,
    due_at = case
      when enablements.stage = excluded.stage and enablements.status = 'ENABLED' then null
      when excluded.link_name is not null and excluded.is_linked = 0 then null
      when excluded.link_name is null and enablements.link_name is not null and enablements.is_linked = 0 then null
      when enablements.stage = excluded.stage then coalesce(enablements.due_at, excluded.due_at)
      else excluded.due_at end,
    stage = excluded.stage,
    partition_names = excluded.partition_names, name_free_locales = excluded.name_free_locales,
    link_name = coalesce(excluded.link_name, enablements.link_name),
    is_linked = case when excluded.link_name is null then enablements.is_linked else excluded.is_linked end,
    request_id = excluded.request_id, actor = excluded.actor, item_id = excluded.item_id`,
  returning: enablementColumns,
})

export function upsertStatement(record: EnableRecord, link: LinkState, stamp: ActivationStamp): Statement {
  return upsert({
    unit_id: record.unitId,
    skill_id: record.skillId,
    organization_id: record.organizationId,
    stage: record.stage,
    partition_names: JSON.stringify(record.partitionNames),
    status: 'ENABLING',
    link_name: link.name ?? null,
    is_linked: link.isLinked ? 1 : 0,
    due_at: link.name === undefined || link.isLinked ? stamp.activateAt : null,
    created_at: stamp.now,
    request_id: stamp.requestId,
    actor: stamp.actor,
    item_id: record.itemId ?? null,
    name_free_locales: record.nameFreeLocales.length === 0 ? null : JSON.stringify(record.nameFreeLocales),
  })
}
