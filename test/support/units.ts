/** A hotel chain with clients that build in it, and the operations on its tree of units as functions. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { client, secretOf, skill, unit } from './catalogs.ts'
import { type Answer, startService, type TestService } from './service.ts'

export const hotel = {
  organization: unit('CHAIN'),
  /** A property with a floor of two rooms. */
  seaside: unit('SEASIDE'),
  floor: unit('FLOOR'),
  room: unit('ROOM-1'),
  otherRoom: unit('ROOM-2'),
  /** A property with nothing in it. */
  hillside: unit('HILLSIDE'),
  /** An organization in another country, and its property. */
  foreign: unit('FOREIGN'),
  foreignProperty: unit('FOREIGN-PROPERTY'),
  unknown: unit('NOWHERE'),
  /** In the stage `live`. */
  minibar: skill('minibar'),
  /** May manage the whole chain. */
  admin: client('chain'),
  /** May manage the floor and the other property. */
  manager: client('manager'),
  stranger: client('stranger'),
} as const

/** The pre-defined skills of Hospitality in US and DE, and of Senior Living in US. */
export const subscription = {
  hospitalityUS: skill('a4697856-173d-4b66-91a3-ef4b083992f5'),
  hospitalityDE: skill('de46bda1-550d-4381-9a08-17204f9e935e'),
  seniorLivingUS: skill('6a39c06f-58b4-4adb-8c7f-a75a9ca3f7e1'),
} as const

const chain = {
  id: hotel.organization,
  name: 'Chain',
  solution: 'hospitality',
  country: 'US',
  units: [
    {
      id: hotel.seaside,
      name: 'Seaside',
      units: [
        {
          id: hotel.floor,
          name: 'Floor',
          units: [
            { id: hotel.room, name: 'Room 1' },
            { id: hotel.otherRoom, name: 'Room 2' },
          ],
        },
      ],
    },
    { id: hotel.hillside, name: 'Hillside' },
  ],
}

export const hotelCatalog = {
  organizations: [
    chain,
    {
      id: hotel.foreign,
      name: 'Foreign chain',
      solution: 'hospitality',
      country: 'DE',
      units: [{ id: hotel.foreignProperty, name: 'Foreign property' }],
    },
  ],
  skills: [{ id: hotel.minibar, name: 'Minibar', stages: ['live'] }],
  clients: [
    clientWith(hotel.admin, hotel.organization),
    clientWith(hotel.manager, hotel.floor, hotel.hillside),
    clientWith(hotel.stranger, hotel.foreign),
  ],
}

/** The same, but a property needs a subscription before units can be created below it. */
export const strictCatalog = {
  ...hotelCatalog,
  organizations: [{ ...chain, requiresSubscription: true }, hotelCatalog.organizations[1]],
}

export function clientWith(id: string, ...unitIds: string[]) {
  const roles = unitIds.map((unitId) => ({ unitId, role: 'A4P.UnitAdmin' }))
  return { id, secret: secretOf(id), roles }
}

export const named = (text: string) => ({ type: 'PLAIN', value: { text } })

export interface Hotel extends TestService {
  /** Of the client that manages the whole chain. */
  readonly adminToken: string
  create(name: string, parentId: string, token?: string): Promise<Answer>
  /** Creates the unit and gives its ID. */
  build(name: string, parentId: string): Promise<string>
  get(unitId: string, token?: string): Promise<Answer>
  list(parentId: string, query?: Readonly<Record<string, string>>, token?: string): Promise<Answer>
  rename(unitId: string, name: string, token?: string): Promise<Answer>
  remove(unitId: string, token?: string): Promise<Answer>
  /** In the stage `live`. */
  enable(skillId: string, unitId: string): Promise<Answer>
  disable(skillId: string, unitId: string): Promise<Answer>
  enabledIn(unitId: string): Promise<string[]>
}

export async function startHotel(t: TestContext, options: StartOptions = {}): Promise<Hotel> {
  const service = await startService(t, { rateLimit: 0, catalog: hotelCatalog, ...options })
  const adminToken = await service.token(hotel.admin)
  const create = (name: string, parentId: string, token = adminToken) =>
    service.call('POST', '/v2/units', { token, body: { name: named(name), parentId } })
  const enablements = (skillId: string, query = '') => `/v1/skills/${skillId}/enablements${query}`
  return {
    ...service,
    adminToken,
    create,
    async build(name, parentId) {
      const { status, body, text } = await create(name, parentId)
      assert.equal(status, 201, text)
      return body.id
    },
    get: (unitId, token = adminToken) => service.call('GET', `/v2/units/${unitId}`, { token }),
    list: (parentId, query = {}, token = adminToken) =>
      service.call('GET', `/v2/units?${new URLSearchParams({ parentId, ...query })}`, { token }),
    rename: (unitId, name, token = adminToken) =>
      service.call('PUT', `/v2/units/${unitId}`, { token, body: { name: named(name) } }),
    remove: (unitId, token = adminToken) => service.call('DELETE', `/v2/units/${unitId}`, { token }),
    enable: (skillId, unitId) =>
      service.call('POST', enablements(skillId), { token: adminToken, body: { unitId, stage: 'live' } }),
    disable: (skillId, unitId) =>
      service.call('DELETE', enablements(skillId, `?unitId=${unitId}`), { token: adminToken }),
    async enabledIn(unitId) {
      const list = `/v1/skills/enablements?unitId=${unitId}`
      const { status, body } = await service.call('GET', list, { token: adminToken })
      assert.equal(status, 200)
      return body.items.map((item) => item.skill.id)
    },
  }
}
