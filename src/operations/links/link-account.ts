import type { AccountLink, LinkKey } from '../../model/account-link.ts'
import { sealTokens } from '../../model/link-secrets.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { Context, ExchangeOutcome } from '../../model/ports/context.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import type { AccountLinking, Skill } from '../../model/skill.ts'
import type { LinkRequest } from '../../protocol/sealed-link.ts'

/** The code to exchange before a link can be used. */
export interface CodeExchange {
  readonly key: LinkKey
  readonly request: LinkRequest
}

/** How long a claim holds, in milliseconds: longer than an exchange may take. */
export const linkLeaseMs = 10_000
/** How long a new link without enablements is kept, in milliseconds: the record that needs it is about to be written. */
const linkGraceMs = 60_000
/** How long to wait for another exchange of the same code, and how often to look, in milliseconds. */
export const waitForOtherMs = 5_000
export const lookEveryMs = 25

/**
 * Makes the link of the code `LINKED`. Exchanges the code only once, on all nodes, however often it comes (ledger, row
 * 19: clients repeat requests). Refuses with INVALID_PARAM if the token server rejects the code, with
 * SERVICE_UNAVAILABLE if it is slow or down (row 22: the client can retry).
 */
export async function linkAccount(
  context: Context,
  skill: Skill,
  { key, request }: CodeExchange,
  stamp: WriteStamp,
): Promise<void> {
  const { accountLinking } = skill
  if (accountLinking === undefined) throw new Error(`${skill.id} has no account linking`)
  const giveUpAt = context.now() + waitForOtherMs
  for (;;) {
    const known = await context.storage.links.find(key)
    if (known?.state === 'LINKED') return
    const refusal = linkRefusal(known)
    if (refusal !== undefined) throw refusal
    const now = context.now()
    const claim = { id: context.newId(), now, leaseUntil: now + linkLeaseMs }
    const link = await context.storage.links.claim(key, claim, stamp)
    if (link !== undefined) {
      return requireLinked(
        await exchangeClaimed(context, accountLinking, key, request, link.attempts, claim.id),
      )
    }
    if (now >= giveUpAt) throw linkingUnreachable('another exchange of the same code is still running')
    await context.sleepUntil(now + lookEveryMs)
  }
}

/** Exchanges the code of a claimed link and settles the claim by the outcome. */
export async function exchangeClaimed(
  context: Context,
  linking: AccountLinking,
  key: LinkKey,
  request: LinkRequest,
  attempts: number,
  claim: string,
): Promise<ExchangeOutcome> {
  const outcome = await context.tokenServers.exchange(linking, request)
  const now = context.now()
  const { links } = context.storage
  switch (outcome.kind) {
    case 'linked': {
      const isSettled = await links.settleLinked(key, claim, {
        sealedTokens: sealTokens(context.secrets, outcome.tokens),
        now,
        checkAt: now + linkGraceMs,
      })
      context.workIsDue(now)
      return isSettled ? outcome : { kind: 'unreachable', reason: 'the exchange took too long' }
    }
    case 'refused':
      await links.settleRefused(key, claim, { reason: outcome.reason, now })
      break
    case 'unreachable':
      await links.release(key, claim, now + pauseMs(attempts))
      break
  }
  context.workIsDue(now)
  return outcome
}

/** The reason for a code whose tokens are already discarded. */
export const codeSpent = 'the authorization code was used before (invalid_grant)'

/** Growing pauses: 1 s, 2 s, 4 s … up to 5 minutes. */
export function pauseMs(attempts: number): number {
  return Math.min(1000 * 2 ** Math.max(0, attempts - 1), 300_000)
}

/** Returns why an existing link can never become `LINKED`. */
export function linkRefusal(link: AccountLink | undefined): Refusal | undefined {
  if (link?.state === 'REFUSED') return linkingRefused(link.reason ?? 'invalid_grant')
  if (link?.state === 'DISCARDED') return linkingRefused(codeSpent)
  return undefined
}

function requireLinked(outcome: ExchangeOutcome): void {
  if (outcome.kind === 'refused') throw linkingRefused(outcome.reason)
  if (outcome.kind === 'unreachable') throw linkingUnreachable(outcome.reason)
}

/** The refusal when the token server rejects the code. */
export function linkingRefused(reason: string): Refusal {
  return refuse('INVALID_PARAM', `Account linking failed: ${reason}`, { reason: 'link' })
}

/** The refusal when the token server is slow or down. */
export function linkingUnreachable(reason: string): Refusal {
  return refuse('SERVICE_UNAVAILABLE', "Account linking failed: the skill's token server can't be reached.", {
    detail: reason,
    reason: 'link',
    retryAfterMs: 2000,
  })
}
