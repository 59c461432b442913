import { delegatedLinkName, type LinkKey } from '../../model/account-link.ts'
import { discarded, newLink } from '../../model/account-link-steps.ts'
import { recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { DelegatedLinkRecord, DelegatedLinkStorage } from '../../model/ports/storage.ts'
import { type Driver, named, type Steps } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'
import { accountLink, change, insertLink, LinkRows, readLink } from './link-row.ts'

/** How often it replaces a delegated link that others put at the same time. */
const putsMax = 3

const listOf = named(
  ['organizationId', 'name'],
  (at) => `select ${readLink.columns} from account_links
    where organization_id = ${at.organizationId} and name = ${at.name} and state = 'LINKED' order by skill_id limit 1000`,
)

/** `newId`: see `putDelegatedLink`. */
export function delegatedLinkStorage(
  driver: Driver,
  record: Recorder,
  newId: () => string,
): DelegatedLinkStorage {
  const rows = new LinkRows(driver)
  return {
    async list(organizationId) {
      const found = await driver.read(listOf({ organizationId, name: delegatedLinkName }))
      return found.map((row) => accountLink(readLink(row)))
    },

    delegate: (key, stamp) => driver.write(() => delegate(rows, key, stamp, record, newId)),

    discard: (organizationId, skillId, stamp) =>
      driver.write(function* () {
        const { now, requestId, actor } = stamp
        const gone = yield* rows.take(keyOf({ organizationId, skillId }), (link) =>
          link.state === 'LINKED' ? { ...discarded(link, now), requestId, actor } : undefined,
        )
        return gone !== undefined
      }),
  }
}

/** Takes the tokens from the link of the code. That link stays for a while, for requests that wait for its exchange. */
function* delegate(
  rows: LinkRows,
  key: LinkKey,
  stamp: WriteStamp,
  record: Recorder,
  newId: () => string,
): Steps<boolean> {
  const link = yield* rows.find(key)
  if (link?.state !== 'LINKED' || link.sealedTokens === undefined) {
    const standing = yield* rows.find(keyOf(key))
    return standing?.state === 'LINKED' && standing.codeName === key.name
  }
  yield change(link, { ...link, claim: undefined, sealedTokens: undefined })
  const { organizationId, skillId } = key
  yield* putDelegatedLink(rows, { ...key, sealedTokens: link.sealedTokens }, stamp, newId, key.name)
  const detail = { link: delegatedLinkName }
  yield* record(recorded(stamp, { operation: 'link', organizationId, skillId, detail }))
  return true
}

/**
 * Replaces the delegated link. The old one is discarded, so that its tokens are revoked, under a name that no enablement
 * uses. `newId` makes that name unique.
 */
export function* putDelegatedLink(
  rows: LinkRows,
  record: DelegatedLinkRecord,
  stamp: WriteStamp,
  newId: () => string,
  codeName?: string,
): Steps<void> {
  const key = keyOf(record)
  const { sealedTokens } = record
  for (let puts = 0; puts < putsMax; puts++) {
    yield* rows.take(key, (link) => ({
      ...discarded(link, stamp.now),
      name: `${delegatedLinkName} until ${newId()}`,
    }))
    const added = yield insertLink(newLink(key, stamp, { state: 'LINKED', sealedTokens, codeName }))
    if (added.length > 0) return
  }
  throw new Error('Others put the same delegated link again and again.')
}

function keyOf({ organizationId, skillId }: Omit<LinkKey, 'name'>): LinkKey {
  return { organizationId, skillId, name: delegatedLinkName }
}
