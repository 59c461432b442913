/**
 * Reads the organizations of a catalog and their trees of units as flat lists, each record with its place in the file,
 * and finds mistakes in them.
 */
import { levelsMax, pathBelow, pathLengthMax, type Unit } from '../../model/unit.ts'
import {
  type CatalogDelegatedLink,
  type CatalogOrganization,
  CatalogOrganizationItself,
  CatalogUnitItself,
} from '../../protocol/catalog.ts'
import { type FormProblem, hasForm } from '../../protocol/form-problems.ts'
import type { UnitId } from '../../protocol/identifiers.ts'

/** A record with its place in the file. */
export interface Placed<Value> {
  readonly value: Value
  readonly path: string
}

export interface PlacedLink extends Placed<CatalogDelegatedLink> {
  readonly organizationId: UnitId
}

/** The path of a unit in the file is made on demand: there may be very many units. */
export interface PlacedUnit {
  readonly unit: Unit
  path(): string
}

/** The content of the organizations of a catalog. */
export interface OrganizationsRead {
  /** Organizations and units, parents before children. */
  readonly units: readonly PlacedUnit[]
  readonly delegatedLinks: readonly PlacedLink[]
  /** The skill IDs of all delegated links, including invalid links. */
  readonly linkedSkills: readonly Placed<string>[]
  /** The IDs of all organizations and units, including invalid ones. */
  readonly unitIds: ReadonlySet<string>
}

/** Reports a mistake and reads on, so that one mistake hides no other. */
export function readOrganizations(
  organizations: readonly unknown[],
  problems: FormProblem[],
): OrganizationsRead {
  const units: PlacedUnit[] = []
  const delegatedLinks: PlacedLink[] = []
  const linkedSkills: Placed<string>[] = []
  const known = new Map<string, () => string>()
  for (const [index, value] of organizations.entries()) {
    const path = `organizations[${index}]`
    const isGood = hasForm(CatalogOrganizationItself, value, path, problems)
    const root: Node = { unit: isGood ? rootUnit(value) : undefined, level: 0, path: () => path }
    readUnits(root, value, known, units, problems)
    linkedSkills.push(...readLinkedSkills(value, path, problems))
    if (!isGood) continue
    for (const [at, link] of (value.delegatedLinks ?? []).entries())
      delegatedLinks.push({ value: link, path: linkPath(path, at), organizationId: value.id })
  }
  return { units, delegatedLinks, linkedSkills, unitIds: new Set(known.keys()) }
}

/** Returns the list in an unchecked record; a property that is not a list has been reported. */
export function listIn(record: unknown, name: string): readonly unknown[] {
  const list = fieldIn(record, name)
  return Array.isArray(list) ? list : []
}

/** Returns the text in an unchecked record. */
export function textIn(record: unknown, name: string): string | undefined {
  const text = fieldIn(record, name)
  return typeof text === 'string' ? text : undefined
}

/** Returns a property of an unchecked record. */
export function fieldIn(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined
}

function rootUnit(organization: Omit<CatalogOrganization, 'units'>): Unit {
  const { id, name, solution, country, requiresSubscription = false } = organization
  return {
    id,
    organizationId: id,
    parentId: undefined,
    level: 0,
    path: pathBelow('', id),
    name,
    solution,
    country,
    requiresSubscription,
  }
}

function readLinkedSkills(
  organization: unknown,
  organizationPath: string,
  problems: FormProblem[],
): Placed<string>[] {
  const known = new Set<string>()
  return listIn(organization, 'delegatedLinks').flatMap((link, index) => {
    const path = linkPath(organizationPath, index)
    const skillId = textIn(link, 'skillId')
    if (skillId === undefined) return []
    if (known.has(skillId)) problems.push({ path, message: `${skillId} occurs twice.` })
    known.add(skillId)
    return [{ value: skillId, path: `${path}.skillId` }]
  })
}

function linkPath(organizationPath: string, index: number): string {
  return `${organizationPath}.delegatedLinks[${index}]`
}

/** A place in the tree; without a unit if that unit is invalid. */
interface Node {
  readonly unit: Unit | undefined
  readonly level: number
  path(): string
}

/**
 * Reads the tree of units from its root. Uses a queue instead of recursion, because a file may be nested deeper than
 * the stack allows. Units below an invalid unit are checked, too.
 */
function readUnits(
  root: Node,
  organization: unknown,
  known: Map<string, () => string>,
  units: PlacedUnit[],
  problems: FormProblem[],
): void {
  const waiting: { readonly parent: Node; readonly index: number; readonly value: unknown }[] = []
  const take = (node: Node, value: unknown) => {
    const { unit, level, path } = node
    const id = textIn(value, 'id')
    const other = id === undefined ? undefined : known.get(id)
    if (other) problems.push({ path: `${path()}.id`, message: `${id} is also at ${other()}.` })
    else if (id !== undefined) known.set(id, path)
    if (unit && unit.path.length > pathLengthMax) {
      const message = `is too long together with the IDs above it: at most ${pathLengthMax} characters.`
      problems.push({ path: `${path()}.id`, message })
    } else if (unit && !other) units.push({ unit, path })
    const below = listIn(value, 'units')
    if (below.length > 0 && level === levelsMax) {
      const message = `is too deep: an organization can have at most ${levelsMax} levels of units.`
      problems.push({ path: `${path()}.units`, message })
      return
    }
    for (let index = below.length - 1; index >= 0; index--) {
      waiting.push({ parent: node, index, value: below[index] })
    }
  }

  take(root, organization)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { parent, index, value } = next
    const node = { level: parent.level + 1, path: () => `${parent.path()}.units[${index}]` }
    // Only a bad unit needs its path: there may be very many good ones.
    const isGood = hasForm(CatalogUnitItself, value, '', [])
    if (!isGood) hasForm(CatalogUnitItself, value, node.path(), problems)
    take({ ...node, unit: isGood && parent.unit ? unitBelow(parent.unit, value) : undefined }, value)
  }
}

function unitBelow(parent: Unit, { id, name }: { readonly id: UnitId; readonly name: string }): Unit {
  return {
    ...parent,
    id,
    parentId: parent.id,
    level: parent.level + 1,
    path: pathBelow(parent.path, id),
    name,
  }
}
