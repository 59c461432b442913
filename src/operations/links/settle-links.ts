/**
 * What linking leaves to do after an answer: codes of a batch to exchange, enablements to bring in line with what
 * came of it, tokens to revoke and destroy. The link is the work item, its state tells what is next; a step that
 * dies half way is found again when its claim runs out.
 */
import type { AccountLink, LinkKey } from '../../model/account-link.ts'
import { openRequest, openTokens } from '../../model/link-secrets.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { AccountLinking } from '../../model/skill.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { exchangeClaimed, linkLeaseMs, pauseMs } from './link-account.ts'

/** Links that are worked on at the same time. */
export const linksAtOnce = 16
/** Enablements that one commit brings in line. */
const movesPerWrite = 200
/** Tries at a token server that cannot be reached: half an hour in all. */
const exchangeAttemptsMax = 12
/** Tries at a revocation endpoint, a quarter of an hour; then the tokens are destroyed all the same. */
const revocationAttemptsMax = 10

/** Works off the links that are due, a bounded number at a time; tells how many. */
export async function settleLinks(context: Context, signal: AbortSignal): Promise<number> {
  let total = 0
  for (;;) {
    const now = context.now()
    const claim = { id: context.newId(), now, leaseUntil: now + linkLeaseMs }
    const links = await context.storage.links.claimDue(claim, linksAtOnce)
    const outcomes = await Promise.allSettled(links.map((link) => settleLink(context, link, claim.id)))
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue
      const link = links[index]
      context.log.error(
        { err: outcome.reason, skillId: link?.skillId, requestId: link?.requestId },
        'A link could not be settled',
      )
    }
    total += links.length
    if (links.length < linksAtOnce || signal.aborted) return total
  }
}

/**
 * Brings enablements in line with a link that has just ended, before that is answered: nobody who is told so finds them
 * `LINKED`. It does one write's worth, and the unit that is named in any case; the background step does the rest.
 */
export async function leaveEndedLink(context: Context, key: LinkKey, unitId?: UnitId): Promise<void> {
  const link = await context.storage.links.find(key)
  if (link?.state !== 'DISCARDED') return
  const stamp = stampFor(context, link)
  const { links } = context.storage
  if (unitId !== undefined) await links.moveEnablements(link, stamp, 1, unitId)
  await links.moveEnablements(link, stamp, movesPerWrite)
}

async function settleLink(context: Context, link: AccountLink, claim: string): Promise<void> {
  switch (link.state) {
    case 'PENDING':
      return await exchange(context, link, claim)
    case 'LINKED':
      await moveAll(context, link)
      if (await context.storage.links.discardUnused(link, claim)) {
        await destroy(context, { ...link, state: 'DISCARDED', attempts: 1 }, claim)
      }
      return
    case 'REFUSED':
      await moveAll(context, link)
      return await context.storage.links.remove(link, claim, undefined)
    case 'DISCARDED':
      await moveAll(context, link)
      return await destroy(context, link, claim)
  }
}

async function exchange(context: Context, link: AccountLink, claim: string): Promise<void> {
  const { links } = context.storage
  // Without a request it belongs to a caller who went away in the middle: there is nobody to answer.
  if (link.sealedRequest === undefined) return await links.release(link, claim, context.now())
  const linking = await findLinking(context, link)
  const giveUp = async (reason: string) => {
    const now = context.now()
    await links.settleRefused(link, claim, { reason, now })
    context.workIsDue(now)
  }
  if (linking === undefined) return await giveUp('the skill no longer supports account linking')
  if (link.attempts > exchangeAttemptsMax)
    return await giveUp("the skill's token server could not be reached")
  const request = openRequest(context.secrets, link.sealedRequest)
  const outcome = await exchangeClaimed(context, linking, link, request, link.attempts, claim)
  if (outcome.kind === 'unreachable') {
    context.log.warn(
      { skillId: link.skillId, requestId: link.requestId, reason: outcome.reason },
      'A token server is unreachable',
    )
  }
}

async function moveAll(context: Context, link: AccountLink): Promise<void> {
  for (;;) {
    const stamp = stampFor(context, link)
    const moved = await context.storage.links.moveEnablements(link, stamp, movesPerWrite)
    if (moved < movesPerWrite) return
  }
}

/** Revokes the tokens where the skill names an endpoint, and destroys them (ledger, row 27). */
async function destroy(context: Context, link: AccountLink, claim: string): Promise<void> {
  const problem = await revoke(context, link)
  const stamp = stampFor(context, link)
  if (problem !== undefined && link.attempts < revocationAttemptsMax) {
    const dueAt = stamp.now + pauseMs(link.attempts)
    await context.storage.links.release(link, claim, dueAt)
    context.workIsDue(dueAt)
    return
  }
  const destruction = recorded(stamp, {
    operation: 'discard_link',
    outcome: problem === undefined ? 'done' : 'failed',
    organizationId: link.organizationId,
    skillId: link.skillId,
    detail:
      problem === undefined
        ? undefined
        : { reason: `The tokens were destroyed, but not revoked: ${problem}` },
  })
  // Without tokens it is what is left of a code whose tokens are those of a delegated link.
  await context.storage.links.remove(link, claim, link.sealedTokens === undefined ? undefined : destruction)
}

async function revoke(context: Context, link: AccountLink): Promise<string | undefined> {
  const linking = await findLinking(context, link)
  if (linking?.revocationUri === undefined || link.sealedTokens === undefined) return undefined
  try {
    const tokens = openTokens(context.secrets, link.sealedTokens)
    return await context.tokenServers.revoke(linking, tokens)
  } catch (error) {
    // Sealed with a key that is not here: perhaps it comes back before the last attempt.
    return error instanceof Error ? error.message : String(error)
  }
}

async function findLinking(context: Context, link: AccountLink): Promise<AccountLinking | undefined> {
  const skill = await context.storage.catalog.findSkill(link.skillId)
  return skill?.accountLinking
}
