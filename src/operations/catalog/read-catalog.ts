/** The catalog for the operator: pages by ID, without secrets. */
import { allowedGrants, type Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Person } from '../../model/principals/person.ts'
import { type HeldRoles, holdsAt } from '../../model/principals/role.ts'
import { refuse } from '../../model/refusal.ts'
import type { Skill } from '../../model/skill.ts'
import { findSubscription, subscriptions } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import { accountOf } from '../../model/user-id.ts'
import type { PrincipalId, SkillId, UnitId } from '../../protocol/identifiers.ts'
import type {
  AssignedRole,
  ClientView,
  OrganizationView,
  PageQuery,
  PersonView,
  SkillView,
  UnitView,
} from '../../protocol/operator.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { getSkill } from './get-skill.ts'
import { pageOf } from './page-of.ts'

export function listOrganizations({ storage }: Context, query: PageQuery): Promise<Page<OrganizationView>> {
  return pageOf(
    query,
    (limit) => storage.catalog.listOrganizations(query.after ?? '', limit),
    organizationView,
  )
}

/** Refuses with NOT_FOUND an unknown ID, and a unit that is not an organization. */
export async function getOrganization(context: Context, id: UnitId): Promise<OrganizationView> {
  return organizationView(await findOrganization(context, id))
}

/** Returns the unit, which may be an organization. Refuses with NOT_FOUND an unknown unit. */
export async function getCatalogUnit({ storage }: Context, id: UnitId): Promise<UnitView> {
  const unit = await storage.catalog.findUnit(id)
  if (unit === undefined) throw refuse('NOT_FOUND', `The unit ${id} can't be found.`, { reason: 'unit' })
  return unitView(unit)
}

/** Includes the pre-defined skills. */
export function listSkills({ storage }: Context, query: PageQuery): Promise<Page<SkillView>> {
  const { after = '' } = query
  const predefined = subscriptions.map(({ skill }) => skill).filter(({ id }) => id > after)
  return pageOf(
    query,
    async (limit) =>
      [...(await storage.catalog.listSkills(after, limit)), ...predefined].sort(byId).slice(0, limit),
    skillView,
  )
}

/** Refuses with NOT_FOUND an unknown skill. */
export async function showSkill(context: Context, id: SkillId): Promise<SkillView> {
  return skillView(await getSkill(context, id))
}

export async function listClients(context: Context, query: PageQuery): Promise<Page<ClientView>> {
  const { catalog } = context.storage
  return pageOf(
    query,
    (limit) => catalog.listClients(query.after ?? '', limit),
    (client) => clientView(context, client),
  )
}

/** Refuses with NOT_FOUND an unknown client. */
export async function getClient(context: Context, id: string): Promise<ClientView> {
  const client = await context.storage.catalog.findClient(id)
  if (client === undefined) throw refuse('NOT_FOUND', `The client ${id} can't be found.`)
  return clientView(context, client)
}

export async function listPeople(context: Context, query: PageQuery): Promise<Page<PersonView>> {
  const { catalog } = context.storage
  return pageOf(
    query,
    (limit) => catalog.listPeople(query.after ?? '', limit),
    (person) => personView(context, person),
  )
}

/** Refuses with NOT_FOUND an unknown person. */
export async function getPerson(context: Context, id: PrincipalId): Promise<PersonView> {
  const person = await context.storage.catalog.findPerson(id)
  if (person === undefined) throw refuse('NOT_FOUND', `The person ${id} can't be found.`)
  return personView(context, person)
}

/** Returns the organization as a unit. Refuses with NOT_FOUND an unknown ID, and a unit that is not an organization. */
export async function findOrganization({ storage }: Context, id: UnitId): Promise<Unit> {
  const unit = await storage.catalog.findUnit(id)
  if (unit?.level !== 0) throw refuse('NOT_FOUND', `The organization ${id} can't be found.`)
  return unit
}

function byId(one: Skill, other: Skill): number {
  return one.id < other.id ? -1 : 1
}

function organizationView(organization: Unit): OrganizationView {
  const { id, name, solution, country, requiresSubscription } = organization
  return { id, name, solution, country, requiresSubscription }
}

/** Returns the unit as the operator's API and the reading of rooms send it. */
export function unitView({ id, name, organizationId, parentId, level }: Unit): UnitView {
  return { id, name, organizationId, ...(parentId && { parentId }), level }
}

function skillView({ id, name, stages, accountLinking }: Skill): SkillView {
  const own = { id, name, stages: [...stages] }
  if (findSubscription(id) !== undefined) return { ...own, isPredefined: true }
  if (accountLinking === undefined) return own
  const { sealedClientSecret, scopes, ...linking } = accountLinking
  return {
    ...own,
    accountLinking: {
      ...linking,
      hasClientSecret: sealedClientSecret !== '',
      ...(scopes !== undefined && { scopes: [...scopes] }),
    },
  }
}

async function clientView(context: Context, client: Client): Promise<ClientView> {
  const { id, name, secretHash, isDemo, redirectUris } = client
  const principalId = accountOf(context, id)
  return {
    id,
    principalId,
    name,
    hasSecret: secretHash !== undefined,
    isDemo,
    redirectUris: [...redirectUris],
    roles: assignedRoles(context, await context.storage.roles.held(principalId)),
    grants: [...allowedGrants(client)],
  }
}

async function personView(context: Context, person: Person): Promise<PersonView> {
  const { id, name, email, passphraseHash, subject } = person
  return {
    id,
    name,
    ...(email !== undefined && { email }),
    hasPassphrase: passphraseHash !== undefined,
    ...(subject !== undefined && { subject }),
    roles: assignedRoles(context, await context.storage.roles.held(id)),
  }
}

function assignedRoles(context: Context, { assignments }: HeldRoles): AssignedRole[] {
  const now = context.now()
  return assignments
    .filter((assignment) => holdsAt(assignment, now))
    .map(({ unitId, role, propagate, expiresAt }) => ({
      unitId,
      role,
      ...(!propagate && { propagate }),
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    }))
}
