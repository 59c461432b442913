// Services that are nearly right, and callers whose own functions fail: what the client makes of them.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import {
  AnswerError,
  ApiError,
  BatchError,
  type Fetch,
  SkillsClient,
  type SkillsClientOptions,
  StoppedError,
  TokenError,
  type UnitOutcome,
} from '../../src/client/index.ts'
import { failure } from '../support/clients.ts'
import { createEagerClock } from '../support/eager-clock.ts'

const unitId = 'amzn1.alexa.unit.did.R1'
const skillId = 'amzn1.ask.skill.1'
const enablement = { skill: { id: skillId, stage: 'live' }, unit: { id: unitId }, status: 'ENABLING' }
const pageOf = (nextToken?: unknown, isEmpty = false) => ({
  items: isEmpty ? [] : [enablement],
  results: isEmpty ? [] : [{ unitId, enablements: [enablement] }],
  paginationContext: nextToken === undefined ? {} : { nextToken },
})
const unitPageOf = (nextToken?: unknown, isEmpty = false) => ({
  ...pageOf(nextToken),
  results: isEmpty ? [] : [{ id: unitId }],
})

/** Every way to go through pages, and what counts the things on them. */
const pagers: Readonly<Record<string, (client: SkillsClient) => Promise<unknown>>> = {
  list: (client) => Array.fromAsync(client.list({ unitId })),
  'the pages of a list': (client) => Array.fromAsync(client.list({ unitId }).pages()),
  batchGet: (client) => Array.fromAsync(client.batchGet({ items: [{ itemId: 0, unitId }] })),
  'units.list': (client) => Array.fromAsync(client.units.list({ parentId: unitId })),
  getMany: (client) => Array.fromAsync(client.getMany([unitId])),
  waitUntilAllEnabled: (client) => client.waitUntilAllEnabled([unitId], { skillId }),
}

describe('Pages that go round in a circle', () => {
  for (const [name, readAll] of Object.entries(pagers)) {
    test(`of any length are an AnswerError in ${name}`, async () => {
      const lengths = fc.record({ before: fc.nat(20), circle: fc.integer({ min: 1, max: 30 }) })
      const circles = fc.asyncProperty(lengths, fc.boolean(), async ({ before, circle }, isEmpty) => {
        const { client, requests } = pagesOf((page) => {
          const next = page + 1
          return [`token-${next < before + circle ? next : before}`, isEmpty]
        })
        const error = await failure(readAll(client))
        assert.ok(error instanceof AnswerError, String(error))
        assert.match(error.message, /no end/)
        // Not one page is asked for twice, but the first, which may have been named by a token as well.
        assert.ok(requests.length <= before + circle + 1, `${requests.length} requests`)
      })
      await fc.assert(circles, { numRuns: 50 })
    })
  }

  test('are read to the last that is new before the list is given up', async () => {
    const { client } = pagesOf((page) => [['B', 'A', 'B'][page] ?? 'A', false])
    let pages = 0
    const reading = (async () => {
      for await (const { items } of client.list({ unitId, nextToken: 'A' }).pages()) pages += items.length
    })()
    assert.ok((await failure(reading)) instanceof AnswerError)
    assert.equal(pages, 2)
  })

  test('are told from a list that is long', async () => {
    const { client } = pagesOf((page) => [page < 2000 ? `token-${page + 1}` : undefined, page % 7 > 0])
    assert.equal((await Array.fromAsync(client.list({ unitId }))).length, 286)
  })

  test('are not all that has no end: a list of empty pages has a limit', async () => {
    const { client, requests } = pagesOf((page) => [`token-${page + 1}`, true])
    assert.match((await failure(Array.fromAsync(client.list({ unitId })))).message, /empty/)
    assert.equal(requests.length, 10_001)
  })
})

describe('A token of the next page', () => {
  // Who waits asks for one unit after the other where batchGet is not as it should be.
  const { waitUntilAllEnabled: _, ...readers } = pagers
  for (const [name, readAll] of Object.entries(readers)) {
    test(`that is no text does not end ${name} in silence`, async () => {
      for (const token of [5, 0, true, false, {}, ['A'], { token: 'A' }]) {
        const { client } = pagesOf(() => [token, false])
        assert.ok((await failure(readAll(client))) instanceof AnswerError, JSON.stringify(token))
      }
    })
  }
})

