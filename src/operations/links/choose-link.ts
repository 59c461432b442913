import {
  type AccountLink,
  accountLinkNeeded,
  delegatedLinkName,
  type LinkKey,
} from '../../model/account-link.ts'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import type { AccountLinking, Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type { AccountLinkRequest } from '../../protocol/enablement.ts'
import type { LinkRequest } from '../../protocol/sealed-link.ts'
import { type CodeExchange, codeSpent, linkingRefused } from './link-account.ts'

/** The account link that an enablement shall use. */
export interface LinkChoice {
  /** `undefined`: the current link, or none. */
  readonly name: string | undefined
  /** The code to exchange before the link can be used. */
  readonly exchange: CodeExchange | undefined
  /** The record must already have a link, or the write is refused. */
  readonly needsExistingLink: boolean
}

const none: LinkChoice = { name: undefined, exchange: undefined, needsExistingLink: false }

/** How long after its exchange a code may link other units of the same client, in milliseconds (ledger, row 19: one code serves many rooms). */
const codeSharedMs = 600_000
/**
 * The maximum number of exchanges of one code, each for a separate link; some token servers accept a code more than
 * once.
 */
const exchangesMax = 10

/**
 * Chooses by the skill's settings, the request and the current link (ledger, rows 18 to 21: when a link is needed,
 * reused or refused). Refuses with INVALID_PARAM a request that the skill does not accept, and a missing one that it
 * needs.
 */
export function chooseLink(
  context: Context,
  skill: Skill,
  unit: Unit,
  request: AccountLinkRequest | undefined,
  clientId: string,
): MaybePromise<LinkChoice> {
  if (skill.accountLinking !== undefined)
    return chooseOf(context, { ...skill, accountLinking: skill.accountLinking }, unit, request, clientId)
  if (request === undefined) return none
  throw refuse(
    'INVALID_PARAM',
    'accountLinkRequest is invalid: the skill does not support account linking.',
    { reason: 'link' },
  )
}

async function chooseOf(
  context: Context,
  skill: Skill & { readonly accountLinking: AccountLinking },
  unit: Unit,
  request: AccountLinkRequest | undefined,
  clientId: string,
): Promise<LinkChoice> {
  const key = { organizationId: unit.organizationId, skillId: skill.id }
  if (request !== undefined) {
    const { authCode, redirectUri } = request
    const name = await linkNameOf(context, key, unit, { authCode, redirectUri }, clientId)
    const exchange = { key: { ...key, name }, request: { authCode, redirectUri } }
    return { name, exchange, needsExistingLink: false }
  }
  const existing = await context.storage.enablements.find(unit.id, skill.id)
  const delegated = await context.storage.links.find({ ...key, name: delegatedLinkName })
  const mayLackLink = skill.accountLinking.skipOnEnablement || delegated?.state === 'LINKED'
  if (existing?.linkName !== undefined) return { ...none, needsExistingLink: !mayLackLink }
  if (delegated?.state === 'LINKED') return { ...none, name: delegatedLinkName }
  if (skill.accountLinking.skipOnEnablement) return none
  throw refuse('INVALID_PARAM', accountLinkNeeded, { reason: 'link' })
}

/**
 * Returns the name of the link that the code gives this unit. The name contains the client and the redirect URI: the
 * same code from another client finds no link and goes to the token server (decision 0090).
 */
async function linkNameOf(
  context: Context,
  key: Omit<LinkKey, 'name'>,
  unit: Unit,
  { authCode, redirectUri }: LinkRequest,
  clientId: string,
): Promise<string> {
  const { organizationId, skillId } = key
  const { enablements, links } = context.storage
  const hash = (value: string) => context.secrets.hash(value, 'link-code')
  const livesOn = (await enablements.find(unit.id, skillId))?.linkName
  // The name that an earlier release used.
  const nameByCode = hash(`${organizationId} ${skillId} ${authCode}`)
  if (livesOn === nameByCode) return nameByCode
  let name = hash(JSON.stringify([organizationId, skillId, clientId, redirectUri, authCode]))
  for (let exchanges = 0; exchanges < exchangesMax; exchanges++) {
    // A retry, at any later time.
    if (livesOn === name) return name
    const link = await links.find({ ...key, name })
    if (!isSpent(link, context.now())) return name
    name = hash(JSON.stringify([name, link?.exchangedAt]))
  }
  throw linkingRefused(codeSpent)
}

/** Whether the code is too old to link another unit. A clock that is set back must not extend its time. */
function isSpent(link: AccountLink | undefined, now: number): boolean {
  if (link?.state !== 'LINKED') return false
  return link.exchangedAt === undefined || Math.abs(now - link.exchangedAt) >= codeSharedMs
}
