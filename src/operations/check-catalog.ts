/**
 * Reads a catalog that was parsed from JSON and finds everything that is wrong with it by itself. What takes a look
 * into storage, such as whether a unit has moved, is the affair of load-catalog.ts.
 */
import { levelsMax, pathBelow, type Unit } from '../model/unit.ts'
import {
  CatalogClient,
  type CatalogDelegatedLink,
  CatalogItself,
  type CatalogOrganization,
  CatalogOrganizationItself,
  CatalogSkill,
  CatalogUnitItself,
} from '../protocol/catalog.ts'
import { type FormProblem, hasForm } from '../protocol/form-problems.ts'
import type { SkillId, UnitId } from '../protocol/identifiers.ts'

/** What a catalog says, flat, each record with its place in the file. */
export interface CatalogContent {
  /** Organizations and units, parents before children. */
  readonly units: readonly PlacedUnit[]
  readonly skills: readonly Placed<CatalogSkill>[]
  readonly clients: readonly Placed<CatalogClient>[]
  readonly delegatedLinks: readonly (Placed<CatalogDelegatedLink> & { readonly organizationId: UnitId })[]
}

interface Placed<Value> {
  readonly value: Value
  readonly path: string
}

/** Why an address cannot be that of a token server, or nothing. */
type UriFault = (uri: string) => string | undefined

/** The path of a unit is made only when it is needed: there may be very many of them. */
export interface PlacedUnit {
  readonly unit: Unit
  path(): string
}

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
  const outer = hasForm(CatalogItself, catalog, '', problems) ? catalog : {}
  const { units, delegatedLinks } = readOrganizations(outer.organizations ?? [], problems)
  const skills = readRecords(isSkill, outer.skills ?? [], 'skills', problems)
  const clients = readRecords(isClient, outer.clients ?? [], 'clients', problems)
  for (const skill of skills) checkLinking(skill, uriFault, problems)
  for (const client of clients) checkRedirects(client, problems)
  checkRefreshTokens(clients, problems)
  return {
    content: { units, skills, clients, delegatedLinks },
    problems,
    missingUnits: findMissingUnits(units, clients),
    missingSkills: findMissingSkills(skills, delegatedLinks, problems),
  }
}

function readOrganizations(organizations: readonly unknown[], problems: FormProblem[]) {
  const units: PlacedUnit[] = []
  const delegatedLinks: (Placed<CatalogDelegatedLink> & { organizationId: UnitId })[] = []
  const known = new Map<UnitId, PlacedUnit>()
  for (const [index, organization] of organizations.entries()) {
    const path = `organizations[${index}]`
    if (!hasForm(CatalogOrganizationItself, organization, path, problems)) continue
    const root = placeOrganization(organization, path)
    readUnits(root, organization.units ?? [], known, units, problems)
    const linked = new Set<SkillId>()
    for (const [at, value] of (organization.delegatedLinks ?? []).entries()) {
      const linkPath = `${path}.delegatedLinks[${at}]`
      if (linked.has(value.skillId))
        problems.push({ path: linkPath, message: `${value.skillId} is there twice.` })
      linked.add(value.skillId)
      delegatedLinks.push({ value, path: linkPath, organizationId: organization.id })
    }
  }
  return { units, delegatedLinks }
}

function placeOrganization(organization: Omit<CatalogOrganization, 'units'>, path: string): PlacedUnit {
  const { id, name, solution, country } = organization
  return {
    unit: {
      id,
      organizationId: id,
      parentId: undefined,
      level: 0,
      path: pathBelow('', id),
      name,
      solution,
      country,
    },
    path: () => path,
  }
}

/** A unit of which only the place is known. */
interface Waiting {
  readonly parent: PlacedUnit
  readonly index: number
  readonly value: unknown
}

/** Walks the tree with a list of what waits instead of recursion: a file may be nested deeper than calls can be. */
function readUnits(
  root: PlacedUnit,
  children: readonly unknown[],
  known: Map<UnitId, PlacedUnit>,
  units: PlacedUnit[],
  problems: FormProblem[],
): void {
  const waiting: Waiting[] = []
  const take = (placed: PlacedUnit, below: readonly unknown[]) => {
    const other = known.get(placed.unit.id)
    if (other) {
      problems.push({ path: `${placed.path()}.id`, message: `${placed.unit.id} is also at ${other.path()}.` })
      return
    }
    known.set(placed.unit.id, placed)
    units.push(placed)
    if (below.length > 0 && placed.unit.level === levelsMax) {
      const message = `is too deep: at most ${levelsMax} levels of units stand below an organization.`
      problems.push({ path: `${placed.path()}.units`, message })
      return
    }
    for (let index = below.length - 1; index >= 0; index--) {
      waiting.push({ parent: placed, index, value: below[index] })
    }
  }

  take(root, children)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { parent, index, value } = next
    const path = () => `${parent.path()}.units[${index}]`
    // The path is made for a bad unit only.
    if (!hasForm(CatalogUnitItself, value, '', [])) {
      hasForm(CatalogUnitItself, value, path(), problems)
      continue
    }
    take({ unit: unitBelow(parent.unit, value), path }, value.units ?? [])
  }
}

function unitBelow(parent: Unit, value: { readonly id: UnitId; readonly name: string }): Unit {
  const { organizationId, solution, country } = parent
  return {
    id: value.id,
    organizationId,
    parentId: parent.id,
    level: parent.level + 1,
    path: pathBelow(parent.path, value.id),
    name: value.name,
    solution,
    country,
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
  return hasForm(CatalogSkill, value, path, problems)
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
    const skill = known.get(link.value.skillId)
    if (skill === undefined) missing.push({ value: link.value.skillId, path })
    else if (!skill.accountLinking) problems.push({ path, message: linksNoAccounts(skill.id) })
  }
  return missing
}

/** Said of a delegated link for a skill that does not link accounts. */
export function linksNoAccounts(skillId: SkillId): string {
  return `${skillId} does not link accounts.`
}
