/**
 * Finds everything that is wrong with a catalog by itself. What takes a look into storage, such as whether a unit has
 * moved, is the affair of load-catalog.ts.
 */
import { otherSpelling } from '../model/skill.ts'
import { findSubscription } from '../model/subscription.ts'
import { CatalogClient, type CatalogDelegatedLink, CatalogItself, CatalogSkill } from '../protocol/catalog.ts'
import { type FormProblem, hasForm } from '../protocol/form-problems.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'
import {
  listIn,
  type Placed,
  type PlacedLink,
  type PlacedUnit,
  readOrganizations,
} from './read-organizations.ts'

/** What a catalog says, flat, each record with its place in the file. */
export interface CatalogContent {
  /** Organizations and units, parents before children. */
  readonly units: readonly PlacedUnit[]
  readonly skills: readonly Placed<CatalogSkill>[]
  readonly clients: readonly Placed<CatalogClient>[]
  readonly delegatedLinks: readonly PlacedLink[]
}

/** Why an address cannot be that of a token server, or nothing. */
type UriFault = (uri: string) => string | undefined

export interface CatalogCheck {
  readonly content: CatalogContent
  /** All of them; with any, the content is not complete. */
  readonly problems: readonly FormProblem[]
  /** What the catalog refers to and does not have itself: must be in storage. */
  readonly missingUnits: readonly Placed<UnitId>[]
  readonly missingSkills: readonly Placed<SkillId>[]
}

/** Checks the catalog. Nothing of it is shown in a problem that may be a secret. */
export function checkCatalog(catalog: unknown, uriFault: UriFault): CatalogCheck {
  const problems: FormProblem[] = []
  hasForm(CatalogItself, catalog, '', problems)
  const { units, delegatedLinks } = readOrganizations(listIn(catalog, 'organizations'), problems)
  const skills = readRecords(isSkill, listIn(catalog, 'skills'), 'skills', problems)
  checkSpellings(skills, problems)
  const clients = readRecords(isClient, listIn(catalog, 'clients'), 'clients', problems)
  for (const skill of skills) checkLinking(skill, uriFault, problems)
  for (const client of clients) {
    checkRedirects(client, problems)
    checkGrants(client, problems)
  }
  checkRefreshTokens(clients, problems)
  return {
    content: { units, skills, clients, delegatedLinks },
    problems,
    missingUnits: findMissingUnits(units, clients),
    missingSkills: findMissingSkills(skills, delegatedLinks, problems),
  }
}

/** The records of a list that have the form, each ID once. */
function readRecords<Value extends { readonly id: string }>(
  isRecord: (value: unknown, path: string, problems: FormProblem[]) => value is Value,
  values: readonly unknown[],
  list: string,
  problems: FormProblem[],
): Placed<Value>[] {
  const records = new Map<string, Placed<Value>>()
  for (const [index, value] of values.entries()) {
    const path = `${list}[${index}]`
    if (!isRecord(value, path, problems)) continue
    const other = records.get(value.id)
    if (other) problems.push({ path: `${path}.id`, message: `${value.id} is also at ${other.path}.` })
    else records.set(value.id, { value, path })
  }
  return [...records.values()]
}

function isSkill(value: unknown, path: string, problems: FormProblem[]): value is CatalogSkill {
  if (!hasForm(CatalogSkill, value, path, problems)) return false
  if (!findSubscription(value.id) && !findSubscription(otherSpelling(value.id))) return true
  problems.push({ path: `${path}.id`, message: `${value.id} is pre-defined: every catalog has it already.` })
  return false
}

function isClient(value: unknown, path: string, problems: FormProblem[]): value is CatalogClient {
  return hasForm(CatalogClient, value, path, problems)
}

function checkLinking(skill: Placed<CatalogSkill>, uriFault: UriFault, problems: FormProblem[]): void {
  const { accessTokenUri, revocationUri } = skill.value.accountLinking ?? {}
  for (const [name, uri] of Object.entries({ accessTokenUri, revocationUri })) {
    const fault = uri === undefined ? undefined : uriFault(uri)
    if (fault !== undefined)
      problems.push({ path: `${skill.path}.accountLinking.${name}`, message: `${fault}.` })
  }
}

