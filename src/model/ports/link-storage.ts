/** The parts of the storage port that keep account links; what storage.ts says of all methods holds for these too. */
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { AccountLink, LinkKey } from '../account-link.ts'
import type { Claim, LinkedTokens } from '../account-link-steps.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Recorded, WriteStamp } from '../operations-log.ts'
import type { ActivationStamp, Haste } from './enablement-storage.ts'

/** account-link-steps.ts says what each step makes of a link. */
export interface LinkStorage {
  find(key: LinkKey): MaybePromise<AccountLink | undefined>
  /**
   * Takes the right to exchange the code of the link until `claim.leaseUntil`: makes the link `PENDING` if there is
   * none, takes it over if it is `PENDING` and no other claim holds. `undefined` otherwise; `find` then tells why.
   */
  claim(key: LinkKey, claim: Claim, stamp: WriteStamp): Promise<AccountLink | undefined>
  /**
   * Takes at most `limit` due links of any state, oldest first, until `claim.leaseUntil`. On an engine with several
   * nodes no link goes to two of them.
   */
  claimDue(claim: Claim, limit: number): Promise<AccountLink[]>
  /**
   * The code gave tokens: the link is `LINKED`. It is due now if the background step has enablements to link, else
   * at `checkAt`, when it is discarded if no enablement uses it. False when the claim is no longer held.
   */
  settleLinked(key: LinkKey, claimId: string, tokens: LinkedTokens): Promise<boolean>
  /**
   * The code will never give tokens: the link is `REFUSED` and due now if enablements may wait for it, else gone.
   * False when the claim is no longer held.
   */
  settleRefused(
    key: LinkKey,
    claimId: string,
    refusal: { readonly reason: string; readonly now: number },
  ): Promise<boolean>
  /** Releases the claim: due again at `dueAt`; a `PENDING` link that has no `sealedRequest` is removed. */
  release(key: LinkKey, claimId: string, dueAt: number): Promise<void>
  /**
   * Brings at most `limit` enablements in line with the link's state, and gives how many: those that wait for a
   * `LINKED` link are linked, those that wait for a `REFUSED` one and all on a `DISCARDED` one lose it. What is
   * `ENABLING` becomes due at `stamp.activateAt`. Each is logged under its own request ID. With a unit only that of the unit.
   */
  moveEnablements(link: AccountLink, stamp: ActivationStamp, limit: number, unitId?: UnitId): Promise<number>
  /** A claimed `LINKED` link becomes `DISCARDED`, still claimed, if no enablement uses it (true); else it is no longer due. */
  discardUnused(key: LinkKey, claimId: string): Promise<boolean>
  /** Destroys a `REFUSED` or `DISCARDED` link that the claim holds; the change is recorded with it. */
  remove(key: LinkKey, claimId: string, change: Recorded | undefined): Promise<void>
  /** When the next link is due; `undefined` when none is. */
  nextDueAt(): Promise<number | undefined>
  /** Makes at most `limit` links that are due after `dueAfter` due at `now`; returns how many. */
  hasten(haste: Haste): Promise<number>
}

export interface LinkRenewalStorage {
  /**
   * Takes the right to renew the tokens of a `LINKED` link until `claim.leaseUntil`; nothing else is due on it before.
   * Returns the link with the tokens of that moment; `undefined` when another claim holds, or it isn't `LINKED`.
   */
  claim(key: LinkKey, claim: Claim): Promise<AccountLink | undefined>
  /**
   * Keeps the new tokens in place of the old ones, also on a link that was given up or moved aside meanwhile, and records
   * it. Tells whether the link still stands.
   */
  settleRenewed(claimId: string, sealedTokens: string, change: Recorded): Promise<boolean>
  /** There will be no new tokens: the link is `DISCARDED` and due now, as by the request of the change, which is recorded. */
  settleUnrenewable(claimId: string, reason: string, change: Recorded): Promise<void>
  /** Releases the claim without a change. */
  release(claimId: string): Promise<void>
}

export interface DelegatedLinkStorage {
  /** The delegated links of an organization, by skill ID. At most 1,000. */
  list(organizationId: UnitId): Promise<AccountLink[]>
  /**
   * Makes the tokens of a `LINKED` link of a code those of the organization's delegated link. One that is there, on its
   * way out or not, gives way: the enablements on it stay linked, and its tokens are a `DISCARDED` link of another
   * name, due now. True also when the standing delegated link came from that code already; false when the link of the
   * code is gone.
   */
  delegate(key: LinkKey, stamp: WriteStamp): Promise<boolean>
  /** The delegated link is `DISCARDED` and due now. False when there is none. */
  discard(organizationId: UnitId, skillId: SkillId, stamp: WriteStamp): Promise<boolean>
}
