// Whom a token of another issuer speaks for: a person that the catalog knows, an account of Amazon's, or the client.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { SignJWT } from 'jose'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import { listen } from '../support/listen.ts'
import { account, app, person, rolesCatalog, unitAdmin } from '../support/roles.ts'
import { startService } from '../support/service.ts'
import { hotel } from '../support/units.ts'

const management = 'alexa::enterprise:management'

/** What Amazon's endpoint says of each token. */
const infos = {
  'Atza|owner': { aud: app, user_id: person.owner },
  'Atza|unknown': { aud: app, user_id: account('MINTED-ELSEWHERE') },
  'Atza|behind-client': { aud: hotel.admin, user_id: account('SOMEBODY') },
  'Atza|known-behind-client': { aud: hotel.admin, user_id: person.manager },
}

async function startAtAmazon(t: TestContext) {
  const amazon = await listen((url) => (request, response) => {
    const token = new URL(request.url ?? '', url).searchParams.get('access_token') ?? ''
    const info = infos[token as keyof typeof infos]
    response.writeHead(info ? 200 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(info ? { ...info, exp: 3000, iss: 'https://www.amazon.com' } : {}))
  })
  t.after(() => amazon.stop())
  const tokenInfoUrl = `${amazon.url}/auth/o2/tokeninfo`
  return startService(t, { catalog: rolesCatalog, rateLimit: 0, tokenInfoUrl })
}

describe("A token of Amazon's", () => {
  test('speaks for the account that gave it, known or not, where its client has no roles (row Z20)', async (t) => {
    const { call } = await startAtAmazon(t)
    const reads = async (token: string) =>
      (await call('GET', `/v1/skills/enablements?unitId=${hotel.room}`, { token })).status
    assert.equal(await reads('Atza|owner'), 200)
    assert.equal(await reads('Atza|unknown'), 403)
    const list = await call('GET', `/v1/roles?unitId=${hotel.floor}&roleName=${unitAdmin}`, {
      token: 'Atza|owner',
    })
    const path = `/v1/roles/${JSON.parse(list.text).results[0].roleId}/assignments`
    const body = { principalId: account('MINTED-ELSEWHERE'), propagate: true }
    assert.equal((await call('POST', path, { token: 'Atza|owner', body })).status, 201)
    assert.equal(await reads('Atza|unknown'), 200)
  })

  test('speaks for a client with roles as before there were people, unless the catalog knows the person (row Z20)', async (t) => {
    const { call } = await startAtAmazon(t)
    const path = `/v1/skills/enablements?unitId=${hotel.room}`
    assert.equal((await call('GET', path, { token: 'Atza|behind-client' })).status, 200)
    const known = await call('GET', path, { token: 'Atza|known-behind-client' })
    assert.deepEqual([known.status, known.body.message], [403, 'The person has no role on any unit.'])
  })
})

describe('A token of an OpenID issuer', () => {
  test('speaks for the person with that subject, and else for the client (row Z20)', async (t) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }]
    const issuer = await startHostileServer({
      '/.well-known/openid-configuration': (response) =>
        answer(200, { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` })(response),
      '/keys': answer(200, { keys }),
    })
    t.after(() => issuer.stop())
    const [owner, manager] = rolesCatalog.people
    const catalog = {
      ...rolesCatalog,
      people: [
        { ...owner, subject: 'sub-of-olga' },
        { ...manager, subject: 'sub-of-max' },
      ],
    }
    const service = await startService(t, {
      catalog: withoutTokens(catalog),
      rateLimit: 0,
      oidcIssuer: issuer.url,
    })
    const statusFor = async (sub: string, clientId: string) => {
      const claims = { client_id: clientId, scope: management, sub, exp: service.clock.now() / 1000 + 600 }
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer(issuer.url)
        .sign(privateKey)
      return (await service.call('GET', `/v1/skills/enablements?unitId=${hotel.room}`, { token })).status
    }
    assert.equal(await statusFor('sub-of-olga', app), 200)
    assert.equal(await statusFor('sub-of-max', hotel.admin), 403)
    assert.equal(await statusFor(hotel.admin, hotel.admin), 200)
    assert.equal(await statusFor('somebody', app), 403)
  })
})

/** Refresh tokens name people that this catalog leaves out. */
function withoutTokens<Catalog extends { readonly clients: readonly object[] }>(catalog: Catalog): object {
  const clients = catalog.clients.map((client) => ({ ...client, refreshTokens: [] }))
  return { ...catalog, clients }
}
