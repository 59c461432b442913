/**
 * The steps of an account link, as functions from a link to the next one. A step returns `undefined` if the link does not
 * allow it. Storage reads the link, takes the step and writes the result in one transaction.
 *
 * A link has a state, a claim (who works on it until `dueAt`) and a renewal of its tokens. The renewal has its own claim,
 * and before its end nothing else is due on the link.
 */
import { clockDifferenceMs } from './access-token.ts'
import { type AccountLink, delegatedLinkName, type LinkKey } from './account-link.ts'
import type { WriteStamp } from './operations-log.ts'

/** A link with the property that only storage needs. */
export interface KeptLink extends AccountLink {
  /** When the renewal of its tokens must have ended; `undefined` without one. */
  readonly renewalUntil: number | undefined
}

/** The right to work on a link. */
export interface Claim {
  readonly id: string
  readonly now: number
  readonly leaseUntil: number
}

/** The result of a step that destroys the link. */
export const removed = 'removed'
export type Removed = typeof removed

/** A new link, `PENDING` unless `more` says otherwise. */
export function newLink(
  { organizationId, skillId, name }: LinkKey,
  { requestId, actor }: WriteStamp,
  more: Partial<KeptLink>,
): KeptLink {
  return {
    organizationId,
    skillId,
    name,
    state: 'PENDING',
    sealedTokens: undefined,
    sealedRequest: undefined,
    dueAt: undefined,
    attempts: 0,
    claim: undefined,
    reason: undefined,
    exchangedAt: undefined,
    codeName: undefined,
    renewalClaim: undefined,
    renewalUntil: undefined,
    requestId,
    actor,
    ...more,
  }
}

/** A request takes the right to exchange the code. The link must be missing, or `PENDING` without another claim. */
export function claimed(
  link: KeptLink | undefined,
  key: LinkKey,
  claim: Claim,
  stamp: WriteStamp,
): KeptLink | undefined {
  const held = { dueAt: claim.leaseUntil, claim: claim.id }
  if (link === undefined) return newLink(key, stamp, { ...held, attempts: 1 })
  const isFree = link.claim === undefined || (link.dueAt !== undefined && link.dueAt <= claim.now)
  return link.state === 'PENDING' && isFree ? { ...link, ...held, attempts: link.attempts + 1 } : undefined
}

/** The exchange brought tokens. A link with a request is due now, because enablements wait for it. */
export function linked(
  link: KeptLink,
  claimId: string,
  { sealedTokens, now, checkAt }: LinkedTokens,
): KeptLink | undefined {
  if (link.state !== 'PENDING' || link.claim !== claimId) return undefined
  return {
    ...link,
    state: 'LINKED',
    sealedTokens,
    exchangedAt: now,
    sealedRequest: undefined,
    dueAt: link.sealedRequest === undefined ? checkAt : now,
    claim: undefined,
    attempts: 0,
  }
}

export interface LinkedTokens {
  readonly sealedTokens: string
  readonly now: number
  /** When the background looks whether an enablement uses the link. */
  readonly checkAt: number
}

/** The exchange failed for good. */
export function refused(
  link: KeptLink,
  claimId: string,
  { reason, now }: { readonly reason: string; readonly now: number },
): KeptLink | Removed | undefined {
  if (link.state !== 'PENDING' || link.claim !== claimId) return undefined
  if (!isAwaited(link)) return removed
  return { ...link, state: 'REFUSED', reason, claim: undefined, sealedRequest: undefined, dueAt: now }
}

/** The holder releases the claim. */
export function released(
  link: KeptLink,
  claimId: string,
  dueAt: number | undefined,
): KeptLink | Removed | undefined {
  if (link.claim !== claimId) return undefined
  return link.state === 'PENDING' && !isAwaited(link) ? removed : { ...link, claim: undefined, dueAt }
}

/** Enablements wait only for a link with a request. */
function isAwaited({ sealedRequest }: KeptLink): boolean {
  return sealedRequest !== undefined
}

/** An enablement begins to use a `LINKED` link. This ends the claim, so that its holder does not discard the link. */
export function joined(link: KeptLink | undefined): KeptLink | undefined {
  return link?.state === 'LINKED' ? { ...link, claim: undefined } : undefined
}

/** An enablement waits for the link or uses it, whatever its exchange brings. The link may be missing. */
export function awaited(
  link: KeptLink | undefined,
  key: LinkKey,
  sealedRequest: string,
  stamp: WriteStamp,
): KeptLink | undefined {
  if (link === undefined) return newLink(key, stamp, { sealedRequest, dueAt: stamp.now })
  return link.state === 'PENDING' ? { ...link, sealedRequest } : joined(link)
}

/** An enablement no longer uses the link. The background then looks whether another does. */
export function left(link: KeptLink, now: number): KeptLink | undefined {
  if (link.state !== 'LINKED' || link.name === delegatedLinkName) return undefined
  return { ...link, dueAt: dueFrom(link, now), claim: undefined }
}

/** The background has looked whether an enablement uses the link. */
export function looked(link: KeptLink, claimId: string, isUsed: boolean): KeptLink | undefined {
  if (link.claim !== claimId) return undefined
  return link.state === 'LINKED' && link.name !== delegatedLinkName && !isUsed
    ? { ...link, state: 'DISCARDED' }
    : { ...link, dueAt: undefined, claim: undefined }
}

/** Ends the link in any state: its tokens are to be revoked and destroyed. */
export function discarded(link: KeptLink, now: number): KeptLink {
  return { ...link, state: 'DISCARDED', claim: undefined, attempts: 0, dueAt: dueFrom(link, now) }
}

/** Destroys a link after its last work. */
export function destroyed(link: KeptLink, claimId: string): Removed | undefined {
  const isDone = link.state === 'REFUSED' || link.state === 'DISCARDED'
  return isDone && link.claim === claimId ? removed : undefined
}

/** A request takes the right to renew the tokens. Other work on the link waits for the end of the renewal. */
export function renewing(link: KeptLink, { id, now, leaseUntil }: Claim): KeptLink | undefined {
  if (link.state !== 'LINKED') return undefined
  const { renewalUntil: until, dueAt } = link
  // A later end comes from a clock that was ahead.
  const isFree = until === undefined || until <= now || until > leaseUntil + clockDifferenceMs
  if (!isFree) return undefined
  return {
    ...link,
    renewalClaim: id,
    renewalUntil: leaseUntil,
    claim: undefined,
    dueAt: dueAt === undefined ? undefined : Math.max(dueAt, leaseUntil),
  }
}

/** Ends the renewal, with new tokens or without. */
export function renewed(link: KeptLink, sealedTokens: string | undefined = link.sealedTokens): KeptLink {
  return { ...link, sealedTokens, renewalClaim: undefined, renewalUntil: undefined }
}

/** The renewal failed for good. A link that was discarded meanwhile does not change. */
export function unrenewable(
  link: KeptLink,
  reason: string,
  { now, requestId, actor }: WriteStamp,
): KeptLink | undefined {
  if (link.state !== 'LINKED') return undefined
  return { ...discarded(renewed(link), now), reason, requestId, actor }
}

/** The given time, or the end of the renewal if that is later. */
function dueFrom({ renewalUntil }: KeptLink, at: number): number {
  return Math.max(at, renewalUntil ?? at)
}
