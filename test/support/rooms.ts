/** A hotel chain with people who may read different parts of it. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import type { LogEntryView } from '../../src/protocol/operator.ts'
import { account, app, redeem } from './roles.ts'
import { type Answer, operatorToken } from './service.ts'
import { clientWith, type Hotel, hotel, hotelCatalog, startHotel } from './units.ts'

/** The people, with their roles. */
const roles = {
  owner: { name: 'Olga Owner', unitId: hotel.organization, role: 'A4H.OrgAdmin' },
  /** Manages a floor. */
  ward: { name: 'Ward', unitId: hotel.floor, role: 'A4P.UnitAdmin' },
  /** Reads a property. */
  viewer: { name: 'Viewer', unitId: hotel.seaside, role: 'viewer' },
  /** Reads a floor, but not its rooms. */
  alone: { name: 'Alone', unitId: hotel.floor, role: 'viewer', propagate: false },
  /** Had a role that has ended. */
  past: { name: 'Past', unitId: hotel.organization, role: 'A4P.UnitAdmin', expiresAt: 'soon' },
  foreign: { name: 'Foreign', unitId: hotel.foreign, role: 'A4H.OrgAdmin' },
} as const
export type Person = keyof typeof roles

export const who = Object.keys(roles) as readonly Person[]
const refreshTokenOf = (person: Person) => `Atzr|refresh-token-of-${person}`

export interface RoomsService extends Hotel {
  /** An access token that speaks for the person. */
  tokenOf(person: Person): Promise<string>
  /** Gives a role, which covers all units below unless `more` says otherwise. */
  assign(unitId: string, role: string, principalId: string, more?: object): Promise<void>
  revoke(unitId: string, role: string, principalId: string): Promise<void>
  /** The account of a client. */
  accountOf(clientId: string): Promise<string>
  /** The entries of the operations log under the ID of a request, the newest first. */
  logOf(answer: Answer): Promise<LogEntryView[]>
  /** What `me` says of test controls. */
  readonly testControls: { readonly testControls?: true }
}

const catalog = {
  ...hotelCatalog,
  clients: [
    ...hotelCatalog.clients,
    {
      ...clientWith(app),
      refreshTokens: who.map((person) => ({
        personId: idOf(person),
        refreshToken: refreshTokenOf(person),
      })),
    },
  ],
  people: who.map((person) => {
    const { name, ...role } = roles[person]
    const isPlain = !('propagate' in role) && !('expiresAt' in role)
    return { id: idOf(person), name, roles: isPlain ? [role] : [] }
  }),
}

/** The ID of the person. */
export function idOf(person: Person): string {
  return account(person.toUpperCase())
}

export async function startRooms(t: TestContext, options: StartOptions = {}): Promise<RoomsService> {
  const service = await startHotel(t, { catalog, ...options })
  const tokenOf: RoomsService['tokenOf'] = (person) => redeem(service, refreshTokenOf(person))
  const owner = await tokenOf('owner')
  const roleId = async (unitId: string, role: string): Promise<string> => {
    const found = await service.call('GET', `/v1/roles?unitId=${unitId}&roleName=${role}`, { token: owner })
    return JSON.parse(found.text).results[0].roleId
  }
  const assign: RoomsService['assign'] = async (unitId, role, principalId, more = {}) => {
    const path = `/v1/roles/${await roleId(unitId, role)}/assignments`
    const body = { principalId, propagate: true, ...more }
    const answer = await service.call('POST', path, { token: owner, body })
    assert.equal(answer.status, 201, answer.text)
  }
  const { alone, past } = roles
  await assign(alone.unitId, alone.role, idOf('alone'), { propagate: false })
  const expiresAt = new Date(service.clock.now() + 60_000).toISOString()
  await assign(past.unitId, past.role, idOf('past'), { expiresAt })
  service.clock.moveBy(60_000)
  return {
    ...service,
    tokenOf,
    assign,
    async revoke(unitId, role, principalId) {
      const path = `/v1/roles/${await roleId(unitId, role)}/assignments?principalId=${principalId}`
      const answer = await service.call('DELETE', path, { token: owner })
      assert.equal(answer.status, 204, answer.text)
    },
    async accountOf(clientId) {
      const path = `/_skillkeeper/clients/${clientId}`
      return JSON.parse((await service.call('GET', path, { token: operatorToken })).text).principalId
    },
    async logOf({ headers }) {
      const path = `/_skillkeeper/operations?requestId=${headers.get('x-amzn-requestid')}`
      const answer = await service.call('GET', path, { token: operatorToken })
      return JSON.parse(answer.text).items
    },
    testControls: service.url.includes('/_world/') ? { testControls: true } : {},
  }
}
