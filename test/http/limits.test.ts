import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RouteOptions } from 'fastify'
import { createSlots } from '../../src/http/engine/slots.ts'
import { startBusyService } from '../support/busy-service.ts'
import { hospital } from '../support/catalogs.ts'
import { holdRequest } from '../support/held-request.ts'
import { openConnection, type RawConnection } from '../support/raw-connection.ts'
import { startService, type TestService } from '../support/service.ts'
import { startSmallApp } from '../support/small-app.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
const list = `/v1/skills/enablements?unitId=${hospital.room}`
const enableBody = { unitId: hospital.room, stage: 'live' }

describe('The rate limit', () => {
  test('lets a client make so many requests a second, and then says how long to wait', async (t) => {
    const service = await startService(t, { rateLimit: 3 })
    const token = await service.token(hospital.admin)
    const statuses = async (count: number) => {
      const seen: number[] = []
      for (let made = 0; made < count; made += 1)
        seen.push((await service.call('GET', list, { token })).status)
      return seen
    }
    assert.deepEqual(await statuses(5), [200, 200, 200, 429, 429])
    const { headers, body } = await service.call('GET', list, { token })
    assert.equal(headers.get('retry-after'), '1')
    assert.deepEqual(body, {
      type: 'TOO_MANY_REQUESTS',
      message: 'The client may make 3 requests per second.',
    })
    service.clock.moveBy(334)
    assert.deepEqual(await statuses(2), [200, 429])
    service.clock.moveBy(60_000)
    assert.deepEqual(await statuses(4), [200, 200, 200, 429])
    service.clock.moveBy(-60_000)
    assert.deepEqual(await statuses(1), [429])
  })

  test('counts each client for itself, whatever token it uses', async (t) => {
    const service = await startService(t, { rateLimit: 1 })
    const [one, another] = [await service.token(hospital.admin), await service.token(hospital.admin)]
    const other = await service.token(hospital.wardAdmin)
    assert.equal((await service.call('GET', list, { token: one })).status, 200)
    assert.equal((await service.call('GET', list, { token: another })).status, 429)
    assert.equal((await service.call('GET', list, { token: other })).status, 200)
  })

  test('is off at 0', async (t) => {
    const service = await startService(t, { rateLimit: 0 })
    const token = await service.token(hospital.admin)
    const answers = await Promise.all(Array.from({ length: 300 }, () => service.call('GET', list, { token })))
    assert.ok(answers.every(({ status }) => status === 200))
  })
})

describe('The limit of requests under way', () => {
  test('refuses one more until another has settled, though its client has long been gone', async (t) => {
    const { service, begin, releaseAll } = await startBusyService(t, { requestsMax: 2 })
    const token = await service.token(hospital.admin)
    const status = async () => (await service.call('GET', list, { token })).status
    const first = await begin(token)
    assert.equal(await status(), 200)
    const second = await begin(token)
    assert.equal(await status(), 503)
    assert.equal((await first.finish()).status, 201)
    assert.equal(await status(), 200)
    const third = await begin(token)
    assert.equal(await status(), 503)
    second.abandon()
    third.abandon()
    assert.equal(await status(), 503)
    releaseAll()
    await under(service, 1)
    for (let round = 0; round < 5; round += 1) assert.equal(await status(), 200)
  })

  test('does not count a request whose body is not there yet', async (t) => {
    const service = await startService(t, { requestsMax: 1 })
    const token = await service.token(hospital.admin)
    const held = await Promise.all([1, 2, 3].map(() => holdRequest(service, path, token, enableBody)))
    assert.equal((await service.call('GET', list, { token })).status, 200)
    for (const request of held) assert.equal((await request.finish()).status, 201)
  })

  test('does not hold for health and metrics', async (t) => {
    const { service, begin } = await startBusyService(t, { requestsMax: 1 })
    const held = await begin(await service.token(hospital.admin))
    for (const vital of ['/livez', '/readyz', '/metrics', '/openapi.json']) {
      assert.equal((await service.call('GET', vital)).status, 200, vital)
    }
    assert.equal((await held.finish()).status, 201)
  })

  test('makes the service not ready when it has been reached for five seconds', async (t) => {
    const { service, begin } = await startBusyService(t, { requestsMax: 1 })
    const held = await begin(await service.token(hospital.admin))
    service.clock.moveBy(4000)
    assert.equal((await service.call('GET', '/readyz')).status, 200)
    service.clock.moveBy(1000)
    const { status, body } = await service.call('GET', '/readyz')
    assert.deepEqual(
      [status, body.message],
      [503, 'There have been too many concurrent requests for some time.'],
    )
    assert.equal((await held.finish()).status, 201)
    assert.equal((await service.call('GET', '/readyz')).status, 200)
  })

  test('refuses a batch in the form of a batch', async (t) => {
    const { service, begin } = await startBusyService(t, { requestsMax: 1 })
    const token = await service.token(hospital.admin)
    const held = await begin(token)
    const { status, headers, body } = await service.call('POST', `${path}/batch`, { token, body: {} })
    assert.equal(status, 503)
    assert.equal(headers.get('retry-after'), '1')
    assert.deepEqual(body, {
      errors: [
        {
          status: 503,
          errorCode: 'SERVICE_UNAVAILABLE',
          errorDescription: 'There are too many concurrent requests.',
        },
      ],
    })
    await held.finish()
  })
})

