import type { SkillId, UnitId } from '../protocol/identifiers.ts'

/**
 * The key of an account link: the organization, the skill and a name. The name is the hash of the authorization code,
 * the client and the redirect URI, so that a repeated code finds its link, on another unit or in a retry. The delegated
 * link, which an organization sets up once for all its units, has the name `delegated`.
 */
export interface LinkKey {
  readonly organizationId: UnitId
  readonly skillId: SkillId
  readonly name: string
}

/** The name of the delegated link of an organization for a skill. */
export const delegatedLinkName = 'delegated'

/**
 * `PENDING`: the code is not exchanged yet. `LINKED`: the tokens are stored. `REFUSED`: the exchange failed for good,
 * and the waiting enablements must follow. `DISCARDED`: the tokens are to be revoked and destroyed. A link is removed
 * only after the work of its state is done.
 */
export type LinkState = 'PENDING' | 'LINKED' | 'REFUSED' | 'DISCARDED'

export interface AccountLink extends LinkKey {
  readonly state: LinkState
  /** Sealed `LinkTokens`, purpose `link-tokens`; set from `LINKED` on. */
  readonly sealedTokens: string | undefined
  /** Sealed `LinkRequest`, purpose `link-request`, for the background step; removed after the exchange. */
  readonly sealedRequest: string | undefined
  /** When the background step must process it; `undefined` if there is nothing to do. */
  readonly dueAt: number | undefined
  /** The count of tries. */
  readonly attempts: number
  /** The ID of the claim that holds until `dueAt`: set by a claim, checked when the claim settles. */
  readonly claim: string | undefined
  /** Why it was `REFUSED`, or why the renewal of its tokens failed. */
  readonly reason: string | undefined
  /** When its code was exchanged; `undefined` before that, or if an earlier release exchanged it. */
  readonly exchangedAt: number | undefined
  /** The name of the link of the code of a delegated link, so that a repeated code is recognised. */
  readonly codeName: string | undefined
  /** The ID of the renewal of its tokens; it stays when a renewal is cut off. */
  readonly renewalClaim: string | undefined
  /** The ID of the request that created the link, for the operations log. */
  readonly requestId: string
  /** The client or operator of that request, for the operations log. */
  readonly actor: string
}

/** The message when a skill needs an account link and has none (ledger, row 20: the page requires it). */
export const accountLinkNeeded = 'accountLinkRequest is missing: the skill supports account linking.'
