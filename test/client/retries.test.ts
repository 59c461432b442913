import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AbortError, ApiError, SkillsClient, TimeoutError, TransportError } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'
import { createEagerClock } from '../support/eager-clock.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'

const { room, nurseCall } = hospital
const target = { skillId: nurseCall, unitId: room }
const code = {
  redirectUri: 'https://provider.example/cb',
  authCode: 'a-code-of-the-provider',
  type: 'AUTH_CODE',
} as const
const listPath = '/v1/skills/enablements'

describe('On a bad line', () => {
  for (const fault of ['drop', 'lose', 'truncate', 'duplicate'] as const) {
    test(`each operation does its work when a request meets "${fault}"`, async (t) => {
      const { client, proxy, service } = await startClientWorld(t)
      await client.accessToken()
      const before = proxy.requests()
      proxy.plan(fault)
      assert.equal((await client.enable({ ...target, stage: 'live' })).unit.id, room)
      proxy.plan(fault)
      await client.batchEnable({ skillId: nurseCall, items: [{ itemId: 1, unitId: room, stage: 'live' }] })
      await service.settled()
      proxy.plan(fault)
      assert.equal((await client.get(target)).status, 'ENABLED')
      proxy.plan(fault)
      assert.equal((await client.list({ unitId: room })).items.length, 1)
      proxy.plan(fault)
      await client.disable(target)
      assert.equal((await client.list({ unitId: room })).items.length, 0)
      assert.equal(proxy.requests() - before, fault === 'duplicate' ? 6 : 11)
    })

    test(`a token is got when its request meets "${fault}"`, async (t) => {
      const { client, proxy } = await startClientWorld(t)
      proxy.plan(fault)
      assert.match(await client.accessToken(), /^Atza\|/)
    })
  }

  test('to disable what is not enabled is 404 all the same when only the token was waited for too long', async (t) => {
    const { client, newClient, clock } = await startClientWorld(t)
    const token = await client.accessToken()
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    let count = 0
    const credentials = async () => {
      count += 1
      if (count > 1) return token
      resolve()
      return await new Promise<string>(() => {})
    }
    const disabling = failure(newClient({ credentials }).disable(target))
    await asked
    clock.endLimits()
    const error = await disabling
    assert.ok(error instanceof ApiError, String(error))
    assert.deepEqual([error.status, error.attempts], [404, 2])
  })

  test('an answer that does not come in time is given up, and asked for again', async (t) => {
    const { client, proxy, clock } = await startClientWorld(t)
    await client.accessToken()
    proxy.plan('hold')
    const listing = client.list({ unitId: room })
    await proxy.held(1)
    clock.endLimits()
    assert.deepEqual((await listing).items, [])
  })

  test('a call ends with a TimeoutError when its time is over', async (t) => {
    const { client, proxy, clock } = await startClientWorld(t)
    await client.accessToken()
    proxy.plan('hold')
    const listing = failure(client.list({ unitId: room }, { timeoutMs: 15_000 }))
    await proxy.held(1)
    clock.endLimits()
    const error = await listing
    assert.ok(error instanceof TimeoutError)
    assert.deepEqual([error.name, error.attempts], ['TimeoutError', 1])
  })

  test('a call that is called off rejects with an AbortError that has the reason', async (t) => {
    const { client, proxy } = await startClientWorld(t)
    await client.accessToken()
    proxy.plan('hold')
    const controller = new AbortController()
    const listing = failure(client.list({ unitId: room }, { signal: controller.signal }))
    await proxy.held(1)
    controller.abort('enough')
    const error = await listing
    assert.ok(error instanceof AbortError)
    assert.deepEqual([error.name, error.cause], ['AbortError', 'enough'])
    const late = await failure(client.list({ unitId: room }, { signal: controller.signal }))
    assert.ok(late instanceof AbortError)
  })

  test('who calls off during the fetch of a token leaves the others their token', async (t) => {
    const { client, proxy } = await startClientWorld(t)
    proxy.plan('hold')
    const controller = new AbortController()
    const calledOff = failure(client.list({ unitId: room }, { signal: controller.signal }))
    const kept = client.list({ unitId: room })
    await proxy.held(1)
    controller.abort()
    assert.ok((await calledOff) instanceof AbortError)
    proxy.release()
    assert.deepEqual((await kept).items, [])
  })

  test('a request with an authorization code is not repeated at Amazon, where it is unknown what became of it', async () => {
    for (const [broken, isRepeated] of [
      [() => Promise.reject(new TypeError('fetch failed')), false],
      [async () => new Response('', { status: 503 }), false],
      [async () => new Response('', { status: 429 }), true],
    ] as const) {
      let attempts = 0
      const client = new SkillsClient({
        region: 'EU',
        credentials: 'Atza|token',
        clock: createEagerClock(),
        fetch() {
          attempts += 1
          return broken()
        },
      })
      await failure(client.enable({ ...target, stage: 'live', accountLinkRequest: code }))
      assert.equal(attempts > 1, isRepeated)
      attempts = 0
      const items = [{ itemId: 0, unitId: room, stage: 'live', accountLinkRequest: code } as const]
      await failure(client.batchEnable({ skillId: nurseCall, items }))
      assert.equal(attempts > 1, isRepeated)
      attempts = 0
      await failure(client.enable({ ...target, stage: 'live' }))
      assert.equal(attempts, 5)
    }
  })
})

