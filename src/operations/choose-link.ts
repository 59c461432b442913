import {
  accountLinkNeeded,
  delegatedLinkName,
  type LinkKey,
  type LinkRequest,
} from '../model/account-link.ts'
import type { Context } from '../model/context.ts'
import { refuse } from '../model/refusal.ts'
import type { Skill } from '../model/skill.ts'
import type { Unit } from '../model/unit.ts'
import type { AccountLinkRequest } from '../protocol/enablement.ts'

/** On which account link an enablement is to live. */
export interface LinkChoice {
  /** `undefined`: on the one that is there, or on none. */
  readonly name: string | undefined
  /** The code that must be exchanged before the link stands. */
  readonly exchange: CodeExchange | undefined
  /** The record must live on a link already, or the write is refused. */
  readonly needsExistingLink: boolean
}

export interface CodeExchange {
  readonly key: LinkKey
  readonly request: LinkRequest
}

const none: LinkChoice = { name: undefined, exchange: undefined, needsExistingLink: false }

/**
 * Chooses by what the skill supports, what the request brings and what is there (ledger, rows 18, 20 and 21). Refuses
 * with INVALID_PARAM a request that the skill does not take, and the lack of one that it needs.
 */
export async function chooseLink(
  context: Context,
  skill: Skill,
  unit: Unit,
  request: AccountLinkRequest | undefined,
): Promise<LinkChoice> {
  if (skill.accountLinking === undefined) {
    if (request === undefined) return none
    throw refuse(
      'INVALID_PARAM',
      'accountLinkRequest is invalid: the skill does not support account linking.',
    )
  }
  const key = { organizationId: unit.organizationId, skillId: skill.id }
  if (request !== undefined) {
    const name = context.secrets.hash(`${unit.organizationId} ${skill.id} ${request.authCode}`, 'link-code')
    const exchange = {
      key: { ...key, name },
      request: { authCode: request.authCode, redirectUri: request.redirectUri },
    }
    return { name, exchange, needsExistingLink: false }
  }
  const existing = await context.storage.enablements.find(unit.id, skill.id)
  const delegated = await context.storage.links.find({ ...key, name: delegatedLinkName })
  const mayLackLink = skill.accountLinking.skipOnEnablement || delegated?.state === 'LINKED'
  if (existing?.linkName !== undefined) return { ...none, needsExistingLink: !mayLackLink }
  if (delegated?.state === 'LINKED') return { ...none, name: delegatedLinkName }
  if (skill.accountLinking.skipOnEnablement) return none
  throw refuse('INVALID_PARAM', accountLinkNeeded)
}
