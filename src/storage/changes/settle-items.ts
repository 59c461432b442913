/**
 * The write that does items of a change: with the claim on the change it takes the right to them, decides by the records as they are,
 * changes these, and notes the outcomes. All of it is stored or nothing, so that an item is done once, whatever ends a node.
 */

import type { ChangeCounts } from '../../model/changes/change.ts'
import { judge, type NewState, type SkillState, stateOf } from '../../model/changes/skill-state.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type {
  ActivationStamp,
  ChangeClaim,
  DisableRecord,
  EnableRecord,
  ItemWork,
  WantedWork,
} from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { readEnablement } from '../enablements/enablement-row.ts'
import { disableAll, type EnableParts, enableAll, recordKey } from '../enablements/enablements.ts'
import { byEngine, inLockOrder, named, type Steps } from '../engine/driver.ts'
import type { NumberOf } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { type SettledItem, settledItem } from './change-items.ts'
import { type HeldChange, heldColumns, readHeld } from './change-row.ts'

const holdChange = named(
  ['changeId', 'claimId', 'leaseUntil'],
  (at) => `update changes set due_at = ${at.leaseUntil}
    where id = ${at.changeId} and claim = ${at.claimId} and status = 'running' returning ${heldColumns}`,
)

/** Locks the change and extends the claim; `undefined` if the claim is no longer held. */
export function* holdClaimed({ changeId, claimId, leaseUntil }: ChangeClaim): Steps<HeldChange | undefined> {
  const [row] = yield holdChange({ changeId, claimId, leaseUntil })
  return row && readHeld(row)
}

const moveOn = named(
  ['number', 'nextPlace', 'done', 'already', 'refused', 'gone'],
  (at) => `update changes set next_place = ${at.nextPlace}, done = ${at.done}, already = ${at.already},
      refused = ${at.refused}, gone = ${at.gone} where number = ${at.number}`,
)

const finish = named(
  ['number', 'now'],
  (at) => `update changes set status = 'done', finished_at = ${at.now}, due_at = null, claim = null
    where number = ${at.number}`,
)

/** Ends the change if all of its items have an outcome. */
export function* finishIfDone(
  { number, noted, hasAll, nextPlace, rootId, counts }: HeldChange,
  changeId: string,
  stamp: WriteStamp,
  record: Recorder,
): Steps<void> {
  if (!hasAll || nextPlace < noted) return
  yield finish({ number, now: stamp.now })
  yield* record(
    recorded(stamp, {
      operation: 'change',
      unitId: rootId,
      detail: { change: changeId, status: 'done', counts },
    }),
  )
}

interface Parts extends EnableParts {
  readonly numberOf: NumberOf
  readonly findState: ReturnType<typeof lockedState>
}

export const lockedState = byEngine(({ lockRows }) =>
  named(
    ['unit', 'skill'],
    (at) =>
      `select ${readEnablement.columns} from enablements where unit = ${at.unit} and skill = ${at.skill} ${lockRows}`,
  ),
)

/** Returns false if the claim is no longer held, or if these are not the next items. */
export function* settleItems(
  claim: ChangeClaim,
  works: readonly ItemWork[],
  stamp: ActivationStamp,
  parts: Parts,
): Steps<boolean> {
  const held = yield* holdClaimed(claim)
  const [first] = works
  if (held === undefined || first === undefined || first.place !== held.nextPlace) return false
  const wanted = inLockOrder(
    works.filter((work) => work.kind === 'wanted'),
    recordKey,
  )
  const settled = [...works.flatMap(outcomeBefore), ...(yield* doAll(claim.changeId, wanted, stamp, parts))]
  yield settled.map((item) => settledItem(held.number, item, parts.numberOf))
  const counts = countsWith(held.counts, settled)
  const nextPlace = held.nextPlace + works.length
  const { done, already, refused, gone } = counts
  yield moveOn({ number: held.number, nextPlace, done, already, refused, gone })
  yield* finishIfDone({ ...held, nextPlace, counts }, claim.changeId, stamp, parts.record)
  return true
}

function outcomeBefore(work: ItemWork): SettledItem[] {
  return work.kind === 'settled' ? [work] : []
}

function countsWith(counts: ChangeCounts, settled: readonly SettledItem[]): ChangeCounts {
  const next = { ...counts }
  for (const { outcome } of settled) next[outcome] += 1
  return next
}

/** Does what is to be done of the items, and returns their outcomes. */
function* doAll(
  changeId: string,
  works: readonly WantedWork[],
  stamp: ActivationStamp,
  parts: Parts,
): Steps<SettledItem[]> {
  const { numberOf, findState } = parts
  const rows = (yield works.map(({ unitId, skillId }) =>
    findState({ unit: numberOf(unitId), skill: numberOf(skillId) }),
  )).map(readEnablement)
  const states = new Map(rows.map((row) => [`${row.unit} ${row.skill}`, stateOf(row)]))
  const settled: SettledItem[] = []
  const on: { work: WantedWork; before: SkillState | undefined; record: EnableRecord }[] = []
  const off: DisableRecord[] = []
  for (const work of works) {
    const before = states.get(`${numberOf(work.unitId)} ${numberOf(work.skillId)}`)
    const decision = judge(work, before)
    if (decision.outcome !== 'will_change') settled.push({ ...work, reason: undefined, ...decision })
    else if (decision.to !== undefined)
      on.push({ work, before, record: enableRecord(work, decision.to, changeId) })
    else {
      off.push({ unitId: work.unitId, skillId: work.skillId, stage: undefined, changeId })
      settled.push({ ...work, outcome: 'done', reason: undefined, plan: { before, after: undefined } })
    }
  }
  if (off.length > 0) yield* disableAll(off, stamp, 'disable', numberOf, parts.record)
  if (on.length === 0) return settled
  const made = yield* enableAll(
    on.map(({ record }) => record),
    stamp,
    'enable',
    numberOf,
    parts,
  )
  for (const [index, { work, before }] of on.entries()) {
    const enablement = made[index]
    if (enablement === undefined) throw new Error('The write of an enablement gave no row.')
    const after = stateOf(enablement)
    // Another write has made the record since it was looked for: the next try sees it.
    if (before === undefined && after.createdAt !== stamp.now) throw madeMeanwhile()
    settled.push({ ...work, outcome: 'done', reason: undefined, plan: { before, after } })
  }
  return settled
}

function enableRecord(
  { unitId, skillId, organizationId, link, needsExistingLink, isSubscription }: WantedWork,
  to: NewState,
  changeId: string,
): EnableRecord {
  const { stage, partitionNames, nameFreeLocales } = to
  return {
    unitId,
    skillId,
    organizationId,
    stage,
    partitionNames,
    nameFreeLocales,
    link,
    needsExistingLink,
    isSubscription,
    changeId,
  }
}

function madeMeanwhile(): Error {
  return refuse('SERVICE_UNAVAILABLE', 'Another write has made the record at the same time.')
}
