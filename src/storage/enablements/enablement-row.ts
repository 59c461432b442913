import type { Enablement, NewLink } from '../../model/enablement.ts'
import type { ActivationStamp, EnableRecord } from '../../model/ports/storage.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { findIn, insertInto, type Statement } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'

export const readEnablement = rowReader(
  {
    unit_id: text<UnitId>(),
    skill_id: text<SkillId>(),
    organization_id: text<UnitId>(),
    stage: text<Stage>(),
    partition_names: json<readonly string[]>(),
    name_free_locales: nullable(json<readonly string[]>()),
    enabled_from: nullable(integer),
    link_name: nullable(text()),
    is_linked: integer,
    created_at: integer,
  },
  (row): Enablement => ({
    unitId: row.unit_id,
    skillId: row.skill_id,
    organizationId: row.organization_id,
    stage: row.stage,
    partitionNames: parsed(row.partition_names),
    nameFreeLocales: row.name_free_locales === null ? [] : parsed(row.name_free_locales),
    enabledFrom: row.enabled_from ?? undefined,
    linkName: row.link_name ?? undefined,
    isLinked: row.is_linked === 1,
    createdAt: row.created_at,
  }),
)

export const findEnablement = findIn({
  table: 'enablements',
  columns: readEnablement.columns,
  key: { unit_id: 'text', skill_id: 'text' },
})

/** The rule `enabled` of the model in SQL, where `created_at` is the time of the write; the conformance tests compare the two. */
const upsert = insertInto({
  table: 'enablements',
  columns: {
    unit_id: 'text',
    skill_id: 'text',
    organization_id: 'text',
    stage: 'text',
    partition_names: 'text',
    link_name: 'text',
    is_linked: 'integer',
    enabled_from: 'bigint',
    created_at: 'bigint',
    request_id: 'text',
    actor: 'text',
    item_id: 'bigint',
    name_free_locales: 'text',
  },
  key: ['unit_id', 'skill_id'],
  onConflict: `on conflict (unit_id, skill_id) do update set
    enabled_from = case
      when enablements.stage = excluded.stage and enablements.enabled_from <= excluded.created_at then enablements.enabled_from
      when excluded.link_name is not null and excluded.is_linked = 0 then null
      when excluded.link_name is null and enablements.link_name is not null and enablements.is_linked = 0 then null
      when enablements.stage = excluded.stage then coalesce(enablements.enabled_from, excluded.enabled_from)
      else excluded.enabled_from end,
    stage = excluded.stage,
    partition_names = excluded.partition_names, name_free_locales = excluded.name_free_locales,
    link_name = coalesce(excluded.link_name, enablements.link_name),
    is_linked = case when excluded.link_name is null then enablements.is_linked else excluded.is_linked end,
    request_id = excluded.request_id, actor = excluded.actor, item_id = excluded.item_id`,
  returning: readEnablement.columns,
})

/** Without `link` the record keeps the link that it has. */
export function upsertStatement(
  record: EnableRecord,
  link: NewLink | undefined,
  stamp: ActivationStamp,
): Statement {
  return upsert({
    unit_id: record.unitId,
    skill_id: record.skillId,
    organization_id: record.organizationId,
    stage: record.stage,
    partition_names: JSON.stringify(record.partitionNames),
    link_name: link?.name ?? null,
    is_linked: link?.isLinked ? 1 : 0,
    enabled_from: link === undefined || link.isLinked ? stamp.activateAt : null,
    created_at: stamp.now,
    request_id: stamp.requestId,
    actor: stamp.actor,
    item_id: record.itemId ?? null,
    name_free_locales: record.nameFreeLocales.length === 0 ? null : JSON.stringify(record.nameFreeLocales),
  })
}
