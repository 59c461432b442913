/**
 * Turns a checked catalog into records for storage, with all secrets sealed or hashed, and leaves out those that are
 * stored unchanged.
 */
import { delegatedLinkName } from '../../model/account-link.ts'
import { type Client, demoSecret } from '../../model/client.ts'
import { openTokens, sealTokens } from '../../model/link-secrets.ts'
import type { Context } from '../../model/ports/context.ts'
import type { DelegatedLinkRecord, Grant } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { type AccountLinking, otherSpelling, type Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type { CatalogClient, CatalogSkill } from '../../protocol/catalog.ts'
import { scopes } from '../../protocol/lwa.ts'
import type { LinkTokens } from '../../protocol/sealed-link.ts'
import {
  type CatalogDifference,
  clientDifferences,
  isSame,
  skillDifferences,
  unitDifferences,
} from './catalog-differences.ts'
import type { CatalogContent } from './check-catalog.ts'
import { findSkill } from './get-skill.ts'

/** A record to write; `id` identifies it for people, and `fields` names the changes to a stored record. */
export type CatalogRecord = CatalogDifference & CatalogValue

type CatalogValue =
  | { readonly kind: 'unit'; readonly value: Unit }
  | { readonly kind: 'skill'; readonly value: Skill }
  | { readonly kind: 'client'; readonly value: Client }
  | { readonly kind: 'refreshToken'; readonly value: Omit<Grant, 'revokedAt'> }
  | { readonly kind: 'delegatedLink'; readonly value: DelegatedLinkRecord }

/** Returns the records that differ from the stored catalog, in the order in which they must be written. */
export async function recordsToWrite(
  context: Context,
  content: CatalogContent,
  storedUnits: ReadonlyMap<string, Unit>,
  isEmbedded: boolean,
): Promise<CatalogRecord[]> {
  const records: CatalogRecord[] = []
  for (const { unit } of content.units) {
    const stored = storedUnits.get(unit.id)
    const fields = stored && unitDifferences(unit, stored)
    if (fields?.length !== 0) records.push({ kind: 'unit', id: unit.id, value: unit, fields })
  }
  for (const { value } of content.skills) {
    const stored = await context.storage.catalog.findSkill(value.id)
    const skill = toSkill(context, value, stored)
    const fields = stored && skillDifferences(skill, stored)
    if (!isSame(skill, stored)) records.push({ kind: 'skill', id: skill.id, value: skill, fields })
  }
  for (const { value } of content.clients) {
    const stored = await context.storage.catalog.findClient(value.id)
    const client = { ...toClient(context, value, isEmbedded), linksAccounts: stored?.linksAccounts ?? false }
    const fields = stored && clientDifferences(client, stored)
    if (!isSame(client, stored)) records.push({ kind: 'client', id: client.id, value: client, fields })
  }
  for (const { value } of content.clients) {
    const grant = await newGrant(context, value)
    if (grant) records.push({ kind: 'refreshToken', id: value.id, value: grant, fields: undefined })
  }
  for (const { organizationId, value } of content.delegatedLinks) {
    const { skillId: spelt, ...tokens } = value
    const here = content.skills.find((skill) => skill.value.id === otherSpelling(spelt))
    const skillId = here?.value.id ?? (await findSkill(context, spelt))?.id ?? spelt
    const found = await context.storage.links.find({ organizationId, skillId, name: delegatedLinkName })
    // A removed link exists until its tokens are revoked.
    const stored = found?.state === 'LINKED' ? found.sealedTokens : undefined
    if (stored !== undefined && holds(context, stored, tokens)) continue
    const sealedTokens = sealTokens(context.secrets, tokens)
    const link = { organizationId, skillId, sealedTokens }
    const fields = stored === undefined ? undefined : ['tokens']
    records.push({ kind: 'delegatedLink', id: `${organizationId} ${skillId}`, value: link, fields })
  }
  return records
}

function toSkill(context: Context, skill: CatalogSkill, stored: Skill | undefined): Skill {
  const { id, name, stages } = skill
  if (skill.accountLinking === undefined) return { id, name, stages, accountLinking: undefined }
  const { clientSecret, skipOnEnablement = false, ...linking } = skill.accountLinking
  const sealedClientSecret = sealOnce(context, clientSecret, stored?.accountLinking)
  return { id, name, stages, accountLinking: { ...linking, sealedClientSecret, skipOnEnablement } }
}

/** Each sealing of a secret produces a different text, so the stored text is kept if its secret is the same. */
function sealOnce(context: Context, secret: string, stored: AccountLinking | undefined): string {
  if (stored && context.secrets.open(stored.sealedClientSecret, 'skill-secret') === secret) {
    return stored.sealedClientSecret
  }
  return context.secrets.seal(secret, 'skill-secret')
}

function toClient(
  context: Context,
  client: CatalogClient,
  isEmbedded: boolean,
): Omit<Client, 'linksAccounts'> {
  return {
    id: client.id,
    name: client.name ?? client.id,
    secretHash:
      client.secret === undefined ? undefined : context.secrets.hash(client.secret, 'client-secret'),
    redirectUris: client.redirectUris ?? [],
    roles: client.roles ?? [],
    isDemo: client.secret === demoSecret,
    grants: client.grants,
    isEmbedded,
  }
}

/** Returns the grant of a new refresh token. A known token stays as it is, also if it is revoked. */
async function newGrant(
  context: Context,
  client: CatalogClient,
): Promise<Omit<Grant, 'revokedAt'> | undefined> {
  if (client.refreshToken === undefined) return undefined
  const refreshTokenHash = context.secrets.hash(client.refreshToken, 'refresh-token')
  const stored = await context.storage.grants.findGrant(refreshTokenHash)
  if (stored && stored.clientId !== client.id) {
    throw refuse('INVALID_PARAM', `The refresh token of ${client.id} already belongs to ${stored.clientId}.`)
  }
  if (stored) return undefined
  return { id: context.newId(), clientId: client.id, scopes, refreshTokenHash, createdAt: context.now() }
}

function holds(context: Context, sealedTokens: string, tokens: LinkTokens): boolean {
  return isSame(openTokens(context.secrets, sealedTokens), tokens)
}
