/**
 * The background work of account links: exchanges the codes of batches, updates the enablements after it, and revokes
 * and destroys tokens. The state of a link defines the next step. An interrupted step is repeated when its claim
 * expires.
 */
import type { AccountLink, LinkKey } from '../../model/account-link.ts'
import { openRequest, openTokens } from '../../model/link-secrets.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { AccountLinking } from '../../model/skill.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { exchangeClaimed, linkLeaseMs, pauseMs } from './link-account.ts'

/** The maximum number of links in work at once. */
export const linksAtOnce = 16
/** The maximum number of enablements that one commit updates. */
const movesPerWrite = 200
/** The maximum number of attempts at an unreachable token server: half an hour. */
const exchangeAttemptsMax = 12
/**
 * The maximum number of attempts at a revocation endpoint: a quarter of an hour. Then the tokens are destroyed anyway.
 */
const revocationAttemptsMax = 10

/** Processes a bounded number of due links; returns how many. */
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
        'An account link could not be processed',
      )
    }
    total += links.length
    if (links.length < linksAtOnce || signal.aborted) return total
  }
}

/**
 * Updates enablements of a link that has just ended, before the response: after it, no caller finds them `LINKED`.
 * Updates the named unit and one write of others; the background does the rest.
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
  // A link without a request belongs to a caller that disconnected: no enablement waits for it.
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

/**
 * Revokes the tokens if the skill has a revocation endpoint, and destroys them (ledger, row 27: to disable a skill is
 * to unlink it).
 */
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
  // A link without tokens is the rest of a code whose tokens moved to a delegated link.
  await context.storage.links.remove(link, claim, link.sealedTokens === undefined ? undefined : destruction)
}

async function revoke(context: Context, link: AccountLink): Promise<string | undefined> {
  const linking = await findLinking(context, link)
  if (linking?.revocationUri === undefined || link.sealedTokens === undefined) return undefined
  try {
    const tokens = openTokens(context.secrets, link.sealedTokens)
    return await context.tokenServers.revoke(linking, tokens)
  } catch (error) {
    // The sealing key is missing: it may return before the last attempt.
    return error instanceof Error ? error.message : String(error)
  }
}

async function findLinking(context: Context, link: AccountLink): Promise<AccountLinking | undefined> {
  const skill = await context.storage.catalog.findSkill(link.skillId)
  return skill?.accountLinking
}
