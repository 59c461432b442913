/** A hotel chain whose people have roles, and the operations of the Role API as functions. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import type { AssignmentBody } from '../../src/protocol/role.ts'
import { client, secretOf } from './catalogs.ts'
import type { Answer, TestService } from './service.ts'
import { clientWith, type Hotel, hotel, hotelCatalog, startHotel } from './units.ts'

export const account = (name: string) => `amzn1.account.${name}`

export const person = {
  /** Has the role A4H.OrgAdmin of the chain from the catalog. */
  owner: account('OWNER'),
  /** Have no role. */
  manager: account('MANAGER'),
  guest: account('GUEST'),
} as const

/** The program that the people use. It has no role itself. */
export const app = client('app')

const refreshTokenOf = (personId: string) => `Atzr|refresh-token-of-${personId}`

export const rolesCatalog = {
  ...hotelCatalog,
  clients: [
    ...hotelCatalog.clients,
    {
      ...clientWith(app),
      refreshTokens: Object.values(person).map((personId) => ({
        personId,
        refreshToken: refreshTokenOf(personId),
      })),
    },
  ],
  people: [
    { id: person.owner, name: 'Olga Owner', roles: [{ unitId: hotel.organization, role: 'A4H.OrgAdmin' }] },
    { id: person.manager, name: 'Max Manager', email: 'max@hotel.example' },
    { id: person.guest, name: 'Gus Guest' },
  ],
}

export const unitAdmin = 'A4P.UnitAdmin'
export const orgAdmin = 'A4H.OrgAdmin'

type Query = Readonly<Record<string, string>>

export interface Roles extends Hotel {
  /** An access token that speaks for the person. */
  tokenOf(personId: string): Promise<string>
  /** Looks up the ID of the role, as the owner. */
  roleOf(unitId: string, name?: string): Promise<string>
  assign(roleId: string, body: object, token?: string): Promise<Answer>
  revoke(roleId: string, principalId: string, query?: Query, token?: string): Promise<Answer>
  batch(kind: 'batchAssign' | 'batchRevoke', roleId: string, items: unknown, token?: string): Promise<Answer>
  /** The principals that have the role, by pages of ten. */
  holders(roleId: string, token?: string): Promise<string[]>
  assignmentsOf(principalId: string, unitId: string, token?: string): Promise<AssignmentBody[]>
  /** The status of a request to switch a skill on in the unit. */
  enables(unitId: string, token: string): Promise<number>
  /** The status of a request to read the skills of the unit. */
  reads(unitId: string, token: string): Promise<number>
  /** Of the owner. */
  readonly owner: string
}

/** Returns an access token of the app for one of its refresh tokens. */
export async function redeem(service: Pick<TestService, 'call'>, refreshToken: string): Promise<string> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: app,
    client_secret: secretOf(app),
  }
  const body = new URLSearchParams(form).toString()
  const answer = await service.call('POST', '/auth/o2/token', { body })
  assert.equal(answer.status, 200, answer.text)
  return answer.body.access_token
}

export async function startRoles(t: TestContext, options: StartOptions = {}): Promise<Roles> {
  const service = await startHotel(t, { catalog: rolesCatalog, ...options })
  const tokenOf = (personId: string) => redeem(service, refreshTokenOf(personId))
  const owner = await tokenOf(person.owner)
  const results = (answer: Answer): AssignmentBody[] => {
    assert.equal(answer.status, 200, answer.text)
    return answer.body.results as unknown as AssignmentBody[]
  }
  const at = (roleId: string, rest = '') => `/v1/roles/${roleId}/assignments${rest}`
  return {
    ...service,
    tokenOf,
    owner,
    async roleOf(unitId, name = unitAdmin) {
      const path = `/v1/roles?unitId=${unitId}&roleName=${name}`
      const [role] = results(await service.call('GET', path, { token: owner }))
      assert.ok(role, `${unitId} has no role ${name}.`)
      return role.roleId
    },
    assign: (roleId, body, token = owner) => service.call('POST', at(roleId), { token, body }),
    revoke: (roleId, principalId, query = {}, token = owner) =>
      service.call('DELETE', at(roleId, `?${new URLSearchParams({ principalId, ...query })}`), { token }),
    batch: (kind, roleId, items, token = owner) =>
      service.call('POST', at(roleId, `/${kind}`), { token, body: { items } }),
    async holders(roleId, token = owner) {
      const found: string[] = []
      let next = ''
      do {
        const answer = await service.call('GET', at(roleId, next), { token })
        found.push(...results(answer).map(({ principalId }) => principalId))
        const { nextToken } = answer.body.paginationContext
        next = nextToken === null ? '' : `?nextToken=${nextToken}`
      } while (next !== '')
      return found
    },
    assignmentsOf: async (principalId, unitId, token = owner) =>
      results(
        await service.call('GET', `/v1/roles/assignments?principalId=${principalId}&unitId=${unitId}`, {
          token,
        }),
      ),
    async enables(unitId, token) {
      const path = `/v1/skills/${hotel.minibar}/enablements`
      return (await service.call('POST', path, { token, body: { unitId, stage: 'live' } })).status
    },
    async reads(unitId, token) {
      return (await service.call('GET', `/v1/skills/enablements?unitId=${unitId}`, { token })).status
    },
  }
}
