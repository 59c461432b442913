/** The stored catalog in the form of a catalog file, with `{"stored": true}` in the place of each secret. */
import type { Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { CatalogStorage } from '../../model/ports/storage.ts'
import type { Person } from '../../model/principals/person.ts'
import { refuse } from '../../model/refusal.ts'
import type { AccountLinking, Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'
import type {
  Catalog,
  AccountLinking as CatalogAccountLinking,
  CatalogClient,
  CatalogOrganization,
  CatalogPerson,
  CatalogSkill,
  CatalogUnit,
} from '../../protocol/catalog.ts'
import type { FormProblem } from '../../protocol/form-problems.ts'
import { noStoredSecret } from './catalog-records.ts'
import type { CatalogContent } from './check-catalog.ts'
import type { Placed } from './read-organizations.ts'

/** The maximum number of records in one document: more do not fit into a request that loads it again. */
export const documentRecordsMax = 100_000
const recordsPerLook = 1000

const stored = { stored: true } as const

/**
 * Returns the whole catalog, without the pre-defined skills and without tokens, which loading never removes. The roles are those that
 * the catalog lists. Refuses with INVALID_PARAM a catalog of more than 100,000 records.
 */
export async function readCatalogDocument({ storage }: Context): Promise<Catalog> {
  const { catalog, rooms } = storage
  const room = { left: documentRecordsMax }
  const clients = await readAll<Client>(room, (after, limit) => catalog.listClients(after?.id ?? '', limit))
  const people = await readAll<Person>(room, (after, limit) => catalog.listPeople(after?.id ?? '', limit))
  const skills = await readAll<Skill>(room, (after, limit) => catalog.listSkills(after?.id ?? '', limit))
  const roots = await readAll<Unit>(room, (after, limit) => catalog.listOrganizations(after?.id ?? '', limit))
  const organizations: CatalogOrganization[] = []
  for (const root of roots) {
    const units = await readAll<Unit>(room, (after, limit) =>
      rooms.listUnits({ root, isWhole: true, after: after?.path ?? '' }, limit),
    )
    const below = treeOf(units, root)
    organizations.push({ ...organizationDocument(root), ...(below.length > 0 && { units: below }) })
  }
  const placed = async <One extends Client | Person>(all: readonly One[]) =>
    Promise.all(all.map((one) => withPlacedRoles(catalog, one)))
  return {
    organizations,
    skills: skills.map(skillDocument),
    clients: (await placed(clients)).map(clientDocument),
    people: (await placed(people)).map(personDocument),
  }
}

/** Leaves out the roles on units that were removed: the record still lists them, and no catalog can. */
export async function withPlacedRoles<One extends Client | Person>(
  catalog: Pick<CatalogStorage, 'findUnits'>,
  record: One,
): Promise<One> {
  const units = await catalog.findUnits([...new Set(record.roles.map(({ unitId }) => unitId))])
  const known = new Set(units.map(({ id }) => id))
  const roles = record.roles.filter(({ unitId }) => known.has(unitId))
  return roles.length === record.roles.length ? record : { ...record, roles }
}

async function readAll<Item>(
  room: { left: number },
  read: (after: Item | undefined, limit: number) => Promise<Item[]>,
): Promise<Item[]> {
  const items: Item[] = []
  for (;;) {
    const page = await read(items.at(-1), recordsPerLook)
    items.push(...page)
    room.left -= page.length
    if (room.left < 0) throw refuse('INVALID_PARAM', tooLargeMessage)
    if (page.length < recordsPerLook) return items
  }
}

const tooLargeMessage = `The catalog has more than ${documentRecordsMax.toLocaleString('en')} records. \`skillkeeper export\` copies a storage of any size.`

/** Returns the units below the root. `units`: each before the units below it. */
function treeOf(units: readonly Unit[], root: Unit): CatalogUnit[] {
  const below = new Map<string, CatalogUnit[]>([[root.id, []]])
  const nodes = new Map<string, CatalogUnit>()
  for (const { id, name, parentId } of units) {
    if (parentId === undefined) continue
    const node: CatalogUnit = { id, name }
    nodes.set(id, node)
    const siblings = below.get(parentId)
    if (siblings) siblings.push(node)
    else {
      const first = [node]
      below.set(parentId, first)
      const parent = nodes.get(parentId)
      if (parent) parent.units = first
    }
  }
  return below.get(root.id) ?? []
}

export function organizationDocument(unit: Unit): CatalogOrganization {
  const { id, name, solution, country, requiresSubscription } = unit
  return { id, name, solution, country, ...(requiresSubscription && { requiresSubscription }) }
}

export function skillDocument({ id, name, stages, accountLinking }: Skill): CatalogSkill {
  if (accountLinking === undefined) return { id, name, stages: [...stages] }
  const { sealedClientSecret: _, scopes, ...linking } = accountLinking
  return {
    id,
    name,
    stages: [...stages],
    accountLinking: { ...linking, clientSecret: stored, ...(scopes && { scopes: [...scopes] }) },
  }
}

export function clientDocument({ id, name, secretHash, redirectUris, roles, grants }: Client): CatalogClient {
  return {
    id,
    name,
    ...(secretHash !== undefined && { secret: stored }),
    ...(redirectUris.length > 0 && { redirectUris: [...redirectUris] }),
    ...(roles.length > 0 && { roles: [...roles] }),
    ...(grants !== undefined && { grants: [...grants] }),
  }
}

export function personDocument({ id, name, email, passphraseHash, subject, roles }: Person): CatalogPerson {
  return {
    id,
    name,
    ...(email !== undefined && { email }),
    ...(passphraseHash !== undefined && { passphraseHash: stored }),
    ...(subject !== undefined && { subject }),
    ...(roles.length > 0 && { roles: [...roles] }),
  }
}

/** Whoever changes where a secret goes must know it: nobody learns a stored one by sending it to himself. */
function goesWhereItWent(linking: CatalogAccountLinking, known: AccountLinking): boolean {
  const { accessTokenUri, revocationUri } = linking
  return accessTokenUri === known.accessTokenUri && [undefined, known.revocationUri].includes(revocationUri)
}

/**
 * Returns the places where a secret shall stay as it is stored although none is, or although the addresses that it goes to are
 * others.
 */
export async function missingSecrets(
  { storage: { catalog } }: Context,
  content: CatalogContent,
): Promise<FormProblem[]> {
  const problems: FormProblem[] = []
  const check = async <Value>(
    records: readonly Placed<Value>[],
    name: string,
    secretOf: (value: Value) => unknown,
    find: (value: Value) => Promise<unknown>,
  ) => {
    for (const { value, path } of records)
      if (typeof secretOf(value) === 'object' && (await find(value)) === undefined)
        problems.push({ path: `${path}.${name}`, message: noStoredSecret })
  }
  await check(
    content.skills,
    'accountLinking.clientSecret',
    ({ accountLinking }) => accountLinking?.clientSecret,
    async ({ id, accountLinking }) => {
      const known = (await catalog.findSkill(id))?.accountLinking
      return known && accountLinking && goesWhereItWent(accountLinking, known) ? known : undefined
    },
  )
  await check(
    content.clients,
    'secret',
    ({ secret }) => secret,
    async ({ id }) => (await catalog.findClient(id))?.secretHash,
  )
  await check(
    content.people,
    'passphraseHash',
    ({ passphraseHash }) => passphraseHash,
    async ({ id }) => (await catalog.findPerson(id))?.passphraseHash,
  )
  return problems
}
