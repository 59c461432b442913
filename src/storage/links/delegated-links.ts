import { delegatedLinkName, type LinkKey } from '../../model/account-link.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { DelegatedLinkRecord, LinkStorage } from '../../model/ports/storage.ts'
import { type Driver, type Steps, statement } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'
import { discardLinks, keyed, toLink } from './account-links.ts'

export type DelegatedLinkStorage = Pick<LinkStorage, 'listDelegated' | 'delegate' | 'discardDelegated'>

/** `newId`: see `putDelegatedLink`. */
export function delegatedLinkStorage(
  driver: Driver,
  record: Recorder,
  newId: () => string,
): DelegatedLinkStorage {
  return {
    async listDelegated(organizationId) {
      const rows = await driver.read(
        statement(
          `select * from account_links where organization_id = $1 and name = '${delegatedLinkName}' and state = 'LINKED'
           order by skill_id limit 1000`,
          organizationId,
        ),
      )
      return rows.map(toLink)
    },

    delegate: (key, stamp) => driver.write(() => delegate(key, stamp, record, newId())),

    discardDelegated: (organizationId, skillId, stamp) =>
      driver.write(function* () {
        const discarded = yield keyed(
          `update account_links set ${discardLinks(4)}, request_id = $5, actor = $6 where state = 'LINKED' and`,
          keyOf({ organizationId, skillId }),
          stamp.now,
          stamp.requestId,
          stamp.actor,
        )
        return discarded.length > 0
      }),
  }
}

function* delegate(key: LinkKey, stamp: WriteStamp, record: Recorder, changeId: string): Steps<boolean> {
  // The tokens leave the link of the code, which stays for a while: who waits for its exchange finds it there.
  const [taken] = yield statement(
    `update account_links set claim = null
     where state = 'LINKED' and sealed_tokens is not null and organization_id = $1 and skill_id = $2 and name = $3
     returning sealed_tokens`,
    key.organizationId,
    key.skillId,
    key.name,
  )
  if (taken === undefined) {
    const select = keyed("select * from account_links where state = 'LINKED' and", keyOf(key))
    const [standing] = yield select
    return standing?.code_name === key.name
  }
  yield keyed('update account_links set sealed_tokens = null where', key)
  const sealedTokens = taken.sealed_tokens as string
  yield* putDelegatedLink({ ...key, sealedTokens }, stamp, changeId, key.name)
  const { organizationId, skillId } = key
  yield record(
    recorded(stamp, { operation: 'link', organizationId, skillId, detail: { link: delegatedLinkName } }),
  )
  return true
}

/**
 * Takes the place of the link that is there. That one gets a name on which nobody lives, made with the ID of the
 * change, and its tokens go the way of all that are given up.
 */
export function* putDelegatedLink(
  record: DelegatedLinkRecord,
  stamp: WriteStamp,
  changeId: string,
  codeName: string | null = null,
): Steps<void> {
  yield keyed(
    `update account_links set ${discardLinks(4)}, name = $5 where`,
    keyOf(record),
    stamp.now,
    `${delegatedLinkName} until ${changeId}`,
  )
  yield statement(
    `insert into account_links
       (organization_id, skill_id, name, state, sealed_tokens, attempts, request_id, actor, code_name)
     values ($1, $2, '${delegatedLinkName}', 'LINKED', $3, 0, $4, $5, $6)`,
    record.organizationId,
    record.skillId,
    record.sealedTokens,
    stamp.requestId,
    stamp.actor,
    codeName,
  )
}

function keyOf({ organizationId, skillId }: Omit<LinkKey, 'name'>): LinkKey {
  return { organizationId, skillId, name: delegatedLinkName }
}
