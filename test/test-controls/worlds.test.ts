import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'
import { openTelemetry } from '../../src/app/log/telemetry.ts'
import { completeSettings } from '../../src/app/settings/read-settings.ts'
import { openTestParts } from '../../src/app/test-service.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { type Controlled, send, startControlled } from '../support/controlled.ts'
import { operatorToken } from '../support/service.ts'

const enablements = `/v1/skills/${hospital.nurseCall}/enablements`

/** What somebody does in a world, at its base URL. */
async function visit({ ask, control, token }: Controlled, base: string) {
  const accessToken = await token(base)
  const call = (method: string, path: string, body?: unknown) =>
    ask(method, base + path, { token: accessToken, body })
  return {
    base,
    accessToken,
    call,
    enable: async (unitId: string) => (await call('POST', enablements, { unitId, stage: 'live' })).status,
    statusOf: async (unitId: string) => {
      const { status, body } = await call('GET', `${enablements}?unitId=${unitId}`)
      return status === 200 ? body.status : status
    },
    control: (method: string, path: string, body?: unknown) => control(method, path, body, base),
    operator: (path: string) => ask('GET', `${base}/_skillkeeper${path}`, { token: operatorToken }),
  }
}

describe('A world', () => {
  test('begins with what the service had when it was ready, and has an ID that it is given or gets', async (t) => {
    const service = await startControlled(t)
    const first = await visit(service, service.url)
    await first.enable(hospital.room)
    for (const request of [{}, { from: 'start' }, { id: 'a' }, { id: 'a'.repeat(63) }]) {
      const { status, body } = await service.control('POST', '/worlds', request)
      assert.equal(status, 201)
      assert.equal(body.url, `${service.url}/_world/${body.id}`)
      assert.match(body.id, /^[a-z0-9-]{1,63}$/)
      const { statusOf } = await visit(service, body.url)
      assert.equal(await statusOf(hospital.room), 404)
      assert.deepEqual((await service.control('GET', `/worlds/${body.id}`)).body, body)
    }
    for (const id of ['', 'A', 'a_b', '-a', 'a-', 'a'.repeat(64), 'a.b'])
      assert.equal((await service.control('POST', '/worlds', { id })).status, 400, id)
    const { status, body } = await service.control('POST', '/worlds', { id: 'a' })
    assert.deepEqual(
      [status, body.message],
      [400, 'There is a world a already. Remove it, or take another ID.'],
    )
    assert.equal((await service.control('POST', '/worlds', { id: 'default' })).status, 400)
  })

  test('has a catalog of its own, or what another world or a snapshot has', async (t) => {
    const service = await startControlled(t, { catalog: undefined as never })
    const clock = { frozenAt: '2030-01-01T00:00:00Z' }
    const own = await visit(service, await service.create({ id: 'own', catalog: hospitalCatalog, clock }))
    await own.control('PUT', '/activation', { kind: 'held' })
    assert.equal(await own.enable(hospital.room), 201)
    const { body: snapshot } = await own.control('POST', '/snapshots', {})
    assert.equal(await own.enable(hospital.otherRoom), 201)
    const copy = await visit(service, await service.create({ from: { world: 'own' } }))
    const earlier = await visit(service, await service.create({ from: { snapshot: snapshot.id } }))
    for (const [world, status] of [
      [copy, 'ENABLING'],
      [earlier, 404],
    ] as const) {
      assert.equal(await world.statusOf(hospital.room), 'ENABLING')
      assert.equal(await world.statusOf(hospital.otherRoom), status)
      const { body: clock } = await world.control('GET', '/clock')
      assert.deepEqual([clock.mode, clock.now], ['frozen', '2030-01-01T00:00:00.000Z'])
      assert.deepEqual((await world.control('GET', '/activation')).body, { kind: 'held' })
    }
    // The copy lives on its own, with keys of its own.
    await copy.control('POST', '/activation/release', {})
    assert.equal(await own.statusOf(hospital.room), 'ENABLING')
    assert.equal(
      (await service.ask('GET', `${own.base}${enablements}`, { token: copy.accessToken })).status,
      401,
    )
  })

  test('has settings and a clock of its own', async (t) => {
    const service = await startControlled(t)
    const settings = { activationDelayMs: 60_000, batchItemsMax: 1, rateLimit: 2 }
    const world = await visit(
      service,
      await service.create({ id: 'w', settings, clock: { frozenAt: '2031-05-05T05:05:05Z' } }),
    )
    assert.deepEqual((await service.control('GET', '/worlds/w')).body.settings, settings)
    assert.equal(await world.enable(hospital.room), 201)
    const items = [hospital.room, hospital.otherRoom].map((unitId, itemId) => ({
      itemId,
      unitId,
      stage: 'live',
    }))
    assert.equal((await world.call('POST', `${enablements}/batch`, { items })).status, 400)
    assert.equal(await world.statusOf(hospital.room), 429)
    await world.control('POST', '/clock/advance', { by: 'PT59.999S' })
    assert.equal(await world.statusOf(hospital.room), 'ENABLING')
    await world.control('POST', '/clock/advance', { by: 'PT0.001S' })
    assert.equal(await world.statusOf(hospital.room), 'ENABLED')
    // Another one knows nothing of it.
    const other = await visit(service, await service.create())
    assert.equal((await other.call('POST', `${enablements}/batch`, { items })).status, 202)
  })

  test('is not made of a request that contradicts itself, and nothing of it is left', async (t) => {
    const service = await startControlled(t)
    const noOrganization = { ...hospitalCatalog, organizations: [{ id: 'no ID' }] }
    const wrong = [
      [{ catalog: noOrganization }, 400, /organizations/],
      [{ catalog: 'text' }, 400, /object/],
      [{ catalog: hospitalCatalog, from: 'start' }, 400, /^catalog and from exclude each other/],
      [{ from: { world: 'w9' } }, 404, /^There is no world w9\.$/],
      [{ from: { snapshot: 'nothing' } }, 404, /^There is no snapshot nothing\.$/],
      [{ from: 'end' }, 400, /^from/],
      [{ clock: { frozenAt: '2030-02-30T00:00:00Z' } }, 400, /^clock\.frozenAt is invalid/],
      [{ settings: { rateLimit: -1 } }, 400, /rateLimit/],
      [{ settings: { port: 1 } }, 400, /property in settings is unknown/],
      [{ colour: 'red' }, 400, /property is unknown/],
    ] as const
    for (const [request, status, message] of wrong) {
      const answer = await service.control('POST', '/worlds', { id: 'w', ...request })
      assert.equal(answer.status, status, JSON.stringify(request))
      assert.match(answer.body.message, message)
    }
    assert.equal((await service.control('GET', '/worlds')).body.items.length, 1)
    await service.create({ id: 'w' })
  })

  test('links accounts at itself, through the page and the paths in its catalog', async (t) => {
    const service = await startControlled(t, { catalog: undefined as never })
    const base = await service.create({ id: 'w' })
    const visited = await openDemo(service, base)
    const enabled = await visited.enable(await visited.authorize())
    assert.deepEqual([enabled.status, enabled.body.accountLink], [201, { status: 'LINKED' }], enabled.text)
    const { items } = (await service.control('GET', '/journal?operation=token', undefined, base)).body
    assert.equal(items.at(-1).response.status, 200, 'The world itself redeemed the code.')
    // A code of another world means nothing here.
    const other = await openDemo(service, await service.create())
    assert.equal((await other.enable(await visited.authorize())).status, 400)
  })

  test('has what is observed of it, and nothing of others', async (t) => {
    const service = await startControlled(t)
    const one = await visit(service, await service.create())
    const other = await visit(service, await service.create())
    await one.statusOf(hospital.unknownUnit)
    await service.ask('GET', `${one.base}/nothing`)
    const refusalsOf = async ({ operator }: typeof one) =>
      (await operator('/refusals')).body.items.map(({ operation }: { operation: string }) => operation)
    assert.deepEqual(await refusalsOf(one), ['unknown', 'get'])
    assert.deepEqual(await refusalsOf(other), [])
    assert.deepEqual(await refusalsOf({ ...one, ...(await visit(service, service.url)) }), [])
    const metricsOf = async ({ base }: typeof one) => (await service.ask('GET', `${base}/metrics`)).text
    assert.match(await metricsOf(one), /requests_total\{operation="get",outcome="NOT_FOUND"\} 1/)
    assert.doesNotMatch(await metricsOf(other), /operation="get"/)
  })

  test('tells where it made something, under its own path', async (t) => {
    const service = await startControlled(t)
    const world = await visit(service, await service.create())
    for (const { base, prefix } of [
      { base: world.base, prefix: new URL(world.base).pathname },
      { base: service.url, prefix: '' },
    ]) {
      const { call } = await visit(service, base)
      const made = await call('POST', '/v2/units', {
        parentId: hospital.ward,
        name: { type: 'PLAIN', value: { text: 'Room 3' } },
      })
      if (made.status !== 201) continue
      assert.ok(String(made.headers.location).startsWith(`${prefix}/`), String(made.headers.location))
    }
  })
})