describe('A connection', () => {
  test('is one of 500 that are all answered', async (t) => {
    const service = await startService(t, { rateLimit: 0 })
    const token = await service.token(hospital.admin)
    const connections = await Promise.all(Array.from({ length: 500 }, () => openConnection(service.url)))
    const text = `GET ${list} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
    for (let round = 0; round < 2; round += 1) {
      for (const connection of connections) connection.write(text)
      const answers = await Promise.all(connections.map((connection) => connection.answer()))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.equal(new Set(answers.map(({ headers }) => headers['x-amzn-requestid'])).size, 500)
    }
    for (const { socket } of connections) socket.destroy()
  })

  test('beyond the limit takes the place of the oldest that has shown no valid token', async (t) => {
    const service = await startService(t, { connectionsMax: 3 })
    const token = await service.token(hospital.admin)
    const text = `GET ${list} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const known = await openConnection(service.url)
    known.write(text)
    assert.equal((await known.answer()).status, 200)
    const strangers: RawConnection[] = []
    for (let opened = 0; opened < 10; opened += 1) strangers.push(await openConnection(service.url))
    await Promise.all(strangers.slice(0, -2).map(({ closed }) => closed))
    known.write(text)
    assert.equal((await known.answer()).status, 200)
    const last = strangers.at(-1)
    last?.write(text)
    assert.equal((await last?.answer())?.status, 200)
    known.socket.destroy()
    for (const { socket } of strangers) socket.destroy()
  })

  test('beyond the limit is closed at once where all others have shown a valid token', async (t) => {
    const service = await startService(t, { connectionsMax: 2 })
    const token = await service.token(hospital.admin)
    const text = `GET ${list} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const known = [await openConnection(service.url), await openConnection(service.url)]
    for (const connection of known) {
      connection.write(text)
      assert.equal((await connection.answer()).status, 200)
    }
    await (await openConnection(service.url)).closed
    for (const { socket } of known) socket.destroy()
  })

  test('may carry several requests at once, which are answered in order', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const connection = await openConnection(service.url)
    const authorization = `Authorization: Bearer ${token}\r\n`
    connection.write(
      `GET ${list} HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n` +
        'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n' +
        'GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n',
    )
    const statuses = [await connection.answer(), await connection.answer(), await connection.answer()]
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 200, 404],
    )
    connection.socket.destroy()
  })
})

describe('What is no HTTP request', () => {
  const cases: [what: string, text: string, status: number, message: string][] = [
    ['a line of nonsense', 'nonsense\r\n\r\n', 400, 'The request is malformed.'],
    [
      'a method in lower case (row 9)',
      'get /livez HTTP/1.1\r\nHost: localhost\r\n\r\n',
      400,
      'The request is malformed.',
    ],
    ['no Host header', 'GET /livez HTTP/1.1\r\n\r\n', 400, 'The request has no Host header.'],
    [
      'a head of more than 16 KiB',
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      'The request line and headers are too large.',
    ],
    [
      'two content lengths',
      'POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'The request is malformed.',
    ],
  ]
  for (const [what, text, status, message] of cases) {
    test(`such as ${what}, is refused as JSON with a request ID`, async (t) => {
      const service = await startService(t)
      const connection = await openConnection(service.url)
      connection.write(text)
      const answer = await connection.answer()
      assert.equal(answer.status, status)
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.deepEqual(JSON.parse(answer.text), { type: 'INVALID_PARAM', message })
      const requestId = answer.headers['x-amzn-requestid'] ?? ''
      assert.match(requestId, /^[0-9a-f-]{36}$/)
      connection.socket.destroy()
      await service.stop()
      assert.equal(service.log.filter((line) => line.includes(requestId)).length, 1)
    })
  }

  test('behind a request that is at work is not answered in its place', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const connection = await openConnection(service.url)
    const text = JSON.stringify(enableBody)
    connection.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${text.length}\r\n\r\n${text}nonsense\r\n\r\n`,
    )
    assert.equal((await connection.answer()).status, 201)
    await connection.closed
  })
})

