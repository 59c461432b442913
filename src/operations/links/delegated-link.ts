/**
 * Delegated links: an organization links a skill once, and all its units use the link without a code (ledger, row 20:
 * delegated linking replaces a link for each unit).
 */

import type { OperatorCall } from '../../model/access.ts'
import { type AccountLink, delegatedLinkName } from '../../model/account-link.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { DelegatedLinkRequest, DelegatedLinkView } from '../../protocol/operator.ts'
import { linksNoAccounts } from '../catalog/check-catalog.ts'
import { findSkill, getSkill } from '../catalog/get-skill.ts'
import { findOrganization } from '../catalog/read-catalog.ts'
import { codeSpent, linkAccount, linkingRefused } from './link-account.ts'
import { leaveEndedLink } from './settle-links.ts'

/** Returns at most 1,000 links, by skill ID. Refuses with NOT_FOUND an unknown organization. */
export async function listDelegatedLinks(
  context: Context,
  organizationId: UnitId,
): Promise<DelegatedLinkView[]> {
  await findOrganization(context, organizationId)
  const links = await context.storage.delegatedLinks.list(organizationId)
  return links.map(linkView)
}

/** Refuses with NOT_FOUND a missing link. */
export async function getDelegatedLink(
  context: Context,
  organizationId: UnitId,
  skillId: SkillId,
): Promise<DelegatedLinkView> {
  const { id } = (await findSkill(context, skillId)) ?? { id: skillId }
  const link = await context.storage.links.find({ organizationId, skillId: id, name: delegatedLinkName })
  if (link?.state !== 'LINKED') throw noLink(organizationId, skillId)
  return linkView(link)
}

/**
 * Exchanges the code and stores the tokens as the organization's link for the skill. A repeated code with this redirect
 * URI is exchanged only once, on all nodes. Replaces an existing link, whose tokens the background destroys. Refuses
 * with INVALID_PARAM a skill without account linking and a code that the token server rejects, with SERVICE_UNAVAILABLE
 * if the token server is slow or down.
 */
export async function putDelegatedLink(
  context: Context,
  target: { readonly organizationId: UnitId; readonly skillId: SkillId },
  request: DelegatedLinkRequest,
  call: OperatorCall,
): Promise<DelegatedLinkView> {
  const { organizationId } = target
  const { links, delegatedLinks } = context.storage
  await findOrganization(context, organizationId)
  const skill = await getSkill(context, target.skillId)
  const skillId = skill.id
  if (skill.accountLinking === undefined) throw refuse('INVALID_PARAM', linksNoAccounts(skillId))
  const { authCode, redirectUri } = request
  const hash = (value: string) => context.secrets.hash(value, 'link-code')
  const name = hash(JSON.stringify([organizationId, skillId, redirectUri, authCode]))
  // The second name is that of an earlier release.
  const known = [name, hash(`${organizationId} ${skillId} delegated ${authCode}`)]
  const key = { organizationId, skillId, name }
  const standing = await links.find({ organizationId, skillId, name: delegatedLinkName })
  if (standing?.state !== 'LINKED' || !known.includes(standing.codeName ?? '')) {
    await linkAccount(context, skill, { key, request: { authCode, redirectUri } }, stampFor(context, call))
    if (!(await delegatedLinks.delegate(key, stampFor(context, call)))) throw linkingRefused(codeSpent)
    context.workIsDue(context.now())
  }
  return { organizationId, skillId, status: 'LINKED' }
}

/**
 * The background destroys its tokens, and unlinks the enablements that do not fit into one write. Refuses with
 * NOT_FOUND a missing link.
 */
export async function removeDelegatedLink(
  context: Context,
  organizationId: UnitId,
  linkedSkillId: SkillId,
  call: OperatorCall,
): Promise<void> {
  const { delegatedLinks } = context.storage
  const { id: skillId } = (await findSkill(context, linkedSkillId)) ?? { id: linkedSkillId }
  if (!(await delegatedLinks.discard(organizationId, skillId, stampFor(context, call)))) {
    throw noLink(organizationId, skillId)
  }
  context.workIsDue(context.now())
  await leaveEndedLink(context, { organizationId, skillId, name: delegatedLinkName })
}

function noLink(organizationId: UnitId, skillId: SkillId) {
  return refuse('NOT_FOUND', `${organizationId} has no delegated link for ${skillId}.`)
}

function linkView({ organizationId, skillId }: AccountLink): DelegatedLinkView {
  return { organizationId, skillId, status: 'LINKED' }
}
