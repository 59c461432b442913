/** Sends generated requests to a service: none may be answered with 5xx, and each answer must be a documented one. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { client, hospital, hospitalCatalog, secretOf, skill, unit } from '../catalogs.ts'
import { listen } from '../listen.ts'
import type { Owner } from '../program.ts'
import { type Answer, operatorToken, startService, type TestService } from '../service.ts'
import { type GeneratedRequest, requestsOf } from './generate.ts'

export interface RequestsReport {
  readonly requests: number
  /** How many of each operation were answered with each status. */
  readonly statuses: ReadonlyMap<string, ReadonlyMap<number, number>>
}

export interface RequestsOptions {
  readonly requests: number
  readonly seed?: number
  readonly tell?: (requests: number) => void
}

/** What the requests have removed or changed is put back after so many. */
const requestsPerRound = 50
/** The clock goes on with each request, so that the background has something to do. */
const stepMs = 20

/** Rejects with the first request that is answered as it must not be. */
export async function proveRequests(owner: Owner, options: RequestsOptions): Promise<RequestsReport> {
  const provider = await startProvider(owner)
  const catalog = catalogAt(provider)
  // The clock hardly moves: with the limits the generated wrong secrets would lock out the right ones.
  const limits = { rateLimit: 0, wrongSecretsMax: 0 }
  const service = await startService(owner as TestContext, { catalog, ...limits, logLevel: 'silent' })
  const words = { known: knownValues(provider), expendable, bodies: goodBodies(catalog) }
  const statuses = new Map<string, Map<number, number>>()
  const seen = new Map<string, string>()
  let tokens = { admin: '', other: '' }
  let requests = 0
  const property = fc.asyncProperty(requestsOf(words), async (generated) => {
    if (requests % requestsPerRound === 0) {
      const put = await service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: catalog })
      assert.equal(put.status, 200, put.text)
      tokens = { admin: await service.token(hospital.admin), other: await service.token(hospital.roomAdmin) }
      seen.set('§token', tokens.other)
    }
    requests += 1
    const answer = await send(service, fillIn(generated, seen), tokens)
    assert.ok(answer.status < 500, `${JSON.stringify(generated)} gave ${answer.status} ${answer.text}`)
    remember(answer, seen)
    count(statuses, generated.operationId, answer.status)
    service.clock.moveBy(stepMs)
    options.tell?.(requests)
  })
  const { seed } = options
  await fc.assert(property, {
    numRuns: options.requests,
    endOnFailure: true,
    ...(seed !== undefined && { seed }),
  })
  return { requests, statuses }
}

function send(
  service: TestService,
  { method, path, query, body, contentType, who }: GeneratedRequest,
  tokens: { admin: string; other: string },
): Promise<Answer> {
  const right = path.startsWith('/_skillkeeper/') ? operatorToken : tokens.admin
  const token = {
    right,
    'other client': tokens.other,
    operator: operatorToken,
    nobody: undefined,
    nonsense: 'Atza|x',
  }[who]
  const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()
  const mayHaveBody = method !== 'GET'
  return service.call(method, search === '' ? path : `${path}?${search}`, {
    ...(token !== undefined && { token }),
    ...(mayHaveBody && body !== undefined && { body }),
    ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
  })
}

/** Puts what the service gave before in the place of the words that stand for it. */
function fillIn(generated: GeneratedRequest, seen: ReadonlyMap<string, string>): GeneratedRequest {
  const fill = (text: string) => text.replace(/§[a-zA-Z]+/g, (word) => seen.get(word) ?? word)
  return {
    ...generated,
    query: generated.query.map(([name, value]) => [name, fill(value)]),
    body: generated.body === undefined ? undefined : fill(generated.body),
  }
}

function remember({ headers, body }: Answer, seen: Map<string, string>): void {
  seen.set('§requestId', headers.get('x-amzn-requestid') ?? '')
  const context = Object(Object(body).paginationContext)
  if (context.nextToken !== undefined) seen.set('§nextToken', context.nextToken)
  if (context.after !== undefined) seen.set('§after', context.after)
  const code = URL.parse(headers.get('location') ?? '')?.searchParams.get('code')
  if (code) seen.set('§code', code)
}