describe('Worlds', () => {
  test('are removed with all that is in them, also while they are in use', async (t) => {
    const service = await startControlled(t)
    const world = await visit(service, await service.create({ id: 'w' }))
    await world.control('POST', '/faults', { match: { operation: 'list' }, effect: { connection: 'hang' } })
    await world.control('POST', '/faults', { match: { operation: 'enable' }, effect: { latencyMs: 50 } })
    const { body: snapshot } = await world.control('POST', '/snapshots', {})
    const hanging = world.call('GET', `/v1/skills/enablements?unitId=${hospital.room}`).then(
      () => 'answered',
      () => 'cut off',
    )
    const waiting = send('GET', `${world.base}/_skillkeeper/test/journal?wait=60&operation=disable`, {
      token: operatorToken,
    })
    const slow = Array.from({ length: 20 }, () => world.enable(hospital.room))
    await world.statusOf(hospital.room)
    assert.equal((await service.control('DELETE', '/worlds/w')).status, 204)
    assert.equal(await hanging, 'cut off')
    for (const status of await Promise.all(slow)) assert.ok(status === 201 || status === 404, `${status}`)
    assert.ok([200, 404].includes((await waiting).status))
    assert.equal(await world.statusOf(hospital.room), 404)
    assert.equal((await service.control('DELETE', '/worlds/w')).status, 404)
    assert.equal((await service.control('DELETE', '/worlds/default')).status, 400)
    // Its snapshot outlives it, and the ID is free again; the tokens of the one that is gone are a stranger's.
    const again = await visit(service, await service.create({ id: 'w', from: { snapshot: snapshot.id } }))
    assert.equal(await again.statusOf(hospital.room), 404)
    const { status } = await service.ask('GET', `${again.base}${enablements}?unitId=${hospital.room}`, {
      token: world.accessToken,
    })
    assert.equal(status, 401)
    const unnamed = await service.ask('GET', `${enablements}?unitId=${hospital.room}`, {
      token: world.accessToken,
    })
    assert.equal(unnamed.status, 401)
  })

  test('have a limit, which removal makes room under', async (t) => {
    const { control } = await startLimited(t, 3)
    assert.equal((await control('POST', '/worlds', { id: 'w1' })).status, 201)
    const many = await Promise.all([1, 2, 3].map(() => control('POST', '/worlds', {})))
    assert.deepEqual(many.map(({ status }) => status).sort(), [201, 400, 400])
    const refused = many.find(({ status }) => status === 400)
    assert.equal(refused?.body.message, 'There are 3 worlds. Remove those that are no longer needed.')
    await control('DELETE', '/worlds/w1')
    assert.equal((await control('POST', '/worlds', { id: 'w1' })).status, 201)
  })
})

