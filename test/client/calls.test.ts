import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, BatchError, SkillsClient, TokenError, TransportError } from '../../src/client/index.ts'
import { hospital, skill } from '../support/catalogs.ts'
import { adminCredentials, failure, startClientWorld } from '../support/clients.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'

const { room, otherRoom, foreignRoom, unknownUnit, nurseCall, menu, unknownSkill } = hospital

describe('A client of the API', () => {
  test('enables, gets, lists and disables, and every result names its request', async (t) => {
    const { client, service } = await startClientWorld(t)
    const target = { skillId: nurseCall, unitId: room }
    const enabled = await client.enable({ ...target, stage: 'live', partitionName: 'Room-1, Bath-1' })
    assert.deepEqual(enabled, {
      skill: { stage: 'live', id: nurseCall },
      unit: { id: room },
      status: 'ENABLING',
      requestId: enabled.requestId,
    })
    await service.settled()
    const got = await client.get(target)
    assert.deepEqual([got.status, got.accountLink], ['ENABLED', { status: 'NOT_LINKED' }])
    const page = await client.list({ unitId: room })
    assert.deepEqual([page.items.map((item) => item.skill.id), page.nextToken], [[nurseCall], undefined])
    const disabled = await client.disable({ ...target, stage: 'live' })
    const names = [enabled, got, page, disabled].map(({ requestId }) => requestId)
    assert.equal(new Set(names).size, 4)
    assert.ok(names.every((name) => name !== undefined && service.log.some((line) => line.includes(name))))
  })

  test('enables a batch', async (t) => {
    const { client, service } = await startClientWorld(t)
    const items = [room, otherRoom].map((unitId, itemId) => ({
      itemId,
      unitId,
      stage: 'certification' as const,
    }))
    const { requestId } = await client.batchEnable({ skillId: menu, items })
    assert.ok(requestId)
    await service.settled()
    assert.equal((await client.get({ skillId: menu, unitId: otherRoom })).status, 'ENABLED')
  })

  test('throws an ApiError with status, code, message and request ID when the service refuses', async (t) => {
    const { client } = await startClientWorld(t)
    const refused = [
      { call: () => client.get({ skillId: nurseCall, unitId: room }), status: 404, code: 'NOT_FOUND' },
      { call: () => client.get({ skillId: 'nonsense', unitId: room }), status: 400, code: 'INVALID_PARAM' },
      { call: () => client.list({ unitId: unknownUnit }), status: 403, code: 'FORBIDDEN' },
      {
        call: () => client.enable({ skillId: unknownSkill, unitId: room, stage: 'live' }),
        status: 404,
        code: 'NOT_FOUND',
      },
      {
        call: () => client.disable({ skillId: nurseCall, unitId: foreignRoom }),
        status: 403,
        code: 'FORBIDDEN',
      },
    ]
    for (const { call, status, code } of refused) {
      const error = await failure(call())
      assert.ok(error instanceof ApiError && !(error instanceof BatchError))
      assert.deepEqual([error.status, error.code, error.name, error.attempts], [status, code, 'ApiError', 1])
      assert.ok(error.requestId && error.message)
    }
  })

  test('throws a BatchError whose items are data', async (t) => {
    const { client } = await startClientWorld(t)
    const units = [room, unknownUnit, foreignRoom]
    const items = units.map((unitId, index) => ({ itemId: index + 7, unitId, stage: 'live' as const }))
    const error = await failure(client.batchEnable({ skillId: nurseCall, items }))
    assert.ok(error instanceof BatchError)
    assert.deepEqual([error.status, error.code], [400, 'INVALID_PARAM'])
    assert.deepEqual(
      error.items.map(({ itemId, status, errorCode }) => [itemId, status, errorCode]),
      [
        [8, 400, 'INVALID_PARAM'],
        [9, 403, 'FORBIDDEN'],
      ],
    )
  })

  test('throws a BatchError without items when a batch is refused as a whole', async (t) => {
    const { newClient } = await startClientWorld(t)
    const client = newClient({ credentials: 'Atza|nonsense' })
    const items = [{ itemId: 0, unitId: room, stage: 'live' as const }]
    const error = await failure(client.batchEnable({ skillId: nurseCall, items }))
    assert.ok(error instanceof BatchError)
    assert.deepEqual([error.status, error.code, error.items], [401, 'INVALID_LWA_TOKEN', []])
  })

  test('reads the error code under both names that the page gives it (row 39)', async (t) => {
    const errors = [{ status: 403, erorrCode: 'FORBIDDEN', errorDescription: 'Not yours.' }]
    const server = await startHostileServer({ '/v1/skills/x/enablements/batch': answer(403, { errors }) })
    t.after(() => server.stop())
    const client = new SkillsClient({ endpoint: server.url, credentials: 'a' })
    const error = await failure(client.batchEnable({ skillId: 'x', items: [] }))
    assert.ok(error instanceof BatchError)
    assert.deepEqual([error.code, error.message], ['FORBIDDEN', 'Not yours.'])
  })

  test('tells what a gateway answers that does not speak the API', async (t) => {
    const server = await startHostileServer({ '/v1/skills/enablements': answer(418, '<html>teapot</html>') })
    t.after(() => server.stop())
    const error = await failure(
      new SkillsClient({ endpoint: server.url, credentials: 'a' }).list({ unitId: room }),
    )
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.code, error.message], [418, undefined, 'The service returned 418.'])
  })

  test('sends the headers of the client and of the call, but no other token', async (t) => {
    const server = await startHostileServer({ '/v1/skills/enablements': answer(200, { items: [] }) })
    t.after(() => server.stop())
    const headers = { 'X-Team': 'night', 'X-Shift': '1', Authorization: 'Bearer Atza|other' }
    const client = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token', headers })
    await client.list({ unitId: room }, { headers: { 'x-shift': '2', ACCEPT: 'application/json; q=1' } })
    const sent = server.requests[0]?.headers
    assert.deepEqual(
      [sent?.['x-team'], sent?.['x-shift'], sent?.accept, sent?.authorization],
      ['night', '2', 'application/json; q=1', 'Bearer Atza|token'],
    )
  })

  test('throws a TokenError with the code of the token endpoint', async (t) => {
    const { newClient } = await startClientWorld(t)
    const client = newClient({ credentials: { ...adminCredentials, clientSecret: 'wrong' } })
    const error = await failure(client.get({ skillId: nurseCall, unitId: room }))
    assert.ok(error instanceof TokenError)
    assert.deepEqual([error.status, error.code, error.operation], [401, 'invalid_client', 'token'])
    assert.ok(error.requestId)
  })

  test('throws a TransportError with its cause when nobody listens', async (t) => {
    const { newClient, proxy } = await startClientWorld(t)
    const client = newClient({ credentials: 'a' })
    await proxy.stop()
    const error = await failure(client.get({ skillId: nurseCall, unitId: room }))
    assert.ok(error instanceof TransportError && error.cause instanceof Error)
    assert.match(error.message, /ECONNREFUSED/)
    assert.equal(error.attempts, 5)
  })

  test('refuses an endpoint that is no web address', () => {
    assert.throws(() => new SkillsClient({ endpoint: 'ftp://x', credentials: 'a' }), TypeError)
    assert.throws(() => new SkillsClient({ endpoint: 'nonsense', credentials: 'a' }), TypeError)
  })

  test('keeps IDs apart from the rest of an address', async (t) => {
    const { client } = await startClientWorld(t)
    const error = await failure(client.get({ skillId: `${skill('x')}/../..?`, unitId: 'a&b=c#' }))
    assert.ok(error instanceof ApiError)
    assert.equal(error.status, 400)
  })

  for (const [region, host] of [
    ['NA', 'api.amazonalexa.com'],
    ['EU', 'api.eu.amazonalexa.com'],
    ['FE', 'api.fe.amazonalexa.com'],
  ] as const) {
    test(`goes to ${host} for the region ${region}, with a token of api.amazon.com`, async () => {
      const urls: string[] = []
      const client = new SkillsClient({
        region,
        credentials: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|1' },
        async fetch(url) {
          urls.push(url)
          return Response.json(
            url.includes('/auth/') ? { access_token: 'Atza|1', expires_in: 3600 } : { items: [] },
          )
        },
      })
      assert.deepEqual((await client.list({ unitId: room })).items, [])
      assert.deepEqual(urls, [
        'https://api.amazon.com/auth/o2/token',
        `https://${host}/v1/skills/enablements?unitId=${room}`,
      ])
    })
  }
})
