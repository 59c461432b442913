import { delegatedLinkName, type LinkKey } from '../model/account-link.ts'
import type { DelegatedLinkRecord, LinkOrigin, LinkStorage } from '../model/storage.ts'
import { discardLinks, keyed, toLink } from './account-links.ts'
import { type Driver, type Row, type Statement, statement } from './driver.ts'
import { logStatement } from './operations-log.ts'

export type DelegatedLinkStorage = Pick<LinkStorage, 'listDelegated' | 'putDelegated' | 'discardDelegated'>

export function delegatedLinkStorage(driver: Driver, newId: () => string): DelegatedLinkStorage {
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

    putDelegated: (record, origin) =>
      driver.write(function* () {
        const id = newId()
        yield* putDelegatedLink(record, origin, id)
        yield logStatement({
          id,
          at: origin.at,
          requestId: origin.requestId,
          actor: origin.actor,
          operation: 'link',
          outcome: 'done',
          organizationId: record.organizationId,
          skillId: record.skillId,
          detail: { link: delegatedLinkName },
        })
      }),

    discardDelegated: (organizationId, skillId, origin) =>
      driver.write(function* () {
        const discarded = yield keyed(
          `update account_links set ${discardLinks(4)}, request_id = $5, actor = $6 where state = 'LINKED' and`,
          keyOf({ organizationId, skillId }),
          origin.at,
          origin.requestId,
          origin.actor,
        )
        return discarded.length > 0
      }),
  }
}

/**
 * Takes the place of the link that is there. That one gets a name on which nobody lives, made with the ID of the
 * change, and its tokens go the way of all that are given up.
 */
export function* putDelegatedLink(
  record: DelegatedLinkRecord,
  origin: LinkOrigin,
  changeId: string,
): Generator<Statement, void, Row[]> {
  yield keyed(
    `update account_links set ${discardLinks(4)}, name = $5 where`,
    keyOf(record),
    origin.at,
    `${delegatedLinkName} until ${changeId}`,
  )
  yield statement(
    `insert into account_links (organization_id, skill_id, name, state, sealed_tokens, attempts, request_id, actor)
     values ($1, $2, '${delegatedLinkName}', 'LINKED', $3, 0, $4, $5)`,
    record.organizationId,
    record.skillId,
    record.sealedTokens,
    origin.requestId,
    origin.actor,
  )
}

function keyOf({ organizationId, skillId }: Omit<LinkKey, 'name'>): LinkKey {
  return { organizationId, skillId, name: delegatedLinkName }
}
