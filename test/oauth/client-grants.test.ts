// Which ways of getting tokens a client has, unless the catalog says so and when it does.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { checkCatalog } from '../../src/operations/catalog/check-catalog.ts'
import { basic, management, operatorToken, pkce, startIssuer } from '../support/issuer.ts'

const organizationId = 'amzn1.alexa.unit.did.ORG'
const organizations = [{ id: organizationId, name: 'Organization', solution: 'healthcare', country: 'US' }]
const roles = [{ unitId: organizationId, role: 'A4P.UnitAdmin' }]
const redirectUris = ['https://client.example/cb']
const secret = 'a secret of a client'

/** A skill that links accounts as the client, at this service or elsewhere. */
const linkingAs = (clientId: string, accessTokenUri = '/auth/o2/token') => ({
  id: `amzn1.ask.skill.${clientId}`,
  name: clientId,
  stages: ['live'],
  accountLinking: { accessTokenUri, clientId, clientSecret: secret, authenticationScheme: 'HTTP_BASIC' },
})

const all = ['authorization_code', 'refresh_token', 'client_credentials']
const forAPerson = ['authorization_code', 'refresh_token']

const clients = {
  confidential: { client: { secret, redirectUris, roles }, allowed: all },
  withoutRole: { client: { secret, redirectUris }, allowed: all },
  public: { client: { redirectUris, roles }, allowed: forAPerson },
  linking: { client: { secret, redirectUris }, skill: true, allowed: forAPerson },
  linkingElsewhere: { client: { secret, redirectUris }, skill: 'https://x.example/token', allowed: all },
  linkingAndManaging: { client: { secret, redirectUris, roles }, skill: true, allowed: all },
  linkingAsToldTo: { client: { secret, redirectUris, grants: all }, skill: true, allowed: all },
  credentials: {
    client: { secret, redirectUris, roles, grants: ['client_credentials'] },
    allowed: ['client_credentials'],
  },
  code: {
    client: { secret, redirectUris, roles, grants: ['authorization_code'] },
    allowed: ['authorization_code'],
  },
  refresh: { client: { secret, redirectUris, grants: ['refresh_token'] }, allowed: ['refresh_token'] },
}

const catalog = {
  organizations,
  skills: Object.entries(clients).flatMap(([id, entry]) => {
    if (!('skill' in entry)) return []
    return [typeof entry.skill === 'string' ? linkingAs(id, entry.skill) : linkingAs(id)]
  }),
  clients: Object.entries(clients).map(([id, { client }]) => ({
    id,
    ...client,
    ...(!('grants' in client) || client.grants.includes('refresh_token')
      ? { refreshToken: `Atzr|refresh-token-of-${id}` }
      : {}),
  })),
}

