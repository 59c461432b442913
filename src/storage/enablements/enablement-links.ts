/** The links that enablements live on, as far as who writes an enablement touches them. */
import { accountLinkNeeded } from '../../model/account-link.ts'
import type { NewLink } from '../../model/enablement.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { EnableRecord } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { inLockOrder, named, type Statement, type Steps } from '../engine/driver.ts'
import { awaitLink, joinLink, type leaveReplacedLink, readState } from '../links/many-links.ts'

/** The link that a record shall use; `undefined`: the one that it has. */
type LinkOf = (record: EnableRecord) => NewLink | undefined

/** Makes the statement by which the link of a record becomes due, unless the record keeps it. */
export type LeaveReplaced = ReturnType<typeof leaveReplacedLink>

/**
 * Makes sure of the links that records are to live on, and takes them from whoever is about to discard them. They stay
 * due: others may wait to be linked. The links that the records had become due, since nobody may live on them any more.
 * Gives what tells the link of each of the records.
 */
export function* linksOfRecords(
  records: readonly EnableRecord[],
  stamp: WriteStamp,
  leaveReplaced: LeaveReplaced,
): Steps<LinkOf> {
  if (records.every(({ link, needsExistingLink }) => link.kind === 'keep' && !needsExistingLink)) {
    return () => undefined
  }
  yield* requireLinks(records, stamp)
  const linkOf = yield* takeLinks(records, stamp)
  yield records.flatMap((record) => {
    const { organizationId, skillId, unitId } = record
    const name = linkOf(record)?.name
    return name === undefined
      ? []
      : [leaveReplaced({ organizationId, skillId, unitId, name, now: stamp.now })]
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

/** Updates and no looks: they keep the records as they are until this write ends. */
function* requireLinks(records: readonly EnableRecord[], stamp: WriteStamp): Steps<void> {
  const needing = records.filter(({ needsExistingLink }) => needsExistingLink)
  const linked = yield needing.map(({ unitId, skillId }) =>
    holdLinked({ unitId, skillId, requestId: stamp.requestId }),
  )
  if (linked.length < needing.length) throw refuse('INVALID_PARAM', accountLinkNeeded, { reason: 'link' })
}

const holdLinked = named(
  ['unitId', 'skillId', 'requestId'],
  (at) => `update enablements set request_id = ${at.requestId}
    where unit_id = ${at.unitId} and skill_id = ${at.skillId} and link_name is not null returning link_name`,
)

/** Tells links and what is wanted of them from each other; begins with the link's key, in the order of locks. */
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
