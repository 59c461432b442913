/** The enablements that wait for their release or for their time. Only the test controls use these statements; they read all records. */
import { whenReady } from '../../model/maybe-promise.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { EnablementStorage } from '../../model/ports/storage.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { type Driver, named, type Steps } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Recorder } from '../log/operations-log.ts'

export function heldEnablements(
  driver: Driver,
  record: Recorder,
): Pick<EnablementStorage, 'release' | 'nextActivation'> {
  return {
    release: (which, stamp, limit) => driver.write(() => releaseHeld({ ...which, stamp, limit }, record)),
    nextActivation: (now) =>
      whenReady(driver.read(firstActivation({ now })), ([row]) => row && readActivation(row)),
  }
}

const readActivation = rowReader({ first: nullable(integer) }, ({ first }) => first ?? undefined)

const firstActivation = named(
  ['now'],
  (at) => `select min(enabled_from) as first from enablements where enabled_from > ${at.now}`,
)

interface Release {
  readonly unitId?: UnitId | undefined
  readonly skillId?: SkillId | undefined
  readonly stamp: WriteStamp
  readonly limit: number
}

/** Returns how many enablements it has released. */
function* releaseHeld({ unitId, skillId, stamp, limit }: Release, record: Recorder): Steps<number> {
  const wanted = { unitId: unitId ?? null, skillId: skillId ?? null, limit }
  const held = (yield findHeld(wanted)).map(readHeld)
  yield held.map(({ unit, skill }) => releaseOne({ unit, skill, now: stamp.now }))
  yield* record(
    ...held.map(({ unitId, skillId, organizationId, stage }) =>
      recorded(stamp, { operation: 'activate', organizationId, unitId, skillId, detail: { stage } }),
    ),
  )
  return held.length
}

const readHeld = rowReader(
  {
    unit: integer,
    skill: integer,
    unit_id: text<UnitId>(),
    skill_id: text<SkillId>(),
    organization_id: text<UnitId>(),
    stage: text<Stage>(),
  },
  ({ unit, skill, stage, ...row }) => ({
    unit,
    skill,
    stage,
    unitId: row.unit_id,
    skillId: row.skill_id,
    organizationId: row.organization_id,
  }),
)

const findHeld = named(
  ['unitId', 'skillId', 'limit'],
  (at) => `select e.unit, e.skill, u.id as unit_id, k.id as skill_id, o.id as organization_id, e.stage
    from enablements e join ids u on u.number = e.unit join ids k on k.number = e.skill
      join ids o on o.number = e.organization
    where e.enabled_from is null and (e.link_name is null or e.is_linked = 1)
      and u.id = coalesce(${at.unitId}, u.id) and k.id = coalesce(${at.skillId}, k.id)
    limit ${at.limit}`,
)

const releaseOne = named(
  ['unit', 'skill', 'now'],
  (at) => `update enablements set enabled_from = ${at.now} where unit = ${at.unit} and skill = ${at.skill}`,
)
