import type { SkillId, UnitId } from '../protocol/identifiers.ts'

/**
 * Which account link: one per organization, skill, authorization code and who brings it, so that a code that comes
 * again, on another unit or in a retry, finds the link that it already gave. The name is the hash of the code with the
 * client and the redirect URI, or `delegated` for the link that the organization set up once for all its units.
 */
export interface LinkKey {
  readonly organizationId: UnitId
  readonly skillId: SkillId
  readonly name: string
}

/** The name of an organization's delegated link for a skill. */
export const delegatedLinkName = 'delegated'

/**
 * `PENDING`: the code is not yet exchanged. `LINKED`: the tokens are here. `REFUSED`: the token server will never give
 * any, and the enablements that wait must be told. `DISCARDED`: its tokens are on their way to be revoked and
 * destroyed. Only a link without a state of its own left to reach is removed.
 */
export type LinkState = 'PENDING' | 'LINKED' | 'REFUSED' | 'DISCARDED'

export interface AccountLink extends LinkKey {
  readonly state: LinkState
  /** Sealed `LinkTokens`, purpose `link-tokens`; there once `LINKED`. */
  readonly sealedTokens: string | undefined
  /** Sealed `LinkRequest`, purpose `link-request`, for the background step; gone once settled. */
  readonly sealedRequest: string | undefined
  /** When the background step has to look at it; `undefined` when there is nothing to do. */
  readonly dueAt: number | undefined
  /** The count of tries. */
  readonly attempts: number
  /** The ID of the claim that holds until `dueAt`: set by a claim, checked when the claim settles. */
  readonly claim: string | undefined
  /** Why it was `REFUSED`, or its tokens could not be renewed. */
  readonly reason: string | undefined
  /** When its code was exchanged; `undefined` before that, and if a release before this one did it. */
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
