/**
 * The renewal of a link's tokens. It has a claim of its own, so that neither who enables a unit on the link nor who
 * gives it up comes in its way: a token server may have taken the old refresh token out of use, so what it gave must be
 * kept whatever became of the link. Until the claim has run out, nothing else is due on the link.
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
        yield record(told)
        return link.state === 'LINKED'
      }),
    settleUnrenewable: (claimId, reason, told) =>
      driver.write(function* () {
        const link = yield* rows.findRenewing(claimId)
        if (link === undefined) return
        const ended = unrenewable(link, reason, told.stamp)
        yield change(link, ended ?? renewed(link))
        if (ended !== undefined) yield record(told)
      }),
    release: (claimId) =>
      driver.write(function* () {
        const link = yield* rows.findRenewing(claimId)
        if (link !== undefined) yield change(link, renewed(link))
      }),
  }
}