describe('A refusal that passes', () => {
  test('is waited for as long as the service says, in seconds or by a date on its own clock', async (t) => {
    const answers = [
      answer(429, { type: 'TOO_MANY_REQUESTS', message: 'Slow down.' }, { 'retry-after': '3' }),
      answer(
        503,
        { type: 'SERVICE_UNAVAILABLE', message: 'Later.' },
        { date: 'Thu, 01 Jan 2026 07:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 07:00:05 GMT' },
      ),
      answer(500, { type: 'INTERNAL_ERROR', message: 'Oops.' }, { 'retry-after': 'soon' }),
      answer(200, { items: [], paginationContext: {} }),
    ]
    const { client, clock } = await startHostile(t, () => answers.shift() ?? answer(500), 0.5)
    assert.deepEqual((await client.list({ unitId: room })).items, [])
    assert.deepEqual(clock.pauses, [3000 + 125, 5000 + 250, 500])
  })

  test('is waited for with full jitter, twice as long each time, up to a cap', async (t) => {
    const { client, clock } = await startHostile(t, () => answer(500), 1)
    const retry = { attemptsMax: 8, delayMs: 100, delayMaxMs: 1000 }
    const error = await failure(client.list({ unitId: room }, { retry }))
    assert.deepEqual(clock.pauses, [100, 200, 400, 800, 1000, 1000, 1000])
    assert.equal(error.attempts, 8)
    const unlucky = await startHostile(t, () => answer(500), 0)
    await failure(unlucky.client.list({ unitId: room }))
    assert.deepEqual(unlucky.clock.pauses, [0, 0, 0, 0])
  })

  test('is told at once when the wait would outlast the call', async (t) => {
    const { client, clock } = await startHostile(t, () => answer(429, {}, { 'retry-after': '61' }), 0)
    const error = await failure(client.list({ unitId: room }))
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.retryAfterMs, clock.pauses], [429, 61_000, []])
  })

  test('is not repeated any more when the budget is spent, which successes fill again', async (t) => {
    let status = 500
    const { client, server } = await startHostile(t, () => answer(status, { items: [] }), 0, {
      retryBudget: 6,
    })
    await failure(client.list({ unitId: room }))
    await failure(client.list({ unitId: room }))
    assert.equal(server.requests.length, 5 + 3)
    await failure(client.list({ unitId: room }))
    assert.equal(server.requests.length, 9)
    status = 200
    for (let calls = 0; calls < 10; calls++) await client.list({ unitId: room })
    status = 500
    await failure(client.list({ unitId: room }))
    assert.equal(server.requests.length, 21)
  })

  test('with 429 costs no budget, as the service itself says when to come back', async (t) => {
    const { client, server } = await startHostile(t, () => answer(429), 0, { retryBudget: 0 })
    await failure(client.list({ unitId: room }))
    assert.equal(server.requests.length, 5)
  })

  test('is no matter for a refusal that stays: 400, 403, 404 are told at once', async (t) => {
    for (const status of [400, 403, 404, 409]) {
      const { client, server } = await startHostile(t, () => answer(status), 0)
      await failure(client.list({ unitId: room }))
      assert.equal(server.requests.length, 1)
    }
  })

  test('is for who wants it: with attemptsMax 1 nothing is repeated', async (t) => {
    const { client, proxy } = await startClientWorld(t)
    await client.accessToken()
    proxy.plan('lose')
    assert.ok(
      (await failure(client.list({ unitId: room }, { retry: { attemptsMax: 1 } }))) instanceof TransportError,
    )
  })
})

async function startHostile(
  t: { after(end: () => Promise<void>): void },
  next: () => ReturnType<typeof answer>,
  random: number,
  options: { readonly retryBudget?: number } = {},
) {
  const server = await startHostileServer({ [listPath]: (response) => next()(response) })
  t.after(() => server.stop())
  const clock = createEagerClock()
  const client = new SkillsClient({
    endpoint: server.url,
    credentials: 'Atza|token',
    clock,
    random: () => random,
    ...options,
  })
  return { server, clock, client }
}