/** A person who allows the demo client of the lights on the page, and a client that enables them. */
async function openDemo({ ask }: Controlled, base: string) {
  const redirectUri = 'http://127.0.0.1:9090/cb'
  const lights = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000002'
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'amzn1.application-oa2-client.demo',
    client_secret: 'demo-secret',
    scope: 'alexa::enterprise:management',
  })
  const { body } = await ask('POST', `${base}/auth/o2/token`, { body: form.toString() })
  return {
    async authorize() {
      const query = new URLSearchParams({
        client_id: 'amzn1.application-oa2-client.demo-lights',
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'profile',
      })
      const page = `${base}/ap/oa?${query}`
      const { text } = await ask('GET', page)
      const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(text) ?? []
      // As a browser resolves it.
      const target = new URL(action.replaceAll('&#38;', '&').replaceAll('&amp;', '&'), page).href
      assert.ok(target.startsWith(`${base}/ap/oa`), target)
      const sent = await ask('POST', target, {
        body: `${query}&decision=allow`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(sent.status, 302, sent.text)
      return new URL(String(sent.headers.location)).searchParams.get('code') ?? ''
    },
    enable: (authCode: string) =>
      ask('POST', `${base}/v1/skills/${lights}/enablements`, {
        token: body.access_token,
        body: {
          unitId: 'amzn1.alexa.unit.did.ROOM101',
          stage: 'live',
          accountLinkRequest: { authCode, redirectUri, type: 'AUTH_CODE' },
        },
      }),
  }
}

async function startLimited(t: TestContext, worldsMax: number) {
  const settings = completeSettings({ testControls: true, port: 0, operatorToken, logLevel: 'silent' })
  const parts = new AsyncDisposableStack()
  t.after(() => parts.disposeAsync())
  const opening = {
    settings,
    catalog: hospitalCatalog,
    clock: systemClock,
    telemetry: openTelemetry(settings),
  }
  const { server } = await openTestParts({ ...opening, signal: undefined }, parts, worldsMax)
  return {
    control: (method: string, path: string, body?: unknown) =>
      send(method, `${server.url}/_skillkeeper/test${path}`, { token: operatorToken, body }),
  }
}
