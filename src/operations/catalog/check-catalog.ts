/**
 * Finds every mistake in a catalog itself. load-catalog.ts makes the checks against storage, such as whether a unit has
 * moved.
 */
import { consoleClient } from '../../model/console/console-client.ts'
import { otherSpelling } from '../../model/skill.ts'
import { findSubscription } from '../../model/subscription.ts'
import { CatalogClient, CatalogItself, type CatalogPerson, CatalogSkill } from '../../protocol/catalog.ts'
import { type FormProblem, hasForm } from '../../protocol/form-problems.ts'
import { type PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import { checkPeople, findMissingPeople, isPerson } from './check-people.ts'
import {
  fieldIn,
  listIn,
  type Placed,
  type PlacedLink,
  type PlacedUnit,
  readOrganizations,
  textIn,
} from './read-organizations.ts'

/** The records of a catalog as flat lists, each with its place in the file. */
export interface CatalogContent {
  /** Organizations and units, parents before children. */
  readonly units: readonly PlacedUnit[]
  readonly skills: readonly Placed<CatalogSkill>[]
  readonly clients: readonly Placed<CatalogClient>[]
  readonly people: readonly Placed<CatalogPerson>[]
  readonly delegatedLinks: readonly PlacedLink[]
}

/** Returns why an address cannot be that of a token server, or `undefined`. */
type UriFault = (uri: string) => string | undefined

export interface CatalogCheck {
  readonly content: CatalogContent
  /** All mistakes; if there are any, the content is incomplete. */
  readonly problems: readonly FormProblem[]
  /** References to records that the catalog does not contain: they must be in storage. */
  readonly missingUnits: readonly Placed<UnitId>[]
  readonly missingSkills: readonly Placed<SkillId>[]
  readonly missingPeople: readonly Placed<PrincipalId>[]
}

/** A record of a list, not yet checked, with its place in the file. */
type AnyRecord = Placed<unknown>

/** Checks the catalog. No problem quotes a value that may be a secret. */
export function checkCatalog(catalog: unknown, uriFault: UriFault): CatalogCheck {
  const problems: FormProblem[] = []
  hasForm(CatalogItself, catalog, '', problems)
  const organizations = readOrganizations(listIn(catalog, 'organizations'), problems)
  const skills = recordsIn(catalog, 'skills')
  const goodSkills = withForm(isSkill, skills, problems)
  const clients = recordsIn(catalog, 'clients')
  const goodClients = withForm(isClient, clients, problems)
  const people = recordsIn(catalog, 'people')
  const goodPeople = withForm(isPerson, people, problems)
  // An invalid record still gets all other checks, so that all mistakes are reported at once.
  for (const records of [skills, clients, people]) checkIds(records, problems)
  checkSpellings(skills, problems)
  for (const skill of skills) checkLinking(skill, uriFault, problems)
  for (const client of clients) {
    checkIsFree(client, problems)
    checkRedirects(client, problems)
    checkGrants(client, problems)
  }
  checkRefreshTokens(clients, problems)
  checkPeople(people, problems)
  const missingUnits = findMissingUnits(organizations.unitIds, [...clients, ...people])
  const missingSkills = findMissingSkills(skills, organizations.linkedSkills, problems)
  const { units, delegatedLinks } = organizations
  return {
    content: { units, skills: goodSkills, clients: goodClients, people: goodPeople, delegatedLinks },
    problems,
    missingUnits,
    missingSkills,
    missingPeople: findMissingPeople(people, clients),
  }
}

function recordsIn(catalog: unknown, list: string): AnyRecord[] {
  return listIn(catalog, list).map((value, index) => ({ value, path: `${list}[${index}]` }))
}

function withForm<Value>(
  isRecord: (value: unknown, path: string, problems: FormProblem[]) => value is Value,
  records: readonly AnyRecord[],
  problems: FormProblem[],
): Placed<Value>[] {
  return records.flatMap(({ value, path }) => (isRecord(value, path, problems) ? [{ value, path }] : []))
}

function isSkill(value: unknown, path: string, problems: FormProblem[]): value is CatalogSkill {
  return hasForm(CatalogSkill, value, path, problems)
}

function isClient(value: unknown, path: string, problems: FormProblem[]): value is CatalogClient {
  return hasForm(CatalogClient, value, path, problems)
}

/** Skips addresses whose form is already reported as invalid. */
function addUnlessTold(problem: FormProblem, problems: FormProblem[]): void {
  if (!problems.some(({ path }) => path === problem.path)) problems.push(problem)
}

/** Reports duplicate IDs, and those of pre-defined records. */
function checkIds(records: readonly AnyRecord[], problems: FormProblem[]): void {
  const places = new Map<string, string>()
  for (const { value, path } of records) {
    const id = textIn(value, 'id')
    if (id === undefined) continue
    const other = places.get(id)
    if (other !== undefined) problems.push({ path: `${path}.id`, message: `${id} is also at ${other}.` })
    else places.set(id, path)
  }
}

function checkSpellings(skills: readonly AnyRecord[], problems: FormProblem[]): void {
  const places = new Map(skills.map(({ value, path }) => [textIn(value, 'id'), path]))
  for (const { value, path } of skills) {
    const id = textIn(value, 'id')
    if (!isSkillId(id)) continue
    const other = places.get(otherSpelling(id))
    if (findSubscription(id) || findSubscription(otherSpelling(id)))
      problems.push({ path: `${path}.id`, message: `${id} is pre-defined: every catalog has it already.` })
    else if (other !== undefined && id.startsWith('amzn1.alexa.'))
      problems.push({ path: `${path}.id`, message: `${id} is the skill at ${other} in another spelling.` })
  }
}

function checkLinking({ value, path }: AnyRecord, uriFault: UriFault, problems: FormProblem[]): void {
  const linking = fieldIn(value, 'accountLinking')
  for (const name of ['accessTokenUri', 'revocationUri', 'authorizationUri']) {
    const uri = textIn(linking, name)
    const fault = uri === undefined ? undefined : uriFault(uri)
    if (fault !== undefined)
      addUnlessTold({ path: `${path}.accountLinking.${name}`, message: `${fault}.` }, problems)
  }
}

/**
 * The operations log records clients by ID beside operators, so no client may have the name of an operator, nor that of the
 * built-in client.
 */
function checkIsFree({ value, path }: AnyRecord, problems: FormProblem[]): void {
  const id = textIn(value, 'id')
  if (id === consoleClient.id)
    problems.push({ path: `${path}.id`, message: `${id} is reserved: it is the client of the console.` })
  if (id !== undefined && /^operator(:|$)/.test(id))
    problems.push({
      path: `${path}.id`,
      message: `${id} is reserved: it means an operator in the operations log.`,
    })
}

/** Source: RFC 6749 section 3.1.2. A program on a device may use any scheme. */
function checkRedirects(client: AnyRecord, problems: FormProblem[]): void {
  for (const [index, uri] of listIn(client.value, 'redirectUris').entries()) {
    if (typeof uri !== 'string') continue
    const path = `${client.path}.redirectUris[${index}]`
    const message = redirectFault(uri)
    if (message !== undefined) addUnlessTold({ path, message }, problems)
  }
}

function redirectFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'must be an absolute address.'
  if (uri.includes('#')) return 'must not have a fragment.'
  return /^(javascript|data|vbscript):/i.test(uri) ? 'must not be a script.' : undefined
}

