/** What one node does and another has to know. Each node has a clock of its own, which only the test moves. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'
import { startSkillkeeper } from '../../src/app/index.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { startHospital } from '../support/enablements.ts'
import { type Issuer, management, other, pkce, portal, startIssuer } from '../support/issuer.ts'
import { linkingSkills, startLinkedHospital, tokenPath } from '../support/linking.ts'
import { openDatabase } from '../support/postgres.ts'
import { operatorToken, startService } from '../support/service.ts'

const { nurseCall, room, otherRoom, menu } = hospital
/** How long another node may go on with what it has read: of the catalog, and of what a token may do. */
const catalogStaleMs = 2000
const tokenStaleMs = 5000
const hourMs = 3_600_000
const redirectUri = portal.redirectUris[1]
const credentials = { client_id: portal.id, client_secret: portal.secret }

describe('On two nodes', () => {
  test('a refresh token of one is redeemed by the other, and revoked by it', async (t) => {
    const [one, two] = await startIssuers(t)
    const code = await one.authorize(portal, { redirect_uri: redirectUri, scope: management })
    const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const { refresh_token } = await two.tokenFor(portal, grant)
    const refresh = { grant_type: 'refresh_token', refresh_token }
    const { access_token } = await one.tokenFor(portal, refresh)
    assert.equal(await two.useToken(access_token), 200)
    const revoked = await two.call('/auth/o2/revoke', {
      method: 'POST',
      body: new URLSearchParams({ ...credentials, token: refresh_token }),
    })
    assert.equal(revoked.status, 200)
    assert.equal((await one.token({ ...credentials, ...refresh })).body.error, 'invalid_grant')
  })

  test('an authorization code is redeemed once, though both are asked at the same time', async (t) => {
    const issuers = await startIssuers(t)
    for (let round = 0; round < 5; round += 1) {
      const code = await issuers[round % 2 === 0 ? 0 : 1].authorize(portal, {
        redirect_uri: redirectUri,
        scope: management,
        code_challenge: pkce.challenge,
        code_challenge_method: 'S256',
      })
      const form = {
        ...credentials,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: pkce.verifier,
      }
      const answers = await Promise.all(issuers.map((issuer) => issuer.token(form)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
      const given = answers.find(({ status }) => status === 200)?.body
      // The second use has revoked what the first one gave, on both.
      const refresh = {
        ...credentials,
        grant_type: 'refresh_token',
        refresh_token: String(given?.refresh_token),
      }
      for (const issuer of issuers) assert.equal((await issuer.token(refresh)).status, 400)
    }
  })

  test('a token that one revokes is refused by the other 5 s later at the latest', async (t) => {
    const [one, two] = await startIssuers(t)
    const { access_token } = await one.tokenFor(portal, {
      grant_type: 'client_credentials',
      scope: management,
    })
    assert.equal(await two.useToken(access_token), 200)
    const form = new URLSearchParams({ ...credentials, token: access_token })
    assert.equal((await one.call('/auth/o2/revoke', { method: 'POST', body: form })).status, 200)
    assert.equal(await one.useToken(access_token), 401)
    two.clock.moveBy(tokenStaleMs)
    assert.equal(await two.useToken(access_token), 401)
  })

  test('a new signing key signs on both when both have read it, and the old one still verifies', async (t) => {
    const [one, two] = await startIssuers(t)
    const form = { grant_type: 'client_credentials', scope: management }
    const keyOf = (token: string) => token.slice('Atza|'.length).split('.')[0]
    const old = (await one.tokenFor(portal, form)).access_token
    // The one makes the key, the other reads it before it signs.
    for (const issuer of [one, two]) await moveInSteps(issuer, 30 * 24 * hourMs)
    const last = await one.tokenFor(portal, form)
    assert.equal(keyOf(last.access_token), keyOf(old))
    let [before, fresh] = [old, last.access_token]
    for (let steps = 0; steps < 12 && keyOf(fresh) === keyOf(old); steps += 1) {
      for (const issuer of [one, two]) await moveInSteps(issuer, hourMs / 6)
      before = fresh
      fresh = (await one.tokenFor(portal, form)).access_token
    }
    assert.notEqual(keyOf(fresh), keyOf(old))
    assert.equal(await two.useToken(fresh), 200)
    assert.equal(await two.useToken(before), 200)
  })

  test('a change of the catalog by one is seen by the other 2 s later at the latest', async (t) => {
    const { settings } = await openDatabase(t)
    const [one, two] = [await startHospital(t, settings()), await startHospital(t, settings())]
    assert.equal((await two.enable(nurseCall, room)).status, 201)
    const skills = hospitalCatalog.skills.map((skill) =>
      skill.id === nurseCall ? { ...skill, stages: ['development'] } : skill,
    )
    const changed = await one.call('POST', '/_skillkeeper/catalog', {
      token: operatorToken,
      body: { skills },
    })
    assert.equal(changed.status, 200)
    assert.equal((await one.enable(nurseCall, otherRoom)).status, 404)
    two.clock.moveBy(catalogStaleMs)
    assert.equal((await two.enable(nurseCall, otherRoom)).status, 404)
    // A client that is gone: its token is remembered a little longer.
    const removed = await one.call('DELETE', `/_skillkeeper/clients/${hospital.admin}`, {
      token: operatorToken,
    })
    assert.equal(removed.status, 204)
    assert.equal((await one.get(nurseCall, room)).status, 401)
    two.clock.moveBy(tokenStaleMs + catalogStaleMs)
    assert.equal((await two.get(nurseCall, room)).status, 401)
  })

  test('a page token of one holds on the other', async (t) => {
    const { settings } = await openDatabase(t)
    const [one, two] = [await startHospital(t, settings()), await startHospital(t, settings())]
    for (const skillId of [nurseCall, menu]) assert.equal((await one.enable(skillId, room)).status, 201)
    const { nextToken } = (await one.list(room, { maxResults: '1' })).body.paginationContext
    const { status, body } = await two.list(room, { maxResults: '1', nextToken })
    assert.deepEqual([status, body.items.length, body.paginationContext], [200, 1, {}])
  })

  test('a code for account linking that comes to both at once is exchanged once', async (t) => {
    const { settings } = await openDatabase(t)
    const { service: one, gate, newRequest, options } = await startLinkedHospital(t, settings())
    const two = await startService(t, options)
    const [tokenOfOne, tokenOfTwo] = [await one.token(hospital.admin), await two.token(hospital.admin)]
    const { blinds } = linkingSkills
    const body = { unitId: room, stage: 'live', accountLinkRequest: await newRequest(blinds) }
    const path = `/v1/skills/${blinds}/enablements`
    gate.close()
    const answers = [
      one.call('POST', path, { token: tokenOfOne, body }),
      two.call('POST', path, { token: tokenOfTwo, body }),
    ]
    await gate.arrival(1)
    gate.open()
    // Who came second looks again and again whether the first one is done.
    let open = answers.length
    for (const answer of answers) void answer.finally(() => (open -= 1))
    for (let looks = 0; looks < 200 && open > 0; looks += 1) {
      await one.call('GET', '/livez')
      for (const { clock } of [one, two]) if (clock.wakeTimes().length > 4) clock.moveBy(25)
    }
    for (const { status, body } of await Promise.all(answers)) {
      assert.deepEqual([status, body.accountLink.status], [201, 'LINKED'])
    }
    assert.equal(gate.passages.length, 1)
  })

  test('a code that linked a unit on one links another on the other, for the same client and ten minutes', async (t) => {
    const { settings } = await openDatabase(t)
    const { service: one, gate, newRequest, enable, options } = await startLinkedHospital(t, settings())
    const two = await startService(t, options)
    const { blinds } = linkingSkills
    const accountLinkRequest = await newRequest(blinds)
    const bringToTwo = async (clientId: string, unitId: string) => {
      const body = { unitId, stage: 'live', accountLinkRequest }
      const token = await two.token(clientId)
      return (await two.call('POST', `/v1/skills/${blinds}/enablements`, { token, body })).status
    }
    assert.equal((await enable(blinds, room, accountLinkRequest)).status, 201)
    assert.equal(await bringToTwo(hospital.wardAdmin, otherRoom), 400)
    assert.equal(gate.to(tokenPath).length, 2)
    two.clock.moveBy(one.clock.now() + 600_000 - 1 - two.clock.now())
    assert.equal(await bringToTwo(hospital.admin, otherRoom), 201)
    two.clock.moveBy(1)
    assert.equal(await bringToTwo(hospital.admin, hospital.ward), 400)
    assert.equal(await bringToTwo(hospital.admin, room), 201)
    assert.equal(gate.to(tokenPath).length, 3)
  })
})

describe('Nodes that start', () => {
  test('Nodes that start at once on an empty database share the schema, the keys and the catalog', async (t) => {
    for (let round = 0; round < 3; round += 1) {
      const { settings } = await openDatabase(t)
      const issuers = await Promise.all([1, 2, 3, 4].map(() => startIssuer(settings())))
      t.after(() => Promise.all(issuers.map((issuer) => issuer.stop())))
      const form = { grant_type: 'client_credentials', scope: management }
      for (const client of [portal, other]) {
        const tokens = await Promise.all(issuers.map((issuer) => issuer.tokenFor(client, form)))
        for (const { access_token } of tokens) {
          const statuses = await Promise.all(issuers.map((issuer) => issuer.useToken(access_token)))
          assert.deepEqual([...new Set(statuses)], [client === portal ? 200 : 403])
        }
      }
    }
  })

  test('Nodes with a newer schema leave the older ones at work, which are not started again then', async (t) => {
    const { settings, url } = await openDatabase(t)
    const old = await startHospital(t, settings())
    assert.equal((await old.enable(nurseCall, room)).status, 201)
    const text = `alter table skills add column since bigint; alter table enablements add column since bigint;
      alter table clients add column since bigint; alter table grants add column since bigint;
      create index skills_since on skills (since);`
    const added = { number: 9999, name: 'what-is-added', text }
    const now = Date.now
    const newer = await openPostgresStorage(url, {
      ...systemClock,
      newId: createNewId(now),
      migrations: [...readMigrations(), added],
    })
    t.after(() => newer.close())
    // What the older one has cached is read anew.
    old.clock.moveBy(tokenStaleMs)
    assert.equal((await old.get(nurseCall, room)).status, 200)
    assert.equal((await old.enable(menu, room)).status, 201)
    assert.equal((await old.disable(nurseCall, room)).status, 204)
    assert.ok(await old.token(hospital.admin))
    assert.equal((await newer.enablements.find(room as never, menu as never))?.stage, 'live')
    await assert.rejects(startSkillkeeper({ port: 0, logLevel: 'silent', ...settings() }), /Use a newer/)
  })
})

async function startIssuers(t: TestContext): Promise<[Issuer, Issuer]> {
  const { settings } = await openDatabase(t)
  const [one, two] = [await startIssuer(settings()), await startIssuer(settings())]
  t.after(() => Promise.all([one.stop(), two.stop()]))
  return [one, two]
}

/** Lets the node look after its keys on the way, as it does every half hour. */
async function moveInSteps({ clock, world, call }: Issuer, ms: number): Promise<void> {
  const goal = clock.now() + ms
  while (clock.now() < goal) {
    await world.settled()
    const soon = Math.min(...clock.wakeTimes().filter((at) => at > clock.now()), goal)
    clock.moveBy(Math.max(soon, goal - hourMs) - clock.now())
  }
  await world.settled()
  assert.equal((await call('/readyz')).status, 200)
}