describe('A slow client', () => {
  /** Real time, since Node's own timers cut the connection: a tenth of a second. */
  const impatient = { headersTimeoutMs: 100, requestTimeoutMs: 200 }
  const echo: RouteOptions = {
    method: 'POST',
    url: '/echo',
    config: { operation: 'echo', access: 'anyone', shape: 'single' },
    handler: (request) => Object(request.body),
  }

  test('that does not send the head in time is cut off with 408', async (t) => {
    const connection = await openConnection((await startSmallApp(t, [echo], impatient)).url)
    connection.write('GET /livez HTTP/1.1\r\nHost')
    const { status, text } = await connection.answer()
    assert.deepEqual(
      [status, JSON.parse(text)],
      [408, { type: 'INVALID_PARAM', message: 'The request took too long to arrive.' }],
    )
    await connection.closed
  })

  test('that does not send the body in time is cut off with 408', async (t) => {
    const connection = await openConnection((await startSmallApp(t, [echo], impatient)).url)
    connection.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{')
    assert.equal((await connection.answer()).status, 408)
    await connection.closed
  })

  test('that only opens a connection is cut off', async (t) => {
    const connection = await openConnection((await startSmallApp(t, [echo], impatient)).url)
    await connection.closed
  })
})

describe('A stranger, without a token, takes nothing from a client that has one:', () => {
  /** The client is served while the stranger holds what it can. */
  const serves = async (service: TestService, token: string) => {
    assert.equal((await service.call('GET', list, { token })).status, 200)
    assert.equal((await service.call('GET', '/readyz')).status, 200)
  }

  const pieces: [what: string, text: string][] = [
    [
      'a token request of which one byte is there',
      'POST /auth/o2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{',
    ],
    [
      'half a request to a path that is not there',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{',
    ],
    ['half a head', 'GET /livez HTTP/1.1\r\nHost'],
  ]
  for (const [what, text] of pieces) {
    test(`neither by holding connections open with ${what}`, async (t) => {
      const service = await startService(t, { requestsMax: 10 })
      const token = await service.token(hospital.admin)
      const held = await Promise.all(Array.from({ length: 100 }, () => openConnection(service.url)))
      for (const { socket } of held) await new Promise((resolve) => socket.write(text, resolve))
      await serves(service, token)
      for (const { socket } of held) socket.destroy()
      await under(service, 1)
    })
  }

  for (const path of ['/livez', '/metrics', '/openapi.json', '/nowhere', list, '/%']) {
    for (const count of [50, 1500]) {
      test(`nor by sending GET ${path} ${count} times without reading an answer`, async (t) => {
        const service = await startService(t, { requestsMax: 10 })
        const token = await service.token(hospital.admin)
        const connection = await openConnection(service.url)
        connection.socket.pause()
        connection.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(count))
        await serves(service, token)
        connection.socket.resume()
        connection.socket.destroy()
        await under(service, 1)
      })
    }
  }

  test('and is cut off when more requests wait on its connection than may', async (t) => {
    const service = await startService(t)
    const connection = await openConnection(service.url)
    connection.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500))
    await connection.closed
  })

  test('and gets a body of more than 16 KiB refused', async (t) => {
    const service = await startService(t)
    const body = `grant_type=${'x'.repeat(16_384)}`
    assert.equal((await service.call('POST', '/auth/o2/token', { body })).status, 413)
  })

  test('and finds half of the requests that may be at work taken by other strangers, not more', () => {
    const slots = createSlots(5, () => 0)
    for (let taken = 0; taken < 3; taken += 1) slots.take('stranger')
    assert.throws(() => slots.take('stranger'), /too many concurrent requests/)
    slots.take('known')
    slots.take('known')
    assert.throws(() => slots.take('known'), /too many concurrent requests/)
    slots.take('vital')
    slots.giveBack('stranger')
    slots.take('known')
    assert.throws(() => slots.check('stranger'), /too many concurrent requests/)
    assert.equal(slots.taken, 6)
  })
})

describe('An answer that nobody reads', () => {
  test('is cut off with its connection after its time', async (t) => {
    const large: RouteOptions = {
      method: 'GET',
      url: '/large',
      config: { operation: 'large', access: 'anyone', shape: 'single' },
      handler: async () => Buffer.alloc(20_000_000),
    }
    const app = await startSmallApp(t, [large], { answerTimeoutMs: 100 })
    const connection = await openConnection(app.url)
    connection.socket.pause()
    connection.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n')
    for (;;) {
      if (app.log.some((line) => String(line).includes('"cutShort":true'))) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    connection.socket.resume()
    await connection.closed
  })
})

/** Waits until so many requests are under way, the one that asks included. */
async function under(service: TestService, count: number): Promise<void> {
  for (let asked = 0; asked < 1000; asked += 1) {
    const { text } = await service.call('GET', '/metrics')
    if (text.includes(`\nskillkeeper_requests_in_flight ${count}\n`)) return
  }
  assert.fail(`There are never ${count} requests under way.`)
}
