import type { Enablement, NewLink } from '../../model/enablement.ts'
import type { ActivationStamp, EnableRecord } from '../../model/ports/storage.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { findIn, insertInto, named, type Statement } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'
import type { NumberOf } from '../ids/ids.ts'

/** Returns an enablement without its IDs, and their numbers. */
export const readEnablement = rowReader(
  {
    unit: integer,
    skill: integer,
    organization: integer,
    stage: text<Stage>(),
    partition_names: nullable(json<readonly string[]>()),
    name_free_locales: nullable(json<readonly string[]>()),
    enabled_from: nullable(integer),
    link_name: nullable(text()),
    is_linked: integer,
    created_at: integer,
  },
  (row) => ({
    unit: row.unit,
    skill: row.skill,
    organization: row.organization,
    stage: row.stage,
    partitionNames: row.partition_names === null ? [] : parsed(row.partition_names),
    nameFreeLocales: row.name_free_locales === null ? [] : parsed(row.name_free_locales),
    enabledFrom: row.enabled_from ?? undefined,
    linkName: row.link_name ?? undefined,
    isLinked: row.is_linked === 1,
    createdAt: row.created_at,
  }),
)

type EnablementRow = ReturnType<typeof readEnablement>

/** Joins what a row says and the IDs of its numbers. A rest pattern in the place of the names would take half of the time of a list. */
export function enablementOf(
  row: EnablementRow,
  { unitId, skillId, organizationId }: Pick<Enablement, 'unitId' | 'skillId' | 'organizationId'>,
): Enablement {
  return {
    unitId,
    skillId,
    organizationId,
    stage: row.stage,
    partitionNames: row.partitionNames,
    nameFreeLocales: row.nameFreeLocales,
    enabledFrom: row.enabledFrom,
    linkName: row.linkName,
    isLinked: row.isLinked,
    createdAt: row.createdAt,
  }
}

export const findByNumbers = findIn({
  from: 'enablements',
  columns: readEnablement.columns,
  key: { unit: 'integer', skill: 'integer' },
})

/** Reads the IDs of a row that `findByIds` has found. */
export const readIds = rowReader(
  { unit_id: text<UnitId>(), skill_id: text<SkillId>(), organization_id: text<UnitId>() },
  (row) => ({ unitId: row.unit_id, skillId: row.skill_id, organizationId: row.organization_id }),
)

/** Finds the same where a number is not in memory, still with one statement. */
export const findByIds = findIn({
  from: `ids u cross join ids k join enablements e on e.unit = u.number and e.skill = k.number
    join ids o on o.number = e.organization`,
  columns: `${readEnablement.columns}, u.id as unit_id, k.id as skill_id, o.id as organization_id`,
  key: { unit_id: 'text', skill_id: 'text' },
  at: { unit_id: 'u.id', skill_id: 'k.id' },
})

/** The rule `enabled` of the model in SQL, where `created_at` is the time of the write; the conformance tests compare the two. */
const upsert = insertInto({
  table: 'enablements',
  columns: {
    unit: 'integer',
    skill: 'integer',
    organization: 'integer',
    stage: 'text',
    partition_names: 'text',
    link_name: 'text',
    is_linked: 'integer',
    enabled_from: 'bigint',
    created_at: 'bigint',
    request_id: 'text',
    actor: 'integer',
    item_id: 'bigint',
    name_free_locales: 'text',
  },
  key: ['unit', 'skill'],
  onConflict: `on conflict (unit, skill) do update set
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

/**
 * Without `link` the record keeps the link that it has. It has the request only if it waits for `link`: see
 * `waitsAgainStatement`.
 */
export function upsertStatement(
  record: EnableRecord,
  link: NewLink | undefined,
  stamp: ActivationStamp,
  numberOf: NumberOf,
): Statement {
  const waits = link !== undefined && !link.isLinked
  return upsert({
    unit: numberOf(record.unitId),
    skill: numberOf(record.skillId),
    organization: numberOf(record.organizationId),
    stage: record.stage,
    partition_names: record.partitionNames.length === 0 ? null : JSON.stringify(record.partitionNames),
    link_name: link?.name ?? null,
    is_linked: link?.isLinked ? 1 : 0,
    enabled_from: waits ? null : (stamp.activateAt ?? null),
    created_at: stamp.now,
    request_id: waits ? stamp.requestId : null,
    actor: waits ? numberOf(stamp.actor) : null,
    item_id: waits ? (record.itemId ?? null) : null,
    name_free_locales: record.nameFreeLocales.length === 0 ? null : JSON.stringify(record.nameFreeLocales),
  })
}

/** The record waits for the link that it had: from now on for this request. */
export const waitsAgainStatement = named(
  ['unit', 'skill', 'requestId', 'actor', 'itemId'],
  (at) => `update enablements set request_id = ${at.requestId}, actor = ${at.actor}, item_id = ${at.itemId}
    where unit = ${at.unit} and skill = ${at.skill}`,
)
