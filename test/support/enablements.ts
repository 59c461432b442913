/** The hospital with one client that manages it, and the four single operations as functions. */
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { hospital } from './catalogs.ts'
import { type Answer, startService, type TestService } from './service.ts'

export interface Hospital extends TestService {
  /** Of the client that manages the whole hospital. */
  readonly adminToken: string
  get(skillId: string, unitId: string, token?: string): Promise<Answer>
  list(unitId: string, query?: Readonly<Record<string, string>>, token?: string): Promise<Answer>
  /** In the stage `live` unless `more` says otherwise. */
  enable(skillId: string, unitId: string, more?: object, token?: string): Promise<Answer>
  disable(
    skillId: string,
    unitId: string,
    query?: Readonly<Record<string, string>>,
    token?: string,
  ): Promise<Answer>
}

export async function startHospital(t: TestContext, options: StartOptions = {}): Promise<Hospital> {
  const service = await startService(t, { rateLimit: 0, ...options })
  const adminToken = await service.token(hospital.admin)
  const pathOf = (skillId: string, query: Readonly<Record<string, string>>) =>
    `/v1/skills/${skillId}/enablements?${new URLSearchParams(query)}`
  return {
    ...service,
    adminToken,
    get: (skillId, unitId, token = adminToken) => service.call('GET', pathOf(skillId, { unitId }), { token }),
    list: (unitId, query = {}, token = adminToken) =>
      service.call('GET', `/v1/skills/enablements?${new URLSearchParams({ unitId, ...query })}`, { token }),
    enable: (skillId, unitId, more = {}, token = adminToken) =>
      service.call('POST', `/v1/skills/${skillId}/enablements`, {
        token,
        body: { unitId, stage: 'live', ...more },
      }),
    disable: (skillId, unitId, query = {}, token = adminToken) =>
      service.call('DELETE', pathOf(skillId, { unitId, ...query }), { token }),
  }
}

/** The record as get and list show it. */
export function recordOf(
  skillId: string,
  unitId: string,
  status: 'ENABLING' | 'ENABLED',
  stage = 'live',
): object {
  return {
    skill: { stage, id: skillId },
    unit: { id: unitId },
    accountLink: { status: 'NOT_LINKED' },
    status,
  }
}