async function start(t: TestContext, options: StartOptions = {}) {
  const issuer = await startIssuer({ catalog, ...options })
  t.after(() => issuer.stop())
  const authorization = `Bearer ${operatorToken}`
  return {
    issuer,
    operator: (path: string, body?: object) =>
      issuer.call(`/_skillkeeper${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization },
        ...(body && { body: JSON.stringify(body) }),
      }),
  }
}

type Started = Awaited<ReturnType<typeof start>>

/** How the issuer takes each grant type from the client: `ok`, or the error. */
async function grantsTaken(
  { issuer }: Started,
  id: string,
  hasSecret: boolean,
): Promise<Record<string, unknown>> {
  const headers = hasSecret ? basic(id, secret) : {}
  const token = async (form: Readonly<Record<string, string>>) => {
    const { status, body } = await issuer.token({ client_id: id, ...form }, headers)
    return status === 200 ? 'ok' : body.error
  }
  const request = {
    client_id: id,
    redirect_uri: redirectUris[0] ?? '',
    response_type: 'code',
    scope: 'profile',
    state: 's',
  }
  const challenge = { code_challenge: pkce.challenge, code_challenge_method: 'S256' }
  const page = await issuer.call(`/ap/oa?${new URLSearchParams({ ...request, ...challenge })}`)
  const location = page.headers.get('location')
  return {
    client_credentials: await token({ grant_type: 'client_credentials', scope: management }),
    refresh_token: await token({ grant_type: 'refresh_token', refresh_token: `Atzr|refresh-token-of-${id}` }),
    authorization_code: await token({
      grant_type: 'authorization_code',
      code: 'x',
      redirect_uri: redirectUris[0] ?? '',
    }),
    page: location === null ? 'asks' : new URL(location).searchParams.get('error'),
  }
}

describe('A client gets tokens in the ways that it needs:', () => {
  for (const [id, { client, allowed }] of Object.entries(clients)) {
    test(`${id}: ${allowed.join(', ')}`, async (t) => {
      const started = await start(t)
      const taken = await grantsTaken(started, id, 'secret' in client)
      const ifAllowed = (grant: string, answer: string) =>
        allowed.includes(grant) ? answer : 'unauthorized_client'
      assert.deepEqual(taken, {
        client_credentials: ifAllowed('client_credentials', 'ok'),
        refresh_token: ifAllowed('refresh_token', 'ok'),
        // The code itself is none.
        authorization_code: ifAllowed('authorization_code', 'invalid_grant'),
        page: ifAllowed('authorization_code', 'asks'),
      })
      assert.deepEqual((await started.operator(`/clients/${id}`)).body.grants, allowed)
    })
  }
})

describe('The grants of a client', () => {
  test('follow what the catalog says later: of the client, and of the skills that link accounts', async (t) => {
    const started = await start(t, {
      catalog: { organizations, clients: [{ id: 'a', secret, redirectUris }] },
    })
    const { operator, issuer } = started
    const mayActForItself = async () => (await grantsTaken(started, 'a', true)).client_credentials
    assert.equal(await mayActForItself(), 'ok')
    await operator('/catalog', { skills: [linkingAs('a')] })
    assert.equal(await mayActForItself(), 'unauthorized_client')
    await operator('/catalog', { clients: [{ id: 'a', secret, redirectUris, grants: all }] })
    assert.equal(await mayActForItself(), 'ok')
    await operator('/catalog', { clients: [{ id: 'a', secret, redirectUris }] })
    assert.equal(await mayActForItself(), 'unauthorized_client')
    await operator('/catalog', { skills: [linkingAs('a', 'https://elsewhere.example/token')] })
    assert.equal(await mayActForItself(), 'ok')
    assert.equal((await operator('/catalog', { skills: [linkingAs('a', '/x')] })).body.changed, 1)
    assert.equal((await operator('/catalog', { skills: [linkingAs('a', '/x')] })).body.changed, 0)
    assert.equal(
      (await operator('/catalog', { clients: [{ id: 'a', secret, redirectUris, grants: null }] })).body
        .changed,
      0,
    )
    await issuer.call(`/_skillkeeper/skills/${linkingAs('a').id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${operatorToken}` },
    })
    assert.equal(await mayActForItself(), 'ok')
  })

  test('decide whether a code gives a refresh token', async (t) => {
    const { issuer } = await start(t)
    const redeem = async (id: string) => {
      const request = { redirect_uri: redirectUris[0] ?? '', scope: 'profile' }
      const code = await issuer.authorize({ id }, request)
      const form = { grant_type: 'authorization_code', code, redirect_uri: request.redirect_uri }
      return Object.keys((await issuer.token(form, basic(id, secret))).body).sort()
    }
    const answer = ['access_token', 'expires_in', 'scope', 'token_type']
    assert.deepEqual(await redeem('code'), answer)
    assert.deepEqual(await redeem('confidential'), [...answer, 'refresh_token'].sort())
  })

  test('The grants of a client in a catalog must be known and possible', () => {
    const check = (client: object) =>
      checkCatalog({ clients: [{ id: 'a', ...client }] }, () => undefined).problems.map(({ path }) => path)
    for (const grants of [[], ['password'], ['refresh_token', 'refresh_token'], 'refresh_token', [1]])
      assert.notDeepEqual(check({ secret, redirectUris, grants }), [], JSON.stringify(grants))
    assert.deepEqual(check({ redirectUris, grants: all }), ['clients[0].grants'])
    assert.deepEqual(check({ secret, grants: all }), ['clients[0].grants'])
    const refreshToken = 'Atzr|refresh-token'
    assert.deepEqual(check({ secret, refreshToken, grants: ['client_credentials'] }), ['clients[0].grants'])
    for (const grants of [all, forAPerson, ['client_credentials'], ['refresh_token'], null])
      assert.deepEqual(check({ secret, redirectUris, grants }), [], JSON.stringify(grants))
  })
})
