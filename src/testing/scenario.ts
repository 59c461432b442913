/** Builds a catalog and names its records, so that a test needs no ID of its own. */
import type { Stage } from '../client/enablement.ts'
import type { LinkedAccount } from './account-link.ts'

/** The size of a `hospital()`. */
export interface HospitalOptions {
  /** 1 unless stated otherwise. */
  readonly wards?: number
  /** 2 unless stated otherwise. */
  readonly roomsPerWard?: number
}

/** The units that a client manages: `ward2` is the second ward with its rooms. */
export type Managed = 'everything' | `ward${number}` | 'nothing'

/** The IDs behind the names of a scenario. */
interface Names {
  readonly skill: string
  readonly account: string
  readonly client: string
}

/**
 * A hospital with wards and rooms, skills, and clients that manage them. Each `with…` returns a new scenario. They throw a
 * `RangeError` for a name that is taken or cannot be part of an ID.
 */
export interface Scenario<Named extends Names = { skill: never; account: never; client: never }> {
  /** A catalog as in a catalog file. `service.world({ catalog })` takes the scenario itself, too. */
  readonly catalog: object
  readonly organization: string
  /** The ID of a ward, counted from 1. Throws a `RangeError` for one that does not exist. */
  ward(number: number): string
  /** The ID of a room, both counted from 1. Throws a `RangeError` for one that does not exist. */
  room(ward: number, room: number): string
  /** The IDs of all rooms, ward after ward. */
  readonly rooms: readonly string[]
  /** The IDs of the skills. */
  readonly skill: Readonly<Record<Named['skill'], string>>
  /** The accounts of linked skills at the world's own token issuer, for `world.accountLink`. */
  readonly account: Readonly<Record<Named['account'], LinkedAccount>>
  /** The IDs of the clients. */
  readonly client: Readonly<Record<Named['client'], string>>
  /** Adds a skill without account linking, in `development` and `live` unless stated otherwise. */
  withSkill<Name extends string>(
    name: Name,
    options?: { readonly stages?: readonly Stage[] },
  ): Scenario<{ skill: Named['skill'] | Name; account: Named['account']; client: Named['client'] }>
  /** Adds a skill that links accounts at the token issuer of the world itself. */
  withLinkedSkill<Name extends string>(
    name: Name,
    options?: { readonly skipOnEnablement?: boolean },
  ): Scenario<{ skill: Named['skill'] | Name; account: Named['account'] | Name; client: Named['client'] }>
  /** Adds a client, which manages everything unless stated otherwise. */
  withClient<Name extends string>(
    name: Name,
    options?: {
      readonly manages?: Managed
      readonly secret?: string
      readonly redirectUris?: readonly string[]
    },
  ): Scenario<{ skill: Named['skill']; account: Named['account']; client: Named['client'] | Name }>
}

interface Parts {
  readonly wards: readonly { readonly id: string; readonly rooms: readonly string[] }[]
  readonly skills: readonly NamedRecord[]
  readonly clients: readonly NamedRecord[]
  readonly accounts: readonly (LinkedAccount & { readonly skill: string })[]
}

interface NamedRecord {
  readonly id: string
  readonly name: string
}

const unitId = (name: string) => `amzn1.alexa.unit.did.${name}`
const organization = unitId('HOSPITAL')
const wardsMax = 1000
const redirectUri = 'http://127.0.0.1/linked'

/** A hospital in the US, with one ward of two rooms unless stated otherwise. Throws a `RangeError` for an invalid size. */
export function hospital({ wards = 1, roomsPerWard = 2 }: HospitalOptions = {}): Scenario {
  for (const size of [wards, roomsPerWard]) {
    if (!Number.isInteger(size) || size < 0 || size > wardsMax)
      throw new RangeError(`A hospital has 0 to ${wardsMax} wards with as many rooms each, not ${size}.`)
  }
  const tree = numbers(wards).map((ward) => ({
    id: unitId(`WARD-${ward}`),
    rooms: numbers(roomsPerWard).map((room) => unitId(`ROOM-${ward}-${room}`)),
  }))
  return scenarioOf({ wards: tree, skills: [], clients: [], accounts: [] })
}

