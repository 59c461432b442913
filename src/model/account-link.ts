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
  /** How often it was tried. */
  readonly attempts: number
  /** Who holds it until `dueAt`: set by a claim, checked when the claim settles. */
  readonly claim: string | undefined
  /** Why it was `REFUSED`, or its tokens could not be renewed. */
  readonly reason: string | undefined
  /** When its code was exchanged; `undefined` before that, and if a release before this one did it. */
  readonly exchangedAt: number | undefined
  /** Of a delegated link: the name of the link of its code, so that a code that comes again is known. */
  readonly codeName: string | undefined
  /** Who renews its tokens; left over where that was cut off. */
  readonly renewalClaim: string | undefined
  /** Of the request that asked for it, for the operations log. */
  readonly requestId: string
  /** Who asked for it, for the operations log. */
  readonly actor: string
}

/** Said to who enables a skill with account linking without a link (ledger, row 20). */
export const accountLinkNeeded = 'accountLinkRequest is missing: the skill supports account linking.'
