/** Changes of one stored record: a JSON merge patch (RFC 7396) of its form in a catalog file, which is then loaded. */
import type { OperatorCall } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import type { StoredRecord } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { findSubscription } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import { type ClientSecret, patchNames, type RecordKind } from '../../protocol/catalog/record-patch.ts'
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import {
  clientDocument,
  organizationDocument,
  personDocument,
  skillDocument,
  withPlacedRoles,
} from './catalog-document.ts'
import { getSkill } from './get-skill.ts'
import { loadCatalog } from './load-catalog.ts'
import { findOrganization } from './read-catalog.ts'

/** The maximum number of attempts: another request may change the record between the read and the write. */
const triesMax = 5

/**
 * Changes what the patch names, and nothing else; `null` removes. Refuses with NOT_FOUND an unknown record, with INVALID_PARAM a patch
 * that is no object, that names an unknown property or another ID, or after which the record would be invalid; with
 * SERVICE_UNAVAILABLE a record that others change all the time.
 */
export async function changeRecord(
  context: Context,
  kind: RecordKind,
  id: string,
  patch: unknown,
  call: OperatorCall,
): Promise<void> {
  const wanted = readPatch(kind, id, patch)
  for (let tries = 0; tries < triesMax; tries++) {
    const { before, document } = await findRecord(context, kind, id)
    const loaded = await loadCatalog(
      context,
      { [kind]: [mergePatch(document, wanted)] },
      call,
      'record',
      before,
    )
    if (loaded !== 'changed meanwhile') return
  }
  throw refuse('SERVICE_UNAVAILABLE', 'Other requests change the record at the same time.')
}

/**
 * Gives the client a new secret and returns it: it is not shown again. The former one is invalid at once. A public client becomes
 * confidential. Refuses with NOT_FOUND an unknown client.
 */
export async function renewSecret(context: Context, id: string, call: OperatorCall): Promise<ClientSecret> {
  const secret = context.secrets.random(32)
  await changeRecord(context, 'clients', id, { secret }, call)
  return { id, secret }
}

function readPatch(kind: RecordKind, id: string, patch: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(patch)) throw refuse('INVALID_PARAM', 'The request body must be an object.')
  const { id: named = id, ...wanted } = patch
  if (named !== id)
    throw refuse('INVALID_PARAM', 'id is invalid: it is not that of the address. An ID never changes.')
  const known = patchNames(kind)
  const unknown = Object.keys(wanted).find((name) => !known.includes(name))
  // The text of the name is the caller's.
  if (unknown !== undefined)
    throw refuse('INVALID_PARAM', `A property is unknown. Known: ${known.join(', ')}.`)
  return wanted
}

interface Found {
  readonly before: StoredRecord
  readonly document: object
}

async function findRecord(context: Context, kind: RecordKind, id: string): Promise<Found> {
  const { catalog } = context.storage
  // Another node may have changed it since it was kept in memory.
  catalog.forgetAll()
  switch (kind) {
    case 'organizations':
      return organization(await findOrganization(context, id as UnitId))
    case 'skills': {
      const skill = await getSkill(context, id as SkillId)
      if (findSubscription(skill.id) !== undefined)
        throw refuse('INVALID_PARAM', `${skill.id} is pre-defined: it is the same everywhere.`)
      return { before: { kind: 'skill', value: skill }, document: skillDocument(skill) }
    }
    case 'clients': {
      const client = await catalog.findClient(id)
      if (client === undefined) throw refuse('NOT_FOUND', `The client ${id} can't be found.`)
      const placed = await withPlacedRoles(catalog, client)
      return { before: { kind: 'client', value: client }, document: clientDocument(placed) }
    }
    case 'people': {
      const person = await catalog.findPerson(id as PrincipalId)
      if (person === undefined) throw refuse('NOT_FOUND', `The person ${id} can't be found.`)
      const placed = await withPlacedRoles(catalog, person)
      return { before: { kind: 'person', value: person }, document: personDocument(placed) }
    }
  }
}

function organization(unit: Unit): Found {
  return { before: { kind: 'unit', value: unit }, document: organizationDocument(unit) }
}

/** Source: RFC 7396, section 2. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [name, value] of Object.entries(patch))
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  return Object.fromEntries(merged)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