/** The names are known to the types only: they grow with each `with…`. */
function scenarioOf<Named extends Names>(parts: Parts): Scenario<Named> {
  const { wards, skills, clients, accounts } = parts
  const ward = (number: number) => there(wards[number - 1], `ward ${number}`)
  return {
    organization,
    ward: (number) => ward(number).id,
    room: (number, room) => there(ward(number).rooms[room - 1], `room ${room} in ward ${number}`),
    rooms: wards.flatMap(({ rooms }) => rooms),
    skill: byName(skills.map(({ name, id }) => [name, id])),
    client: byName(clients.map(({ name, id }) => [name, id])),
    account: byName(accounts.map(({ skill, clientId }) => [skill, { clientId, redirectUri }])),
    catalog: catalogOf(parts),
    withSkill: (name, { stages = ['development', 'live'] } = {}) =>
      scenarioOf({ ...parts, skills: added(skills, { id: skillId(name), name, stages }) }),
    withLinkedSkill: (name, options = {}) => scenarioOf(linked(parts, name, options)),
    withClient: (name, { manages = 'everything', secret = `secret of ${name}`, redirectUris } = {}) => {
      const managed = managedUnits(manages, (number) => ward(number).id)
      const roles = managed.map((id) => ({ unitId: id, role: 'A4P.UnitAdmin' }))
      const client = { id: clientId(name), name, secret, roles, ...(redirectUris && { redirectUris }) }
      return scenarioOf({ ...parts, clients: added(clients, client) })
    },
  }
}

function linked(parts: Parts, name: string, { skipOnEnablement = false }): Parts {
  const { skills, accounts } = parts
  const clientSecret = `secret of ${name}`
  const account = { skill: name, clientId: accountId(name), redirectUri }
  const accountLinking = {
    accessTokenUri: '/auth/o2/token',
    revocationUri: '/auth/o2/revoke',
    clientId: account.clientId,
    clientSecret,
    authenticationScheme: 'HTTP_BASIC',
    skipOnEnablement,
  }
  const skill = { id: skillId(name), name, stages: ['development', 'live'], accountLinking }
  return { ...parts, skills: added(skills, skill), accounts: [...accounts, account] }
}

function catalogOf({ wards, skills, clients, accounts }: Parts): object {
  const units = wards.map(({ id, rooms }, index) => ({
    id,
    name: `Ward ${index + 1}`,
    units: rooms.map((room, at) => ({ id: room, name: `Room ${at + 1}` })),
  }))
  const accountClients = accounts.map((account) => ({
    id: account.clientId,
    name: `Accounts of ${account.skill}`,
    secret: `secret of ${account.skill}`,
    redirectUris: [redirectUri],
    grants: ['authorization_code', 'refresh_token'],
  }))
  return {
    organizations: [{ id: organization, name: 'Hospital', solution: 'healthcare', country: 'US', units }],
    skills,
    clients: [...clients, ...accountClients],
  }
}

function managedUnits(manages: Managed, ward: (number: number) => string): string[] {
  if (manages === 'nothing') return []
  return manages === 'everything' ? [organization] : [ward(Number(manages.slice('ward'.length)))]
}

/** Throws a `RangeError` if the name is taken, or cannot be part of an ID. */
function added<Added extends NamedRecord>(records: readonly NamedRecord[], record: Added): NamedRecord[] {
  const { name } = record
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(name))
    throw new RangeError(`The name ${JSON.stringify(name)} is invalid: 1 to 50 letters, digits, _ and -.`)
  if (records.some((one) => one.name === name)) throw new RangeError(`The name ${name} is taken.`)
  return [...records, record]
}

function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`The hospital has no ${what}.`)
  return value
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

const skillId = (name: string) => `amzn1.ask.skill.${name}`
const clientId = (name: string) => `amzn1.application-oa2-client.${name}`
/** Comes behind all others in the alphabet, so that it is never the client that a world takes by itself. */
const accountId = (name: string) => `amzn1.oa2-account.${name}`

function byName<Name extends string, Value>(
  entries: readonly (readonly [string, Value])[],
): Readonly<Record<Name, Value>> {
  return Object.fromEntries(entries) as Record<Name, Value>
}