/** Listed grant types must be possible for the client, and must allow the refresh tokens it has. */
function checkGrants({ value, path }: AnyRecord, problems: FormProblem[]): void {
  if (fieldIn(value, 'grants') === undefined) return
  const grants = listIn(value, 'grants')
  const tell = (message: string) => problems.push({ path: `${path}.grants`, message })
  if (grants.includes('client_credentials') && fieldIn(value, 'secret') === undefined)
    tell('has client_credentials, which requires a secret.')
  if (grants.includes('authorization_code') && listIn(value, 'redirectUris').length === 0)
    tell('has authorization_code, which requires redirectUris.')
  if (refreshTokensIn(value).length > 0 && !grants.includes('refresh_token'))
    tell('lacks refresh_token, but the client has a refreshToken.')
}

function checkRefreshTokens(clients: readonly AnyRecord[], problems: FormProblem[]): void {
  const known = new Map<string, string>()
  for (const { value, path } of clients) {
    for (const { refreshToken, place } of refreshTokensIn(value)) {
      const tokenPath = `${path}.${place}`
      const other = known.get(refreshToken)
      if (other) problems.push({ path: tokenPath, message: `is the same as ${other}.` })
      else known.set(refreshToken, tokenPath)
    }
  }
}

/** The refresh tokens of an unchecked client: its own one, and those that people gave it. */
function refreshTokensIn(client: unknown): { readonly refreshToken: string; readonly place: string }[] {
  const own = { value: client, place: 'refreshToken' }
  const ofPeople = listIn(client, 'refreshTokens').map((value, index) => ({
    value,
    place: `refreshTokens[${index}].refreshToken`,
  }))
  return [own, ...ofPeople].flatMap(({ value, place }) => {
    const refreshToken = textIn(value, 'refreshToken')
    return refreshToken === undefined ? [] : [{ refreshToken, place }]
  })
}

function findMissingUnits(known: ReadonlySet<string>, holders: readonly AnyRecord[]): Placed<UnitId>[] {
  return holders.flatMap((holder) =>
    listIn(holder.value, 'roles').flatMap((role, index) => {
      const unitId = textIn(role, 'unitId')
      // An invalid ID is reported elsewhere and cannot be looked up.
      if (!isUnitId(unitId) || known.has(unitId)) return []
      return [{ value: unitId, path: `${holder.path}.roles[${index}].unitId` }]
    }),
  )
}

/**
 * Returns the skills of delegated links that the catalog does not contain; skills that it contains must link accounts.
 */
function findMissingSkills(
  skills: readonly AnyRecord[],
  linkedSkills: readonly Placed<string>[],
  problems: FormProblem[],
): Placed<SkillId>[] {
  const known = new Map(skills.map(({ value }) => [textIn(value, 'id'), value]))
  return linkedSkills.flatMap(({ value: id, path }) => {
    if (!isSkillId(id)) return []
    const skill = known.get(id) ?? known.get(otherSpelling(id))
    if (skill === undefined) return [{ value: id, path }]
    if (fieldIn(skill, 'accountLinking') === undefined) problems.push({ path, message: linksNoAccounts(id) })
    return []
  })
}

function isSkillId(id: unknown): id is SkillId {
  return hasForm(SkillId, id, '', [])
}

function isUnitId(id: unknown): id is UnitId {
  return hasForm(UnitId, id, '', [])
}

/** The message for a delegated link of a skill without account linking. */
export function linksNoAccounts(skillId: SkillId): string {
  return `${skillId} does not link accounts.`
}
