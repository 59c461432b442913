/** The parts of the storage port that keep account links; the rules of storage.ts apply to each method. */
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { AccountLink, LinkKey } from '../account-link.ts'
import type { Claim, LinkedTokens } from '../account-link-steps.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Recorded, WriteStamp } from '../operations-log.ts'
import type { ActivationStamp, Haste } from './enablement-storage.ts'

/** The steps of account-link-steps.ts, applied to stored links. */
export interface LinkStorage {
  find(key: LinkKey): MaybePromise<AccountLink | undefined>
  /**
   * Takes the right to exchange the code until `claim.leaseUntil`. Creates a missing link as `PENDING`, and takes over
   * a `PENDING` link without a valid claim. Otherwise returns `undefined`; `find` then shows the reason.
   */
  claim(key: LinkKey, claim: Claim, stamp: WriteStamp): Promise<AccountLink | undefined>
  /**
   * Claims at most `limit` due links of any state until `claim.leaseUntil`, oldest first. Two nodes never claim the
   * same link.
   */
  claimDue(claim: Claim, limit: number): Promise<AccountLink[]>
  /**
   * The exchange returned tokens: the link becomes `LINKED`. It is due now if enablements wait for it, else at
   * `checkAt`, when it is discarded if no enablement uses it. Returns false if the claim is no longer held.
   */
  settleLinked(key: LinkKey, claimId: string, tokens: LinkedTokens): Promise<boolean>
  /**
   * The exchange failed for good: the link becomes `REFUSED` and due now if enablements may wait for it, else it is
   * removed. Returns false if the claim is no longer held.
   */
  settleRefused(
    key: LinkKey,
    claimId: string,
    refusal: { readonly reason: string; readonly now: number },
  ): Promise<boolean>
  /** Releases the claim: the link is due again at `dueAt`; a `PENDING` link without `sealedRequest` is removed. */
  release(key: LinkKey, claimId: string, dueAt: number): Promise<void>
  /**
   * Moves at most `limit` enablements to the state of the link, and returns how many. Those that wait for a `LINKED`
   * link become linked; those that wait for a `REFUSED` one, and all on a `DISCARDED` one, lose it. `ENABLING` records
   * become `ENABLED` at `stamp.activateAt`. What waited is logged under its own request, the others
   * under that of the link. With `unitId`, only that unit's enablement moves.
   */
  moveEnablements(link: AccountLink, stamp: ActivationStamp, limit: number, unitId?: UnitId): Promise<number>
  /**
   * Turns a claimed `LINKED` link to `DISCARDED`, still claimed, if no enablement uses it, and returns true. Otherwise
   * the link is no longer due.
   */
  discardUnused(key: LinkKey, claimId: string): Promise<boolean>
  /** Destroys a claimed `REFUSED` or `DISCARDED` link and records the change. */
  remove(key: LinkKey, claimId: string, change: Recorded | undefined): Promise<void>
  /** When the next link is due; `undefined` if none is. */
  nextDueAt(): Promise<number | undefined>
  /** Makes at most `limit` links that are due after `dueAfter` due at `now`; returns how many. */
  hasten(haste: Haste): Promise<number>
}

export interface LinkRenewalStorage {
  /**
   * Takes the right to renew the tokens of a `LINKED` link until `claim.leaseUntil`; no other work on it is due before.
   * Returns the link with its current tokens; `undefined` if another claim holds, or the link is not `LINKED`.
   */
  claim(key: LinkKey, claim: Claim): Promise<AccountLink | undefined>
  /**
   * Replaces the tokens and records it, also on a link that was discarded or renamed meanwhile. Returns whether the
   * link is still `LINKED`.
   */
  settleRenewed(claimId: string, sealedTokens: string, change: Recorded): Promise<boolean>
  /**
   * The renewal failed for good: the link becomes `DISCARDED` and due now, under the request of the recorded change.
   */
  settleUnrenewable(claimId: string, reason: string, change: Recorded): Promise<void>
  /** Releases the claim without a change. */
  release(claimId: string): Promise<void>
}

export interface DelegatedLinkStorage {
  /** Returns at most 1,000 delegated links of an organization, by skill ID. */
  list(organizationId: UnitId): Promise<AccountLink[]>
  /**
   * Makes the tokens of a `LINKED` link those of the organization's delegated link. An existing delegated link of any
   * state is replaced: its enablements stay linked, and its tokens move to a `DISCARDED` link of another name, due now.
   * Returns true also if the delegated link already came from that code; false if the link of the code is gone.
   */
  delegate(key: LinkKey, stamp: WriteStamp): Promise<boolean>
  /** Turns the delegated link to `DISCARDED` and due now. Returns false if there is none. */
  discard(organizationId: UnitId, skillId: SkillId, stamp: WriteStamp): Promise<boolean>
}
