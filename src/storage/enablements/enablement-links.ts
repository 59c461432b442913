/** The account links of enablements, as far as a write of an enablement touches them. */
import { accountLinkNeeded } from '../../model/account-link.ts'
import type { NewLink } from '../../model/enablement.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { EnableRecord } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { inLockOrder, named, type Statement, type Steps } from '../engine/driver.ts'
import type { NumberOf } from '../ids/ids.ts'
import { awaitLink, joinLink, type leaveReplacedLink, readState } from '../links/many-links.ts'

/** Returns the link that a record shall use; `undefined` for the one that it has. */
type LinkOf = (record: EnableRecord) => NewLink | undefined

/** Makes the statement by which the link of a record becomes due, unless the record keeps it. */
export type LeaveReplaced = ReturnType<typeof leaveReplacedLink>

/**
 * Checks the links that the records shall use, and takes away a claim that would discard them. They stay due, because other
 * records may wait to be linked. Links that the records leave become due, because no record may use them any more. Returns a
 * function that returns the link of each record.
 */
export function* linksOfRecords(
  records: readonly EnableRecord[],
  stamp: WriteStamp,
  leaveReplaced: LeaveReplaced,
  numberOf: NumberOf,
): Steps<LinkOf> {
  if (records.every(({ link, needsExistingLink }) => link.kind === 'keep' && !needsExistingLink)) {
    return () => undefined
  }
  yield* requireLinks(records, numberOf)
  const linkOf = yield* takeLinks(records, stamp)
  yield records.flatMap((record) => {
    const { organizationId, skillId, unitId } = record
    const name = linkOf(record)?.name
    if (name === undefined) return []
    const [unit, skill] = [numberOf(unitId), numberOf(skillId)]
    return [leaveReplaced({ organizationId, skillId, unit, skill, name, now: stamp.now })]
  })
  return linkOf
}

function* takeLinks(records: readonly EnableRecord[], stamp: WriteStamp): Steps<LinkOf> {
  const wanted = new Map<string, Statement>()
  for (const record of records) {
    const query = linkStatement(record, stamp)
    if (query !== undefined) wanted.set(linkId(record), query)
  }
  const ids = inLockOrder([...wanted.keys()], (id) => id)
  const found = (yield ids.flatMap((id) => wanted.get(id) ?? [])).map(readState)
  const states = new Map(ids.map((id, index) => [id, found[index]]))
  if (found.length < ids.length || !found.every((state) => state === 'LINKED' || state === 'PENDING')) {
    throw refuse('INVALID_PARAM', linkGone, { reason: 'link' })
  }
  return (record) => {
    if (record.link.kind === 'keep') return undefined
    return { name: record.link.name, isLinked: states.get(linkId(record)) === 'LINKED' }
  }
}

/** Updates instead of reads, because an update locks the records until this write ends. */
function* requireLinks(records: readonly EnableRecord[], numberOf: NumberOf): Steps<void> {
  const needing = records.filter(({ needsExistingLink }) => needsExistingLink)
  const linked = yield needing.map(({ unitId, skillId }) =>
    holdLinked({ unit: numberOf(unitId), skill: numberOf(skillId) }),
  )
  if (linked.length < needing.length) throw refuse('INVALID_PARAM', accountLinkNeeded, { reason: 'link' })
}

const holdLinked = named(
  ['unit', 'skill'],
  (at) => `update enablements set is_linked = is_linked
    where unit = ${at.unit} and skill = ${at.skill} and link_name is not null returning link_name`,
)

/** Identifies a link and its use. Begins with the key of the link, which gives the order of locks. */
function linkId({ organizationId, skillId, link }: EnableRecord): string {
  return link.kind === 'keep' ? '' : `${organizationId} ${skillId} ${link.name} ${link.kind}`
}

function linkStatement({ organizationId, skillId, link }: EnableRecord, stamp: WriteStamp) {
  switch (link.kind) {
    case 'keep':
      return undefined
    case 'linked':
      return joinLink({ organizationId, skillId, name: link.name })
    case 'pending': {
      const { now, requestId, actor } = stamp
      const { name, sealedRequest } = link
      return awaitLink({ organizationId, skillId, name, sealedRequest, now, requestId, actor })
    }
  }
}

const linkGone = 'Account linking failed: the authorization code was used before.'
