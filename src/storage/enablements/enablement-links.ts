/** The links that enablements live on, as far as who writes an enablement touches them. */
import { accountLinkNeeded } from '../../model/account-link.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { EnableRecord } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { inLockOrder, type Statement, type Steps, statement } from '../engine/driver.ts'
import { dueFrom, keyed } from '../links/account-links.ts'

/** The link that a record is to live on; no name means: the one that is there. */
export interface LinkState {
  readonly name: string | undefined
  readonly isLinked: boolean
}

type LinkOf = (record: EnableRecord) => LinkState

const keptLink: LinkState = { name: undefined, isLinked: false }

/**
 * Makes sure of the links that records are to live on, and takes them from whoever is about to discard them. They stay
 * due: others may wait to be linked. The links that the records had become due, since nobody may live on them any more.
 * Gives what tells the link of each of the records.
 */
export function* linksOfRecords(
  records: readonly EnableRecord[],
  stamp: WriteStamp,
  lockRows: string,
): Steps<LinkOf> {
  if (records.every(({ link, needsExistingLink }) => link.kind === 'keep' && !needsExistingLink)) {
    return () => keptLink
  }
  yield* requireLinks(records, stamp)
  const linkOf = yield* takeLinks(records, stamp)
  yield records.flatMap((record) => {
    const { name } = linkOf(record)
    return name === undefined ? [] : [releaseReplacedLink(record, name, stamp.now, lockRows)]
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
  const rows = yield ids.flatMap((id) => wanted.get(id) ?? [])
  const states = new Map(ids.map((id, index) => [id, rows[index]?.state]))
  if (rows.length < ids.length || !rows.every(({ state }) => state === 'LINKED' || state === 'PENDING')) {
    throw refuse('INVALID_PARAM', linkGone, { reason: 'link' })
  }
  return (record) => {
    if (record.link.kind === 'keep') return keptLink
    return { name: record.link.name, isLinked: states.get(linkId(record)) === 'LINKED' }
  }
}

/** With the record locked it is the link that stands when this write comes to it, whoever put it there. */
function releaseReplacedLink(record: EnableRecord, name: string, now: number, lockRows: string): Statement {
  return statement(
    `update account_links set ${dueFrom(1)}, claim = null
     where state = 'LINKED' and organization_id = $2 and skill_id = $3 and name = (
       select link_name from enablements where unit_id = $4 and skill_id = $3 and link_name <> $5 ${lockRows})`,
    now,
    record.organizationId,
    record.skillId,
    record.unitId,
    name,
  )
}

/** Updates and no looks: they keep the records as they are until this write ends. */
function* requireLinks(records: readonly EnableRecord[], stamp: WriteStamp): Steps<void> {
  const needing = records.filter(({ needsExistingLink }) => needsExistingLink)
  const linked = yield needing.map(({ unitId, skillId }) =>
    statement(
      'update enablements set request_id = $1 where unit_id = $2 and skill_id = $3 and link_name is not null returning link_name',
      stamp.requestId,
      unitId,
      skillId,
    ),
  )
  if (linked.length < needing.length) throw refuse('INVALID_PARAM', accountLinkNeeded, { reason: 'link' })
}

/** Tells links and what is wanted of them from each other; begins with the link's key, in the order of locks. */
function linkId({ organizationId, skillId, link }: EnableRecord): string {
  return link.kind === 'keep' ? '' : `${organizationId} ${skillId} ${link.name} ${link.kind}`
}

function linkStatement({ organizationId, skillId, link }: EnableRecord, stamp: WriteStamp) {
  switch (link.kind) {
    case 'keep':
      return undefined
    case 'linked':
      return keyed("update account_links set claim = null where state = 'LINKED' and", {
        organizationId,
        skillId,
        name: link.name,
      })
    case 'pending':
      return statement(
        `insert into account_links
           (organization_id, skill_id, name, state, sealed_request, due_at, attempts, request_id, actor)
         values ($1, $2, $3, 'PENDING', $4, $5, 0, $6, $7)
         on conflict (organization_id, skill_id, name) do update set
           sealed_request = case when account_links.state = 'PENDING' then excluded.sealed_request end,
           claim = case when account_links.state = 'LINKED' then null else account_links.claim end
         returning state`,
        organizationId,
        skillId,
        link.name,
        link.sealedRequest,
        stamp.now,
        stamp.requestId,
        stamp.actor,
      )
  }
}

const linkGone = 'Account linking failed: the authorization code was used before.'
