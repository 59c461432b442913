/**
 * Loads a catalog: checks all of it, by itself and against storage, and then writes the differences. Adds or updates by
 * ID, never deletes. A start with an unchanged catalog file writes nothing.
 */
import type { OperatorCall } from '../../model/access.ts'
import { type LoggedChange, recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { CatalogChange, CatalogStorage, StoredRecord } from '../../model/ports/storage.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import type { Unit } from '../../model/unit.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { FormProblem } from '../../protocol/form-problems.ts'
import type { CatalogDifference } from './catalog-differences.ts'
import { missingSecrets } from './catalog-document.ts'
import { type CatalogRecord, type CatalogSource, recordsToWrite } from './catalog-records.ts'
import { removeEmbedded } from './change-catalog.ts'
import { type CatalogCheck, type CatalogContent, checkCatalog, linksNoAccounts } from './check-catalog.ts'
import { findSkill } from './get-skill.ts'

/** The counts of records in the catalog, and of those added or changed. */
export interface CatalogCounts {
  readonly organizations: number
  readonly units: number
  readonly skills: number
  readonly clients: number
  readonly people: number
  readonly delegatedLinks: number
  readonly changed: number
}

export interface LoadedCatalog {
  readonly counts: CatalogCounts
  /** The changed records. */
  readonly differences: readonly CatalogDifference[]
}

/** The maximum number of records in one write, and of IDs in one query. */
const chunkSize = 1000
/** The maximum number of records that a log entry names. */
const recordsTold = 20
/** The maximum number of reported problems; a systematic mistake causes one for each record. */
const problemsShown = 100

/**
 * Refuses with INVALID_PARAM a catalog with problems, lists them in one message, a line each, and writes nothing. More
 * than 1,000 records are written in several steps. If one fails, such as for a full disk, the earlier ones stay, and
 * loading again completes the catalog.
 */
export async function loadCatalog(
  context: Context,
  catalog: unknown,
  call: OperatorCall,
  source: CatalogSource,
  unchanged?: undefined,
): Promise<LoadedCatalog>
/** Does the same only if the record is still stored as given. */
export async function loadCatalog(
  context: Context,
  catalog: unknown,
  call: OperatorCall,
  source: 'record',
  unchanged: StoredRecord,
): Promise<LoadedCatalog | 'changed meanwhile'>
export async function loadCatalog(
  context: Context,
  catalog: unknown,
  call: OperatorCall,
  source: CatalogSource,
  unchanged: StoredRecord | undefined,
): Promise<LoadedCatalog | 'changed meanwhile'> {
  const check = checkCatalog(catalog, (uri) => context.tokenServers.check(uri))
  if (check.problems.length > 0) throw refuseCatalog(check.problems, source)
  const { content } = check
  // A secret that stays is that of now, and not one that another node has replaced.
  if (unchanged === undefined) context.storage.catalog.forgetAll()
  const stored = await findStoredUnits(context.storage.catalog, content)
  const problems = [...movedUnits(content, stored), ...(await unknownReferences(context, check))]
  if (problems.length > 0) throw refuseCatalog(problems, source)

  const records = await recordsToWrite(context, content, stored, source)
  for (let start = 0; start < records.length; start += chunkSize) {
    const chunk = records.slice(start, start + chunkSize)
    const isPut = await context.storage.catalog.put(
      { ...toChange(chunk), ...(unchanged && { unchanged }) },
      recorded(stampFor(context, call), loggedChange(chunk, source)),
    )
    if (!isPut) return 'changed meanwhile'
  }
  if (source === 'start' || (source === 'operator' && content.clients.length > 0))
    await removeEmbedded(context, call)
  // A delegated link may have replaced another, whose tokens must be destroyed.
  if (content.delegatedLinks.length > 0) context.workIsDue(context.now())
  const organizations = content.units.filter(({ unit }) => unit.level === 0).length
  const counts = {
    organizations,
    units: content.units.length - organizations,
    skills: content.skills.length,
    clients: content.clients.length,
    people: content.people.length,
    delegatedLinks: content.delegatedLinks.length,
    changed: records.length,
  }
  return { counts, differences: records.map(({ kind, id, fields }) => ({ kind, id, fields })) }
}

function refuseCatalog(problems: readonly FormProblem[], source: CatalogSource): Refusal {
  const what = source === 'record' ? 'record' : 'catalog'
  const lines = problems
    .slice(0, problemsShown)
    // The only record of its list is the whole of what is told.
    .map((problem) => problemLine(what === 'record' ? withoutPlace(problem) : problem, `The ${what}`))
  if (problems.length > problemsShown) lines.push(`… and ${problems.length - problemsShown} more.`)
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  return refuse('INVALID_PARAM', `The ${what} has ${count}:\n${lines.join('\n')}`)
}

/** Formats a problem as a line for people. */
export function problemLine(problem: FormProblem, whole = 'The catalog'): string {
  return `${problem.path === '' ? whole : problem.path} ${problem.message}`
}

function withoutPlace({ path, message }: FormProblem): FormProblem {
  return { path: path.replace(/^\w+\[0\]\.?/, ''), message }
}

async function findStoredUnits(catalog: CatalogStorage, content: CatalogContent): Promise<Map<string, Unit>> {
  const stored = new Map<string, Unit>()
  for (let start = 0; start < content.units.length; start += chunkSize) {
    const ids = content.units.slice(start, start + chunkSize).map(({ unit }) => unit.id)
    for (const unit of await catalog.findUnits(ids)) stored.set(unit.id, unit)
  }
  return stored
}

function movedUnits(content: CatalogContent, stored: ReadonlyMap<string, Unit>): FormProblem[] {
  const problems: FormProblem[] = []
  for (const { unit, path } of content.units) {
    const known = stored.get(unit.id)
    if (known === undefined || known.parentId === unit.parentId) continue
    const place =
      known.parentId === undefined ? 'is already an organization' : `is already below ${known.parentId}`
    problems.push({ path: `${path()}.id`, message: `${unit.id} ${place}, and units cannot move.` })
  }
  return problems
}

async function unknownReferences(context: Context, check: CatalogCheck): Promise<FormProblem[]> {
  const problems: FormProblem[] = []
  for (let start = 0; start < check.missingUnits.length; start += chunkSize) {
    const chunk = check.missingUnits.slice(start, start + chunkSize)
    const found = await context.storage.catalog.findUnits(chunk.map(({ value }) => value))
    const known = new Set(found.map((unit) => unit.id))
    for (const { value, path } of chunk) {
      if (!known.has(value)) problems.push({ path, message: `There is no unit ${value}.` })
    }
  }
  for (const { value, path } of check.content.skills) {
    const stored = await findSkill(context, value.id)
    if (stored !== undefined && stored.id !== value.id) {
      const message = `${value.id} is the skill ${stored.id} in another spelling.`
      problems.push({ path: `${path}.id`, message })
    }
  }
  for (const { value, path } of check.missingSkills) {
    const skill = await findSkill(context, value)
    if (skill === undefined) problems.push({ path, message: `There is no skill ${value}.` })
    else if (skill.accountLinking === undefined) problems.push({ path, message: linksNoAccounts(value) })
  }
  for (const { value, path } of check.missingPeople) {
    if ((await context.storage.catalog.findPerson(value)) === undefined)
      problems.push({ path, message: `There is no person ${value}.` })
  }
  return [
    ...problems,
    ...(await sharedMarks(context, check)),
    ...(await missingSecrets(context, check.content)),
  ]
}

/** Returns the addresses and subjects of the catalog that already belong to a stored person. */
async function sharedMarks({ storage }: Context, { content }: CatalogCheck): Promise<FormProblem[]> {
  const problems: FormProblem[] = []
  const here = new Map(content.people.map(({ value }) => [value.id, value]))
  for (const { value, path } of content.people) {
    const { id, email, subject } = value
    const byEmail = email === undefined ? undefined : await storage.catalog.findPersonByEmail(email)
    const bySubject = subject === undefined ? undefined : await storage.catalog.findPersonBySubject(subject)
    for (const [name, other] of [['email', byEmail] as const, ['subject', bySubject] as const]) {
      // Who is in this catalog, too, may give it up by it.
      if (other === undefined || other.id === id || here.has(other.id)) continue
      problems.push({ path: `${path}.${name}`, message: `is that of ${other.id} already.` })
    }
  }
  return problems
}

function toChange(records: readonly CatalogRecord[]): CatalogChange {
  const roles = records.flatMap((record) => ('roles' in record ? [record.roles] : []))
  return {
    assignments: roles.flatMap(({ given }) => given),
    revocations: roles.flatMap(({ taken }) => taken),
    people: records.flatMap((record) => (record.kind === 'person' ? [record.value] : [])),
    units: records.flatMap((record) => (record.kind === 'unit' ? [record.value] : [])),
    skills: records.flatMap((record) => (record.kind === 'skill' ? [record.value] : [])),
    clients: records.flatMap((record) => (record.kind === 'client' ? [record.value] : [])),
    refreshTokens: records.flatMap((record) => (record.kind === 'refreshToken' ? [record.value] : [])),
    delegatedLinks: records.flatMap((record) => (record.kind === 'delegatedLink' ? [record.value] : [])),
  }
}

/**
 * Returns the log entry of a change: the counts of each kind and, while the list is short, the records with their
 * changed properties.
 */
function loggedChange(records: readonly CatalogRecord[], source: CatalogSource): LoggedChange {
  const counts: Record<string, number> = {}
  for (const { kind } of records) counts[kind] = (counts[kind] ?? 0) + 1
  const told = records.slice(0, recordsTold)
  const changed = told.flatMap(({ id, fields }) => (fields?.length ? [{ id, fields }] : []))
  return {
    operation: 'catalog',
    detail: {
      change: 'put',
      counts,
      ids: told.map(({ id }) => id),
      ...(changed.length > 0 && { changed }),
      ...(source !== 'operator' && source !== 'record' && { source }),
      ...(records.length > told.length && { more: records.length - told.length }),
    },
  }
}
