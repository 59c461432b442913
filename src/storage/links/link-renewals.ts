/**
 * The renewal of a link's tokens. It has a claim of its own, so that neither an enable on the link nor the end of the link
 * interrupts it: a token server may have made the old refresh token invalid, so the new tokens must be stored whatever happens to
 * the link. Nothing else is due on the link before the claim ends.
 */
import { renewed, renewing, unrenewable } from '../../model/account-link-steps.ts'
import type { LinkRenewalStorage } from '../../model/ports/storage.ts'
import type { Driver } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'
import { accountLink, change, LinkRows } from './link-row.ts'

export function linkRenewalStorage(driver: Driver, record: Recorder): LinkRenewalStorage {
  const rows = new LinkRows(driver)
  return {
    claim: (key, claim) =>
      driver.write(function* () {
        const link = yield* rows.take(key, (standing) => renewing(standing, claim))
        return link && accountLink(link)
      }),
    settleRenewed: (claimId, sealedTokens, told) =>
      driver.write(function* () {
        const link = yield* rows.findRenewing(claimId)
        if (link === undefined) return false
        yield change(link, renewed(link, sealedTokens))
        yield* record(told)
        return link.state === 'LINKED'
      }),
    settleUnrenewable: (claimId, reason, told) =>
      driver.write(function* () {
        const link = yield* rows.findRenewing(claimId)
        if (link === undefined) return
        const ended = unrenewable(link, reason, told.stamp)
        yield change(link, ended ?? renewed(link))
        if (ended !== undefined) yield* record(told)
      }),
    release: (claimId) =>
      driver.write(function* () {
        const link = yield* rows.findRenewing(claimId)
        if (link !== undefined) yield change(link, renewed(link))
      }),
  }
}