describe('An `expires_in`', () => {
  const odd = [
    '',
    ' ',
    'soon',
    '1h',
    '0x10',
    '1e3',
    '-1',
    -1,
    -3600,
    0,
    '0',
    0.5,
    null,
    true,
    false,
    [],
    [3600],
    {},
    '٣٦٠٠',
    Number.MIN_VALUE,
    'Infinity',
    'NaN',
    '9'.repeat(400),
  ]
  for (const said of [...odd, undefined])
    test(`of ${JSON.stringify(said)} means an hour`, async () => {
      assert.deepEqual(await renewals(JSON.stringify({ access_token: 'Atza|1', expires_in: said })), {
        before: 1,
        after: 2,
      })
    })

  test('that JSON cannot hold means an hour, too', async () => {
    const answered = '{"access_token":"Atza|1","expires_in":1e999}'
    assert.deepEqual(await renewals(answered), { before: 1, after: 2 })
  })

  for (const said of [3600, '3600', ' 3600 ', '3600.0', 3600.5])
    test(`of ${JSON.stringify(said)} is what it says`, async () => {
      const answered = JSON.stringify({ access_token: 'Atza|1', expires_in: said })
      assert.deepEqual(await renewals(answered, 3539), { before: 1, after: 2 })
    })

  for (const said of [86_400, 1e12, 1e300, Number.MAX_SAFE_INTEGER, '9'.repeat(30)])
    test(`of ${JSON.stringify(said)} holds for a day at most`, async () => {
      const answered = JSON.stringify({ access_token: 'Atza|1', expires_in: said })
      assert.deepEqual(await renewals(answered, 86_339), { before: 1, after: 2 })
    })

  /** The requests for a token before and after so many seconds. */
  async function renewals(answered: string, seconds = 3539) {
    let tokens = 0
    const credentials = { clientId: 'id', clientSecret: 'the-secret' }
    const answerAll: Fetch = async (url) => {
      if (!url.endsWith('/auth/o2/token')) return Response.json(pageOf())
      tokens += 1
      return new Response(answered)
    }
    const { client, clock } = clientOf(answerAll, { credentials })
    for (let call = 0; call < 5; call++) await client.list({ unitId })
    clock.moveBy(seconds * 1000)
    await client.list({ unitId })
    const before = tokens
    clock.moveBy(1500)
    await client.list({ unitId })
    return { before, after: tokens }
  }
})