function count(statuses: Map<string, Map<number, number>>, operationId: string, status: number): void {
  const counts = statuses.get(operationId) ?? new Map<number, number>()
  counts.set(status, (counts.get(status) ?? 0) + 1)
  statuses.set(operationId, counts)
}

/** What may be removed without making most other requests pointless. */
const expendable = {
  UnitId: [unit('EXTRA'), unit('EXTRA'), hospital.room],
  SkillId: [skill('extra'), skill('extra'), hospital.radio],
  ClientId: [client('extra'), client('extra'), hospital.stranger],
}
const redirectUri = 'https://portal.example/cb'

/** Words that mean something; of addresses of token servers only such that lead nowhere but to this machine. */
function knownValues(provider: string): Readonly<Record<string, readonly string[]>> {
  const { room, otherRoom, ward, organization, foreignRoom } = hospital
  const { nurseCall, roomLights, menu, radio, pharmacy } = hospital
  const { admin, roomAdmin, stranger } = hospital
  const addresses = [
    `${provider}/token`,
    '/auth/o2/token',
    '/auth/o2/revoke',
    'nonsense',
    '//x',
    'http://x.example/',
  ]
  return {
    UnitId: [room, room, room, otherRoom, otherRoom, ward, ward, organization, foreignRoom, unit('EXTRA')],
    SkillId: [nurseCall, roomLights, menu, radio, pharmacy],
    ClientId: [admin, roomAdmin, stranger, client('extra')],
    accessTokenUri: addresses,
    revocationUri: addresses,
    authCode: ['good', 'bad'],
    redirectUri: [redirectUri],
    redirect_uri: [redirectUri],
    client_id: [admin, roomAdmin],
    client_secret: [secretOf(admin), secretOf(roomAdmin)],
    scope: ['alexa::enterprise:management', 'profile', 'profile postal_code'],
    token: ['§token', 'Atzr|refresh-token'],
    access_token: ['§token'],
    refresh_token: ['Atzr|refresh-token-of-the-admin'],
    code: ['§code'],
    operator_token: [operatorToken],
    nextToken: ['§nextToken'],
    after: ['§after', ''],
    requestId: ['§requestId'],
    partitionName: ['Room101', 'a, b'],
  }
}

function goodBodies(catalog: object) {
  const { room, otherRoom, ward } = hospital
  const items = [room, otherRoom, ward].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
  const accountLinkRequest = { authCode: 'good', redirectUri, type: 'AUTH_CODE' }
  const item = { unitId: room, stage: 'live', partitionName: 'Room101' }
  return {
    enableSkill: [item, { ...item, accountLinkRequest }],
    enableSkillBatch: [{ items }, { items: [{ ...item, itemId: 7, accountLinkRequest }] }],
    putCatalog: [catalog],
  }
}

type Organization = (typeof hospitalCatalog.organizations)[number]

function catalogAt(provider: string) {
  const skills = hospitalCatalog.skills.map((one) =>
    'accountLinking' in one
      ? { ...one, accountLinking: { ...one.accountLinking, accessTokenUri: `${provider}/token` } }
      : one,
  )
  skills.push({ id: skill('extra'), name: 'Extra', stages: ['live'] })
  const [{ units = [], ...first }, ...others] = hospitalCatalog.organizations as [
    Organization,
    ...Organization[],
  ]
  const organizations = [{ ...first, units: [...units, { id: unit('EXTRA'), name: 'Extra' }] }, ...others]
  const clients = hospitalCatalog.clients.map((one) => ({
    ...one,
    redirectUris: [redirectUri],
    ...(one.id === hospital.admin && { refreshToken: 'Atzr|refresh-token-of-the-admin' }),
  }))
  clients.push({ id: client('extra'), secret: 'extra', roles: [], redirectUris: [redirectUri] })
  return { organizations, skills, clients }
}

/** Gives tokens for the code `good`, again and again, and refuses any other. */
async function startProvider(owner: Owner): Promise<string> {
  const { url, stop } = await listen(() => (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (new URLSearchParams(body).get('code') !== 'good') {
        return response.writeHead(400).end('{"error":"invalid_grant"}')
      }
      return response.end('{"access_token":"a-token","token_type":"bearer"}')
    })
  })
  owner.after(stop)
  return url
}
