/** Builds a catalog and names what is in it, so that a test needs no ID of its own. */

/** The shape of `hospital()`. */
export interface HospitalOptions {
  /** 1 */
  readonly wards?: number
  /** 2 */
  readonly roomsPerWard?: number
  /** `US` */
  readonly country?: 'US' | 'UK' | 'FR' | 'CA' | 'IT' | 'DE' | 'ES' | 'JP'
}

type Manages = 'everything' | `ward${number}` | 'nothing'

/**
 * A hospital: wards with rooms, skills, and clients that manage them. Each method returns a new scenario. `skill` and
 * `client` have the IDs by the names that the scenario knows them by.
 */
export interface Scenario<Skills extends string = never, Clients extends string = never> {
  /** For `service.world({ catalog })`, or as a catalog file. */
  readonly catalog: object
  readonly organization: string
  /** The wards and rooms are counted from 1. Throws a `RangeError` for one that does not exist. */
  ward(number: number): string
  room(ward: number, room: number): string
  /** All rooms, ward after ward. */
  readonly rooms: readonly string[]
  readonly skill: Readonly<Record<Skills, string>>
  readonly client: Readonly<Record<Clients, string>>
  /** A skill without account linking. */
  withSkill<Name extends string>(
    name: Name,
    options?: { readonly stages?: readonly ('development' | 'certification' | 'live')[] },
  ): Scenario<Skills | Name, Clients>
  /** A skill that links accounts at the OAuth 2.0 token endpoint `accessTokenUri`; at the world's own issuer without it. */
  withLinkedSkill<Name extends string>(
    name: Name,
    options?: { readonly accessTokenUri?: string; readonly skipOnEnablement?: boolean },
  ): Scenario<Skills | Name, Clients>
  /** A client that manages everything, unless it is told otherwise: `ward2` is the second ward with its rooms. */
  withClient<Name extends string>(
    name: Name,
    options?: {
      readonly manages?: Manages
      readonly secret?: string
      readonly redirectUris?: readonly string[]
    },
  ): Scenario<Skills, Clients | Name>
}

interface Parts {
  readonly wards: readonly { readonly id: string; readonly rooms: readonly string[] }[]
  readonly country: string
  readonly skills: Readonly<Record<string, object>>
  readonly clients: Readonly<Record<string, object>>
}

const unitId = (name: string) => `amzn1.alexa.unit.did.${name}`
const organization = unitId('HOSPITAL')

/** A hospital with one ward of two rooms, unless it is told otherwise. Throws a `RangeError` for odd sizes. */
export function hospital({ wards = 1, roomsPerWard = 2, country = 'US' }: HospitalOptions = {}): Scenario {
  for (const size of [wards, roomsPerWard]) {
    if (!Number.isInteger(size) || size < 0 || size > 10_000) {
      throw new RangeError(`A hospital has 0 to 10,000 wards, and as many rooms in each, not ${size}.`)
    }
  }
  const tree = numbers(wards).map((ward) => ({
    id: unitId(`WARD-${ward}`),
    rooms: numbers(roomsPerWard).map((room) => unitId(`ROOM-${ward}-${room}`)),
  }))
  return scenarioOf({ wards: tree, country, skills: {}, clients: {} })
}

function scenarioOf<Skills extends string, Clients extends string>(parts: Parts): Scenario<Skills, Clients> {
  const { wards, country, skills, clients } = parts
  const ward = (number: number) => there(wards[number - 1], `ward ${number}`)
  const withSkill = (name: string, skill: object) =>
    scenarioOf<never, never>({ ...parts, skills: { ...skills, [name]: skill } })
  return {
    organization,
    ward: (number) => ward(number).id,
    room: (number, room) => there(ward(number).rooms[room - 1], `room ${room} in ward ${number}`),
    rooms: wards.flatMap(({ rooms }) => rooms),
    skill: idsOf(skills),
    client: idsOf(clients),
    catalog: {
      organizations: [
        {
          id: organization,
          name: 'Hospital',
          solution: 'healthcare',
          country,
          units: wards.map(({ id, rooms }, index) => ({
            id,
            name: `Ward ${index + 1}`,
            units: rooms.map((room, at) => ({ id: room, name: `Room ${at + 1}` })),
          })),
        },
      ],
      skills: Object.values(skills),
      clients: Object.values(clients),
    },
    withSkill: (name, { stages = ['development', 'live'] } = {}) =>
      withSkill(name, { id: skillId(name), name, stages }) as never,
    withLinkedSkill: (name, { accessTokenUri = '/auth/o2/token', skipOnEnablement = false } = {}) =>
      withSkill(name, {
        id: skillId(name),
        name,
        stages: ['development', 'live'],
        accountLinking: {
          accessTokenUri,
          clientId: name,
          clientSecret: `secret of ${name}`,
          authenticationScheme: 'HTTP_BASIC',
          skipOnEnablement,
        },
      }) as never,
    withClient: (name, { manages = 'everything', secret = `secret of ${name}`, redirectUris } = {}) => {
      const unitIds = managedUnits(manages, (number) => ward(number).id)
      const client = {
        id: clientId(name),
        name,
        secret,
        roles: unitIds.map((id) => ({ unitId: id, role: 'A4P.UnitAdmin' })),
        ...(redirectUris && { redirectUris }),
      }
      return scenarioOf<never, never>({ ...parts, clients: { ...clients, [name]: client } }) as never
    },
  }
}

function managedUnits(manages: Manages, ward: (number: number) => string): string[] {
  if (manages === 'nothing') return []
  return manages === 'everything' ? [organization] : [ward(Number(manages.slice('ward'.length)))]
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

function idsOf(records: Readonly<Record<string, object>>): never {
  const ids = Object.entries(records).map(([name, record]) => [name, Reflect.get(record, 'id')])
  return Object.fromEntries(ids) as never
}
