/**
 * Returns the tokens of an account link, and renews them when they are about to expire. Only one renewal runs at a time on
 * all nodes: some token servers invalidate a refresh token with its first use, and revoke all tokens at a second.
 */
import type { OperatorCall } from '../../model/access.ts'
import type { AccountLink, LinkKey } from '../../model/account-link.ts'
import { openTokens, sealTokens } from '../../model/link-secrets.ts'
import { type Recorded, recorded } from '../../model/operations-log.ts'
import type { Context, RenewalOutcome } from '../../model/ports/context.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import type { AccountLinking } from '../../model/skill.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { LinkTokens } from '../../protocol/sealed-link.ts'
import { linkLeaseMs, lookEveryMs, waitForOtherMs } from './link-account.ts'

/** The least remaining lifetime of a returned token, in milliseconds, if it can be renewed. */
export const freshForMs = 60_000

export interface Renewal {
  readonly linking: AccountLinking
  readonly key: LinkKey
  /** Whether to renew tokens that do not expire soon, too. */
  readonly isForced: boolean
  readonly call: OperatorCall
}

/**
 * Returns the tokens of the link, renewed if necessary. Refuses with NOT_FOUND if the link is gone, or if the token
 * server rejects the renewal, which ends the link. Refuses with SERVICE_UNAVAILABLE if the token server is slow or
 * down, or its response is invalid; then nothing changes, except for a new refresh token in that response.
 */
export async function freshTokens(context: Context, renewal: Renewal): Promise<LinkTokens> {
  const { links, renewals } = context.storage
  const giveUpAt = context.now() + waitForOtherMs
  let first: LinkTokens | undefined
  for (;;) {
    const link = await links.find(renewal.key)
    if (link?.state !== 'LINKED' || link.sealedTokens === undefined)
      throw notLinked(renewal.key, link?.reason)
    const tokens = openTokens(context.secrets, link.sealedTokens)
    const now = context.now()
    first ??= tokens
    // Tokens that another call renewed meanwhile are fresh.
    const isFresh = first.accessToken !== tokens.accessToken || first.expiresAt !== tokens.expiresAt
    if (isFresh || !needsRenewal(tokens, renewal.isForced, now)) return tokens
    const claim = { id: context.newId(), now, leaseUntil: now + linkLeaseMs }
    const claimed = await renewals.claim(renewal.key, claim)
    if (claimed?.sealedTokens === link.sealedTokens) {
      const renewed = await renew(context, renewal, link, tokens, claim.id)
      if (renewed !== undefined) return renewed
      continue
    }
    if (claimed !== undefined) await renewals.release(claim.id)
    if (now >= giveUpAt) throw unreachable('another renewal of the same tokens is still running')
    await context.sleepUntil(now + lookEveryMs)
  }
}

/** Without a refresh token, the access token is used until it expires. */
function needsRenewal({ refreshToken, expiresAt }: LinkTokens, isForced: boolean, now: number): boolean {
  if (refreshToken === undefined) return expiresAt !== undefined && expiresAt <= now
  return isForced || (expiresAt !== undefined && expiresAt <= now + freshForMs)
}

/** Returns `undefined` if the link has been replaced or removed. */
async function renew(
  context: Context,
  renewal: Renewal,
  link: AccountLink,
  tokens: LinkTokens,
  claim: string,
): Promise<LinkTokens | undefined> {
  const { renewals } = context.storage
  const { refreshToken } = tokens
  const seal = (value: LinkTokens) => sealTokens(context.secrets, value)
  const outcome: RenewalOutcome =
    refreshToken === undefined
      ? { kind: 'refused', reason: 'The access token has expired, and there is no refresh token.' }
      : await context.tokenServers.renew(renewal.linking, refreshToken)
  switch (outcome.kind) {
    case 'renewed': {
      const stands = await renewals.settleRenewed(claim, seal(outcome.tokens), told(context, renewal, 'done'))
      return stands ? outcome.tokens : undefined
    }
    case 'refused': {
      const reason = link.renewalClaim === undefined ? outcome.reason : `${outcome.reason} ${cutOff}`
      await renewals.settleUnrenewable(claim, reason, told(context, renewal, 'failed', reason))
      context.workIsDue(context.now())
      throw notLinked(renewal.key, reason)
    }
    case 'failed':
      if (outcome.refreshToken === undefined) await renewals.release(claim)
      else {
        // The old refresh token may be invalid already.
        const kept = seal({ ...tokens, refreshToken: outcome.refreshToken })
        const reason = `${outcome.reason} The new refresh token was kept.`
        await renewals.settleRenewed(claim, kept, told(context, renewal, 'failed', reason))
      }
      throw unreachable(outcome.reason)
  }
}

/** Added when an earlier renewal was cut off: its response may have replaced the refresh token. */
const cutOff = '(An earlier renewal was interrupted: it may have used up the refresh token.)'

function told(
  context: Context,
  { key, call }: Renewal,
  outcome: 'done' | 'failed',
  reason?: string,
): Recorded {
  const { organizationId, skillId } = key
  const detail = reason === undefined ? undefined : { reason }
  return recorded(stampFor(context, call), {
    operation: 'renew_link',
    outcome,
    organizationId,
    skillId,
    detail,
  })
}

function notLinked({ skillId }: LinkKey, reason: string | undefined): Refusal {
  return refuse('NOT_FOUND', `The account link for ${skillId} no longer exists.${reason ? ` ${reason}` : ''}`)
}

function unreachable(reason: string): Refusal {
  return refuse('SERVICE_UNAVAILABLE', `The tokens of the account link can't be renewed. ${reason}`, {
    retryAfterMs: 2000,
  })
}
