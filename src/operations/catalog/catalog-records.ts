/**
 * Turns a checked catalog into records for storage, with all secrets sealed or hashed, and leaves out those that are
 * stored unchanged.
 */
import { delegatedLinkName } from '../../model/account-link.ts'
import { type Client, demoSecret } from '../../model/client.ts'
import { openTokens, sealTokens } from '../../model/link-secrets.ts'
import type { Context } from '../../model/ports/context.ts'
import type { DelegatedLinkRecord, Grant } from '../../model/ports/storage.ts'
import type { Person } from '../../model/principals/person.ts'
import { refuse } from '../../model/refusal.ts'
import { type AccountLinking, otherSpelling, type Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import { accountOf } from '../../model/user-id.ts'
import type {
  AccountLinking as CatalogAccountLinking,
  CatalogClient,
  CatalogPerson,
  CatalogSkill,
} from '../../protocol/catalog.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import { scopes } from '../../protocol/lwa.ts'
import type { LinkTokens } from '../../protocol/sealed-link.ts'
import {
  type CatalogDifference,
  clientDifferences,
  isSame,
  personDifferences,
  skillDifferences,
  unitDifferences,
} from './catalog-differences.ts'
import type { CatalogContent } from './check-catalog.ts'
import { findSkill } from './get-skill.ts'
import { type LevelOf, levelsOf, type RoleChange, roleChange } from './role-changes.ts'

/** A record to write; `id` identifies it for people, and `fields` names the changes to a stored record. */
export type CatalogRecord = CatalogDifference & CatalogValue

type CatalogValue =
  | { readonly kind: 'unit'; readonly value: Unit }
  | { readonly kind: 'skill'; readonly value: Skill }
  | { readonly kind: 'client'; readonly value: Client; readonly roles: RoleChange }
  | { readonly kind: 'person'; readonly value: Person; readonly roles: RoleChange }
  | { readonly kind: 'refreshToken'; readonly value: Omit<Grant, 'revokedAt'> }
  | { readonly kind: 'delegatedLink'; readonly value: DelegatedLinkRecord }

/**
 * The source of a catalog: the embedded demo catalog, the settings of a start, the operator's API, or a change of one stored record
 * by that API. The clients of the demo catalog, whose secret is public, and its people are removed when another catalog is loaded: at a start, or one
 * that contains clients.
 */
export type CatalogSource = 'embedded' | 'start' | 'operator' | 'record'

/** Returns the records that differ from the stored catalog, in the order in which they must be written. */
export async function recordsToWrite(
  context: Context,
  content: CatalogContent,
  storedUnits: ReadonlyMap<string, Unit>,
  source: CatalogSource,
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
  records.push(...(await principalsToWrite(context, content, source)))
  for (const { value } of content.clients) {
    const grants = [
      await newGrant(context, value.id, value.refreshToken, undefined),
      ...(await Promise.all(
        (value.refreshTokens ?? []).map(({ refreshToken, personId }) =>
          newGrant(context, value.id, refreshToken, personId),
        ),
      )),
    ]
    for (const grant of grants)
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

/** Clients and people. */
async function principalsToWrite(
  context: Context,
  content: CatalogContent,
  source: CatalogSource,
): Promise<CatalogRecord[]> {
  const { catalog } = context.storage
  // A change of one record leaves it with the demo catalog as long as it has the secret of the demo, which everybody knows.
  const isEmbedded = (secret: unknown, stored: Client | Person | undefined): boolean =>
    source === 'embedded' ||
    (source === 'record' && typeof secret === 'object' && stored?.isEmbedded === true)
  const clients = await Promise.all(
    content.clients.map(async ({ value }) => {
      const stored = await catalog.findClient(value.id)
      const linksAccounts = stored?.linksAccounts ?? false
      return {
        value: { ...toClient(context, value, stored, isEmbedded(value.secret, stored)), linksAccounts },
        stored,
      }
    }),
  )
  const people = await Promise.all(
    content.people.map(async ({ value }) => {
      const stored = await catalog.findPerson(value.id)
      return { value: toPerson(value, stored, isEmbedded(value.passphraseHash, stored)), stored }
    }),
  )
  const changedClients = clients.filter(({ value, stored }) => !isSame(value, stored))
  const changedPeople = people.filter(({ value, stored }) => !isSame(value, stored))
  const roles = [...changedClients, ...changedPeople].flatMap(({ value, stored }) => [
    ...value.roles,
    ...(stored?.roles ?? []),
  ])
  const known = new Map(content.units.map(({ unit }) => [unit.id, unit.level]))
  const levelOf: LevelOf = await levelsOf(
    context,
    roles.map(({ unitId }) => unitId),
    known,
  )
  const changeOf = (principalId: PrincipalId, value: Client | Person, stored: Client | Person | undefined) =>
    roleChange(principalId, { wanted: value.roles, before: stored?.roles ?? [] }, levelOf)
  return [
    ...changedClients.map(({ value, stored }): CatalogRecord => {
      const fields = stored && clientDifferences(value, stored)
      const change = changeOf(accountOf(context, value.id), value, stored)
      return { kind: 'client', id: value.id, value, fields, roles: change }
    }),
    ...changedPeople.map(({ value, stored }): CatalogRecord => {
      const fields = stored && personDifferences(value, stored)
      return { kind: 'person', id: value.id, value, fields, roles: changeOf(value.id, value, stored) }
    }),
  ]
}

function toSkill(context: Context, skill: CatalogSkill, stored: Skill | undefined): Skill {
  const { id, name, stages } = skill
  if (skill.accountLinking === undefined) return { id, name, stages, accountLinking: undefined }
  const { clientSecret, skipOnEnablement = false, ...linking } = skill.accountLinking
  const sealedClientSecret = sealOnce(context, clientSecret, stored?.accountLinking)
  return { id, name, stages, accountLinking: { ...linking, sealedClientSecret, skipOnEnablement } }
}

/** Each sealing of a secret produces a different text, so the stored text is kept if its secret is the same. */
function sealOnce(
  context: Context,
  secret: CatalogAccountLinking['clientSecret'],
  stored: AccountLinking | undefined,
): string {
  if (typeof secret !== 'string') return requireStored(stored?.sealedClientSecret)
  if (stored && context.secrets.open(stored.sealedClientSecret, 'skill-secret') === secret) {
    return stored.sealedClientSecret
  }
  return context.secrets.seal(secret, 'skill-secret')
}

function toClient(
  context: Context,
  client: CatalogClient,
  stored: Client | undefined,
  isEmbedded: boolean,
): Omit<Client, 'linksAccounts'> {
  const { secret } = client
  const secretHash =
    typeof secret === 'object'
      ? requireStored(stored?.secretHash)
      : secret && context.secrets.hash(secret, 'client-secret')
  return {
    id: client.id,
    name: client.name ?? client.id,
    secretHash,
    redirectUris: client.redirectUris ?? [],
    roles: client.roles ?? [],
    isDemo: typeof secret === 'object' ? stored?.isDemo === true : secret === demoSecret,
    grants: client.grants,
    isEmbedded,
  }
}

function toPerson(person: CatalogPerson, stored: Person | undefined, isEmbedded: boolean): Person {
  const { id, name, email, passphraseHash: hash, subject, roles = [] } = person
  const passphraseHash = typeof hash === 'object' ? requireStored(stored?.passphraseHash) : hash
  return { id, name, email, passphraseHash, subject, roles, isEmbedded }
}

/** Returns the secret that stays. The checks have found it; the record may have lost it meanwhile. */
function requireStored(secret: string | undefined): string {
  if (secret === undefined) throw refuse('INVALID_PARAM', noStoredSecret)
  return secret
}

/** The message for a secret that shall stay as it is stored where there is none. */
export const noStoredSecret =
  'is not stored here, or not for these addresses: write the secret in the place of {"stored": true}.'

/** Returns the grant of a new refresh token. A known token stays as it is, also if it is revoked. */
async function newGrant(
  context: Context,
  clientId: string,
  refreshToken: string | undefined,
  personId: PrincipalId | undefined,
): Promise<Omit<Grant, 'revokedAt'> | undefined> {
  if (refreshToken === undefined) return undefined
  const refreshTokenHash = context.secrets.hash(refreshToken, 'refresh-token')
  const stored = await context.storage.grants.findGrant(refreshTokenHash)
  if (stored && (stored.clientId !== clientId || stored.personId !== personId)) {
    const giver = stored.personId === undefined ? '' : `, from ${stored.personId}`
    throw refuse(
      'INVALID_PARAM',
      `The refresh token of ${clientId} already belongs to ${stored.clientId}${giver}.`,
    )
  }
  if (stored) return undefined
  return { id: context.newId(), clientId, personId, scopes, refreshTokenHash, createdAt: context.now() }
}

function holds(context: Context, sealedTokens: string, tokens: LinkTokens): boolean {
  return isSame(openTokens(context.secrets, sealedTokens), tokens)
}
