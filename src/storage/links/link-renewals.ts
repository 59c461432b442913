/**
 * The renewal of a link's tokens. It has a claim of its own, so that neither who enables a unit on the link nor who
 * gives it up comes in its way: a token server may have taken the old refresh token out of use, so what it gave must be
 * kept whatever became of the link. Until the claim has run out, nothing else is due on the link.
 */

import { clockDifferenceMs } from '../../model/access-token.ts'
import type { Recorded } from '../../model/operations-log.ts'
import type { LinkStorage } from '../../model/ports/storage.ts'
import { type Driver, type Statement, type Steps, statement } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'
import { keyed, toLink } from './account-links.ts'

export type LinkRenewalStorage = Pick<
  LinkStorage,
  'claimRenewal' | 'settleRenewed' | 'settleUnrenewable' | 'releaseRenewal'
>

const noRenewal = 'renewal_claim = null, renewal_until = null'

export function linkRenewalStorage(driver: Driver, record: Recorder): LinkRenewalStorage {
  return {
    claimRenewal: (key, claim) =>
      driver.write(function* () {
        // Who was about to look after the link lets go of it, and it is looked after later.
        const claimed = yield keyed(
          `update account_links set renewal_claim = $4, renewal_until = $5, claim = null,
             due_at = case when due_at < $5 then $5 else due_at end
           where state = 'LINKED' and
             (renewal_until is null or renewal_until <= $6 or renewal_until > $7) and`,
          key,
          claim.id,
          claim.leaseUntil,
          claim.now,
          // Only a clock that was ahead has claimed it for longer.
          claim.leaseUntil + clockDifferenceMs,
        )
        if (claimed.length === 0) return undefined
        const [row] = yield keyed('select * from account_links where', key)
        return row && toLink(row)
      }),
    settleRenewed: (claim, sealedTokens, change) =>
      driver.write(() => settleRenewed(claim, sealedTokens, change, record)),
    settleUnrenewable: (claim, reason, change) =>
      driver.write(() => settleUnrenewable(claim, reason, change, record)),
    releaseRenewal: (claim) =>
      driver.write(function* () {
        yield byClaim(`update account_links set ${noRenewal}`, claim)
      }),
  }
}

function* settleRenewed(
  claim: string,
  sealedTokens: string,
  change: Recorded,
  record: Recorder,
): Steps<boolean> {
  const [row] = yield statement(
    `update account_links set sealed_tokens = $2, ${noRenewal} where renewal_claim = $1 returning state`,
    claim,
    sealedTokens,
  )
  if (row !== undefined) yield record(change)
  return row?.state === 'LINKED'
}

function* settleUnrenewable(claim: string, reason: string, change: Recorded, record: Recorder): Steps<void> {
  const [row] = yield statement(
    `update account_links set state = 'DISCARDED', due_at = $2, claim = null, attempts = 0, ${noRenewal},
       reason = $3, request_id = $4, actor = $5
     where renewal_claim = $1 and state = 'LINKED' returning state`,
    claim,
    change.stamp.now,
    reason,
    change.stamp.requestId,
    change.stamp.actor,
  )
  if (row !== undefined) yield record(change)
  // Given up meanwhile anyway.
  else yield byClaim(`update account_links set ${noRenewal}`, claim)
}

function byClaim(change: string, claim: string): Statement {
  return statement(`${change} where renewal_claim = $1`, claim)
}