function checkSpellings(skills: readonly Placed<CatalogSkill>[], problems: FormProblem[]): void {
  const places = new Map(skills.map(({ value, path }) => [value.id, path]))
  for (const { value, path } of skills) {
    const other = places.get(otherSpelling(value.id))
    if (other !== undefined && value.id.startsWith('amzn1.alexa.'))
      problems.push({
        path: `${path}.id`,
        message: `${value.id} is the skill at ${other} in another spelling.`,
      })
  }
}

/** Source: RFC 6749 section 3.1.2. Which schemes a program on a device listens to is its own affair. */
function checkRedirects(client: Placed<CatalogClient>, problems: FormProblem[]): void {
  for (const [index, uri] of (client.value.redirectUris ?? []).entries()) {
    const path = `${client.path}.redirectUris[${index}]`
    if (!URL.canParse(uri)) problems.push({ path, message: 'must be an absolute address.' })
    else if (uri.includes('#')) problems.push({ path, message: 'must not have a fragment.' })
    else if (/^(javascript|data|vbscript):/i.test(uri))
      problems.push({ path, message: 'must not be a script.' })
  }
}

/** What is listed must be possible, and what the client holds already must be of use. */
function checkGrants({ value, path }: Placed<CatalogClient>, problems: FormProblem[]): void {
  const { grants, secret, redirectUris = [], refreshToken } = value
  if (grants === undefined) return
  const tell = (message: string) => problems.push({ path: `${path}.grants`, message })
  if (grants.includes('client_credentials') && secret === undefined)
    tell('has client_credentials, for which the client needs a secret.')
  if (grants.includes('authorization_code') && redirectUris.length === 0)
    tell('has authorization_code, for which the client needs redirectUris.')
  if (refreshToken !== undefined && !grants.includes('refresh_token'))
    tell('lacks refresh_token, and the client has a refreshToken.')
}

function checkRefreshTokens(clients: readonly Placed<CatalogClient>[], problems: FormProblem[]): void {
  const known = new Map<string, string>()
  for (const { value, path } of clients) {
    if (value.refreshToken === undefined) continue
    const tokenPath = `${path}.refreshToken`
    const other = known.get(value.refreshToken)
    if (other) problems.push({ path: tokenPath, message: `is the same as ${other}.` })
    else known.set(value.refreshToken, tokenPath)
  }
}

function findMissingUnits(
  units: readonly PlacedUnit[],
  clients: readonly Placed<CatalogClient>[],
): Placed<UnitId>[] {
  const known = new Set(units.map(({ unit }) => unit.id))
  const missing: Placed<UnitId>[] = []
  for (const client of clients) {
    for (const [index, { unitId }] of (client.value.roles ?? []).entries()) {
      if (!known.has(unitId)) missing.push({ value: unitId, path: `${client.path}.roles[${index}].unitId` })
    }
  }
  return missing
}

/** The skills of delegated links that are not here; those that are here must link accounts. */
function findMissingSkills(
  skills: readonly Placed<CatalogSkill>[],
  links: readonly Placed<CatalogDelegatedLink>[],
  problems: FormProblem[],
): Placed<SkillId>[] {
  const known = new Map(skills.map((skill) => [skill.value.id, skill.value]))
  const missing: Placed<SkillId>[] = []
  for (const link of links) {
    const path = `${link.path}.skillId`
    const skill = known.get(link.value.skillId) ?? known.get(otherSpelling(link.value.skillId))
    if (skill === undefined) missing.push({ value: link.value.skillId, path })
    else if (!skill.accountLinking) problems.push({ path, message: linksNoAccounts(skill.id) })
  }
  return missing
}

/** Said of a delegated link for a skill that does not link accounts. */
export function linksNoAccounts(skillId: SkillId): string {
  return `${skillId} does not link accounts.`
}