describe('A number in an answer with an error', () => {
  const afters: readonly [said: string, retryAfterMs: number | undefined][] = [
    ['3', 3000],
    [' 3 ', 3000],
    ['1.5', 1500],
    ['5, 5', 5000],
    ['9'.repeat(400), 2 ** 31 - 1],
    ['-5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['5s', undefined],
    ['in 5 minutes', undefined],
    ['May 5', undefined],
    ['NaN', undefined],
    ['Thu, 01 Jan 2026 12:00:05 GMT', 5000],
    ['Thursday, 01-Jan-26 12:00:05 GMT', 5000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 2 ** 31 - 1],
  ]
  for (const [said, retryAfterMs] of afters)
    test(`Retry-After ${said.slice(0, 40)} is ${retryAfterMs === undefined ? 'not heeded' : `${retryAfterMs} ms`}`, async () => {
      const { client } = clientOf(
        async () => Response.json({ message: 'No.' }, { status: 429, headers: { 'retry-after': said } }),
        { retry: { attemptsMax: 1 } },
      )
      const error = await failure(client.get({ skillId, unitId }))
      assert.ok(error instanceof ApiError)
      assert.equal(error.retryAfterMs, retryAfterMs)
    })

  for (const said of [undefined, null, '', 'bad', -1, 0, 200, 1e9, 400.5, [], {}])
    test(`a status of ${JSON.stringify(said)} of an item is that of the answer`, async () => {
      const errors = [{ itemId: 0, status: said, errorCode: 'X', errorDescription: 'No.' }]
      const { client } = clientOf(async () => Response.json({ errors }, { status: 403 }))
      const error = await failure(client.batchDisable({ skillId, items: [{ itemId: 0, unitId }] }))
      assert.ok(error instanceof BatchError)
      assert.equal(error.items[0]?.status, 403)
    })

  test('an itemId that is none blames nobody', async () => {
    for (const itemId of ['', ' ', '00', '1e0', 0.5, -1, 7, 'x']) {
      const errors = [{ itemId, status: 400, errorCode: 'X', errorDescription: 'No.' }]
      const { client } = clientOf(async () => Response.json({ errors }, { status: 400 }))
      const error = await failure(Array.fromAsync(client.getMany([unitId, `${unitId}2`])))
      assert.ok(error instanceof BatchError, JSON.stringify(itemId))
    }
  })

  test('a level that is no whole number is absent', async () => {
    for (const level of ['1', 1.5, null, {}, true]) {
      const { client } = clientOf(async () => Response.json({ id: unitId, level }))
      assert.equal((await client.units.get(unitId)).level, undefined)
    }
  })
})

describe('A failure that nobody has asked for yet', () => {
  test('is no unhandled rejection, and is told to who asks', async (t) => {
    const unhandled = listenForUnhandled(t)
    const { client } = clientOf(async () => Response.json({ message: 'No.' }, { status: 403 }))
    const lists = [
      client.list({ unitId }),
      client.batchGet({ items: [{ itemId: 0, unitId }] }),
      client.units.list({ parentId: unitId }),
    ]
    await turns()
    for (const list of lists) {
      assert.ok((await failure(Array.fromAsync<unknown>(list))) instanceof ApiError)
      assert.ok((await failure(Array.fromAsync<unknown>(list.pages()))) instanceof ApiError)
      assert.ok((await failure(list)) instanceof ApiError)
    }
    const many = client.getMany(Array.from({ length: 50 }, (_, index) => `${unitId}${index}`))
    assert.ok((await failure(many.next())) instanceof ApiError)
    await turns()
    assert.deepEqual(unhandled, [])
  })

  test('is none either when the call is called off while a token is on its way', async (t) => {
    const unhandled = listenForUnhandled(t)
    const { promise, reject } = Promise.withResolvers<string>()
    const { client } = clientOf(async () => Response.json({}), { credentials: () => promise })
    const controller = new AbortController()
    const call = failure(client.get({ skillId, unitId }, { signal: controller.signal }))
    await turns()
    controller.abort()
    await call
    reject(new Error('the vault is shut'))
    await turns()
    assert.deepEqual(unhandled, [])
  })
})

describe('What the caller gave and that throws', () => {
  const units = Array.from({ length: 25 }, (_, index) => `${unitId}-${index}`)
  const request = { skillId, stage: 'live' } as const
  const options = { batchSize: 10, concurrency: 2 }
  const problem = new Error('the disk is full')
  /** As a function that throws, and as an asynchronous one. */
  const waysToFail: Readonly<Record<string, () => void>> = {
    'at once': () => {
      throw problem
    },
    later: async () => {
      throw problem
    },
    'as a thing that is like a promise': () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a promise of another library has.
      get then() {
        throw problem
      },
    }),
  }

  for (const [how, fail] of Object.entries(waysToFail)) {
    test(`${how}, a listener, stops no unit and no other listener`, async (t) => {
      const unhandled = listenForUnhandled(t)
      for (const first of ['onOutcome', 'onProgress'] as const) {
        const { client } = clientOf(async () => new Response(null, { status: 202 }))
        const told: UnitOutcome<string>[] = []
        let reports = 0
        const result = await client.enableMany(units, request, {
          ...options,
          onOutcome(outcome) {
            told.push(outcome)
            if (first === 'onOutcome') return fail()
          },
          onProgress() {
            reports += 1
            if (first === 'onProgress') return fail()
          },
        })
        assert.deepEqual([result.accepted, result.failed, told.length, reports], [25, 0, 25, 3])
        assert.equal(result.listenerError, problem)
      }
      const { client } = clientOf(async () => Response.json(pageOf()), { onAttempt: fail })
      const waited = failure(
        client.waitUntilAllEnabled([unitId], request, { timeoutMs: 1000, onProgress: fail }),
      )
      assert.equal((await waited).name, 'WaitTimeoutError')
      await turns()
      assert.deepEqual(unhandled, [])
    })
  }

  test('nothing leaves no error in the result', async () => {
    const { client } = clientOf(async () => new Response(null, { status: 202 }))
    const { listenerError } = await client.disableMany(units, request, { onOutcome: () => {} })
    assert.equal(listenerError, undefined)
  })

  for (const broken of ['aborted', 'addEventListener', 'removeEventListener', 'reason'])
    test(`a signal whose ${broken} throws, stops nothing`, async () => {
      const controller = new AbortController()
      Object.defineProperty(controller.signal, broken, {
        get() {
          throw problem
        },
      })
      const { signal } = controller
      const { client } = clientOf(async (_, { method }) =>
        method === 'POST'
          ? new Response(null, { status: 202 })
          : Response.json({ ...enablement, status: 'ENABLED' }),
      )
      assert.equal((await client.get({ skillId, unitId }, { signal })).status, 'ENABLED')
      assert.equal((await client.waitUntilEnabled({ skillId, unitId }, { signal })).status, 'ENABLED')
      assert.equal((await client.enableMany(units, request, { ...options, signal })).accepted, 25)
    })

  test('a signal that goes off without being able to say why, calls off', async () => {
    const controller = new AbortController()
    Object.defineProperty(controller.signal, 'reason', {
      get() {
        throw problem
      },
    })
    controller.abort()
    const { client } = clientOf(async () => Response.json(enablement))
    const call = failure(client.get({ skillId, unitId }, { signal: controller.signal }))
    assert.deepEqual([(await call).name, (await call).cause], ['AbortError', problem])
  })

  for (const random of [() => Number.NaN, () => -1, () => 1e9, () => assert.fail('no dice')])
    test(`${random}, a function for chance, leaves the pauses within their bounds`, async () => {
      const refuse: Fetch = async () => Response.json({ message: 'No.' }, { status: 503 })
      const { client, clock } = clientOf(refuse, { random })
      assert.ok((await failure(client.get({ skillId, unitId }))) instanceof ApiError)
      assert.equal(clock.pauses.length, 4)
      assert.ok(clock.pauses.every((ms, index) => ms >= 0 && ms <= 250 * 2 ** index))
    })

  test('a unit that is none, loses none of the others', async () => {
    const { client } = clientOf(async () => new Response(null, { status: 202 }))
    const given = [...units.slice(0, 15), null as unknown as string, ...units.slice(15)]
    const call = client.enableMany(given, request, { batchSize: 10, concurrency: 1 })
    const error = await failure(call)
    assert.ok(error instanceof StoppedError && error.cause instanceof TypeError)
    const left = await Array.fromAsync(error.result.remaining())
    assert.equal(error.result.accepted + left.length, given.length)
  })

  test('a text of an error that has none, is told as far as it goes', async () => {
    const { client } = clientOf(async () => new Response(null, { status: 202 }))
    const broken = {
      [Symbol.iterator]: () => ({ next: () => Promise.reject(Object.create(null)) as never }),
    }
    const error = await failure(client.enableMany(broken as unknown as string[], request))
    assert.match(error.message, /Stopped after 0 accepted/)
  })

  for (const given of [undefined, null, 5, {}, ['Atza|token'], ''])
    test(`a function for credentials that gives ${JSON.stringify(given)} is a TokenError`, async () => {
      const { client, requests } = clientOf(async () => Response.json(enablement), {
        credentials: () => given as string,
      })
      assert.ok((await failure(client.get({ skillId, unitId }))) instanceof TokenError)
      assert.equal(requests.length, 0)
    })

  test('an empty refresh token in an answer is not the next to be shown', async () => {
    const shown: (string | null)[] = []
    const { client, clock } = clientOf(
      async (url, { body }) => {
        if (!url.endsWith('/auth/o2/token')) return Response.json(pageOf())
        shown.push(new URLSearchParams(String(body)).get('refresh_token'))
        return Response.json({ access_token: 'Atza|1', refresh_token: '', expires_in: 3600 })
      },
      { credentials: { clientId: 'id', clientSecret: 'the-secret', refreshToken: 'Atzr|1' } },
    )
    await client.list({ unitId })
    clock.moveBy(3_600_000)
    await client.list({ unitId })
    assert.deepEqual(shown, ['Atzr|1', 'Atzr|1'])
  })
})

/** A client over a `fetch` of the test's own, and the addresses that it asked for. */
function clientOf(fetch: Fetch, options: Partial<SkillsClientOptions> = {}) {
  const clock = createEagerClock()
  const requests: string[] = []
  const client = new SkillsClient({
    endpoint: 'http://127.0.0.1:1',
    credentials: 'Atza|token',
    clock,
    fetch(url, init) {
      requests.push(url)
      return fetch(url, init)
    },
    ...options,
  } as SkillsClientOptions)
  return { client, clock, requests }
}

/** A client whose lists have pages as the test says: by number from 0, the next token and whether nothing is on it. */
function pagesOf(page: (number: number) => readonly [nextToken: unknown, isEmpty: boolean]) {
  let number = 0
  return clientOf(async (url) => {
    const written = url.includes('/v2/units') ? unitPageOf : pageOf
    return Response.json(written(...page(number++)))
  })
}

function listenForUnhandled(t: TestContext): unknown[] {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))
  return unhandled
}

/** Lets everything happen that needs no waiting for. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate()
}
