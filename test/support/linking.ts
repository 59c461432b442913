/** A hospital whose skills link accounts at a real token server, behind a gate that the test works. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { hospital, hospitalCatalog, skill } from './catalogs.ts'
import { type Gate, startGate } from './gate.ts'
import { type Answer, operatorToken, startService, type TestService } from './service.ts'
import { type SkillTokenServer, skillRedirectUri, startSkillTokenServer } from './skill-token-server.ts'

export const tokenPath = '/token'
export const revocationPath = '/token/revocation'

/** The skills of the hospital that link accounts, by what their settings say. */
export const linkingSkills = {
  /** Shows its secret by HTTP Basic. */
  blinds: skill('blinds'),
  /** Shows its secret in the body. */
  heating: skill('heating'),
  /** May be enabled without linking. */
  music: skill('music'),
  /** Names no revocation endpoint. */
  lamps: skill('lamps'),
} as const

export interface LinkedHospital {
  readonly service: TestService
  readonly server: SkillTokenServer
  readonly gate: Gate
  /** The token of the hospital's administrator. */
  readonly token: string
  /** What to start another service with, on the same gate and token server. */
  readonly options: StartOptions & { readonly catalog: ReturnType<typeof linkingCatalog> }
  /** A fresh code for the skill, as the `accountLinkRequest` that brings it. */
  newRequest(skillId: string): Promise<AccountLinkRequest>
  enable(skillId: string, unitId: string, request?: AccountLinkRequest, stage?: string): Promise<Answer>
  batch(skillId: string, items: readonly BatchItem[]): Promise<Answer>
  disable(skillId: string, unitId: string): Promise<Answer>
  get(skillId: string, unitId: string): Promise<Answer>
  /** What the operations log has of a request (of all without it), oldest first. */
  operations(query?: Readonly<Record<string, string>>): Promise<readonly LogItem[]>
  /** Stops the service and starts it again on the same data folder, some time later. */
  restart(laterMs?: number): Promise<void>
}

export interface AccountLinkRequest {
  readonly redirectUri: string
  readonly authCode: string
  readonly type: string
}

export interface BatchItem {
  readonly itemId: number
  readonly unitId: string
  readonly stage: string
  readonly partitionName?: string
  readonly accountLinkRequest?: AccountLinkRequest | undefined
}

export interface LogItem {
  readonly requestId: string
  readonly actor: string
  readonly operation: string
  readonly outcome: string
  readonly unitId?: string
  readonly itemId?: number
  readonly detail?: { readonly reason?: string }
}

export async function startLinkedHospital(
  t: TestContext,
  options: Omit<StartOptions, 'catalog'> = {},
): Promise<LinkedHospital> {
  const server = await startSkillTokenServer()
  t.after(() => server.stop())
  const gate = await startGate(server.url)
  t.after(() => gate.stop())
  const all = { rateLimit: 0, catalog: linkingCatalog(server, gate.url), ...options }
  let service = await startService(t, all)
  let token = await service.token(hospital.admin)
  const call = (method: string, path: string, body?: unknown) => service.call(method, path, { token, body })
  const path = (skillId: string, unitId?: string) =>
    `/v1/skills/${skillId}/enablements${unitId === undefined ? '' : `?unitId=${unitId}`}`
  return {
    get service() {
      return service
    },
    get token() {
      return token
    },
    server,
    gate,
    options: all,
    newRequest: async (skillId) => requestWith(await server.newCode(credentialsOf(server, skillId).clientId)),
    enable: (skillId, unitId, accountLinkRequest, stage = 'live') =>
      call('POST', path(skillId), { unitId, stage, accountLinkRequest }),
    batch: (skillId, items) => call('POST', `${path(skillId)}/batch`, { items }),
    disable: (skillId, unitId) => call('DELETE', path(skillId, unitId)),
    get: (skillId, unitId) => call('GET', path(skillId, unitId)),
    async operations(query = {}) {
      const search = new URLSearchParams({ order: 'oldest', ...query })
      const found = await service.call('GET', `/_skillkeeper/operations?${search}`, { token: operatorToken })
      assert.equal(found.body.paginationContext.after, undefined, 'The test reads one page only.')
      return found.body.items as unknown as LogItem[]
    },
    async restart(laterMs = 0) {
      const stoppedAt = service.clock.now()
      await service.stop()
      service = await startService(t, { ...all, startAt: stoppedAt + laterMs })
      token = await service.token(hospital.admin)
    },
  }
}

/** Lets the skill link at another server, with the paths `/token` and `/revoke`, from now on. */
export async function linkAt(
  { service, options }: LinkedHospital,
  skillId: string,
  url: string,
): Promise<void> {
  const skills = options.catalog.skills.flatMap((skill) =>
    skill.id === skillId && 'accountLinking' in skill
      ? [
          {
            ...skill,
            accountLinking: {
              ...skill.accountLinking,
              accessTokenUri: `${url}/token`,
              revocationUri: `${url}/revoke`,
            },
          },
        ]
      : [],
  )
  const put = await service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: { skills } })
  assert.equal(put.status, 200, put.text)
}

export function requestWith(authCode: string, redirectUri = skillRedirectUri): AccountLinkRequest {
  return { redirectUri, authCode, type: 'AUTH_CODE' }
}

/** The hospital's catalog with skills that link accounts at the address. */
export function linkingCatalog(server: SkillTokenServer, url: string) {
  const linking = (skillId: string) => ({
    accessTokenUri: `${url}${tokenPath}`,
    revocationUri: `${url}${revocationPath}`,
    ...credentialsOf(server, skillId),
  })
  const { revocationUri: _, ...withoutRevocation } = linking(linkingSkills.lamps)
  const stages = ['development', 'live']
  const { blinds, heating, music, lamps } = linkingSkills
  const skills = [
    { id: blinds, name: 'Blinds', stages, accountLinking: linking(blinds) },
    { id: heating, name: 'Heating', stages, accountLinking: linking(heating) },
    { id: music, name: 'Music', stages, accountLinking: { ...linking(music), skipOnEnablement: true } },
    { id: lamps, name: 'Lamps', stages, accountLinking: withoutRevocation },
  ]
  return { ...hospitalCatalog, skills: [...hospitalCatalog.skills, ...skills] }
}

function credentialsOf({ basicClient, bodyClient }: SkillTokenServer, skillId: string) {
  return skillId === linkingSkills.heating
    ? { ...bodyClient, authenticationScheme: 'REQUEST_BODY_CREDENTIALS' }
    : { ...basicClient, authenticationScheme: 'HTTP_BASIC' }
}
