import assert from 'node:assert/strict'
import { connect as connectHttp2, constants } from 'node:http2'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { startWithWorld } from '../../src/app/start.ts'
import { firstPosition } from '../../src/protocol/console/events.ts'
import { askOn } from '../support/asking.ts'
import { type EventReader, type ReadEvent, readEvents } from '../support/event-reader.ts'
import { openConnection } from '../support/raw-connection.ts'
import { idOf, type Person, type RoomsService, startRooms } from '../support/rooms.ts'
import { hasOwnServer, operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

async function follow(
  t: TestContext,
  service: RoomsService,
  query: Readonly<Record<string, string>>,
  token = operatorToken,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const url = `${service.url}/_skillkeeper/events?${new URLSearchParams(query)}`
  return readEvents(t, url, token, headers)
}

const tokenOfOperator = (number: number) => `the-token-of-operator-${number}`
/** The one without a name, and 20 with names. */
const operators = [
  operatorToken,
  ...Array.from({ length: 20 }, (_, number) => `number-${number}:${tokenOfOperator(number)}`),
].join(',')

/** Makes the storage slow to find a position, as a busy database is. */
function holdPositions(t: TestContext, world: RoomsService['world']) {
  const { log } = world.context.storage
  const find = log.has
  const { promise, resolve } = Promise.withResolvers<void>()
  const found: Promise<boolean>[] = []
  const held = t.mock.method(log, 'has', (id: string) => {
    const one = promise.then(() => find(id))
    found.push(one)
    return one
  })
  return {
    async begun(count: number): Promise<void> {
      while (found.length < count) await new Promise((next) => setImmediate(next))
    },
    /** Resolves with the metrics when what waited for a position is over. */
    async release(metrics: () => Promise<string>): Promise<string> {
      held.mock.restore()
      const before = await metrics()
      assert.match(before, new RegExp(`^skillkeeper_requests_in_flight ${found.length + 1}$`, 'm'))
      resolve()
      for (;;) {
        const text = await metrics()
        if (/^skillkeeper_requests_in_flight 1$/m.test(text)) return text
      }
    },
  }
}

const isOf = (unitId: string) => (event: ReadEvent) => event.data.unitId === unitId
const seenOf = (events: readonly ReadEvent[]) =>
  events.map(({ event, data }) => [event, data.operation, data.unitId])

async function openStreams(service: RoomsService): Promise<number> {
  const { text } = await service.call('GET', '/metrics')
  return Number(/^skillkeeper_event_streams_open (\d+)$/m.exec(text)?.[1])
}

async function untilNone(service: RoomsService): Promise<void> {
  while ((await openStreams(service)) > 0) await new Promise((resolve) => setImmediate(resolve))
}

describe('A stream of changes', () => {
  test('begins with its position, and has each change of the unit and of those below it', async (t) => {
    const service = await startRooms(t)
    const before = await service.enable(hotel.minibar, hotel.hillside)
    const [newest] = await service.logOf(before)
    const stream = await follow(t, service, { unitId: hotel.seaside })
    assert.equal(stream.status, 200)
    assert.match(stream.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(stream.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await stream.next(), { id: undefined, event: 'ready', data: { position: newest?.id } })
    await service.disable(hotel.minibar, hotel.hillside)
    const enabled = await service.enable(hotel.minibar, hotel.room)
    const [entry] = await service.logOf(enabled)
    const event = await stream.next()
    assert.deepEqual(event, { id: entry?.id, event: 'change', data: entry })
    assert.equal(event.data.operation, 'enable')
    await service.rename(hotel.floor, 'New name')
    assert.deepEqual(seenOf([await stream.next()]), [['change', 'rename_unit', hotel.floor]])
  })

  test('goes on where it was cut, at every place', async (t) => {
    const service = await startRooms(t)
    const first = await follow(t, service, { unitId: hotel.organization })
    const { data } = await first.next()
    // Further apart than a stream looks back, so that each cut is a different one.
    const made: string[] = []
    for (let number = 0; number < 5; number++) {
      made.push(await service.build(`Room ${number}`, hotel.hillside))
      service.clock.moveBy(6000)
    }
    const events = await first.until(isOf(made.at(-1) ?? ''))
    first.close()
    const positions = [data.position ?? '', ...events.map(({ id }) => id ?? '')]
    for (const [cut, position] of positions.entries()) {
      const asked: readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>][] = [
        [{ from: position }, {}],
        [{ from: positions[0] ?? '' }, { 'last-event-id': position }],
      ]
      for (const [query, headers] of asked) {
        const stream = await follow(
          t,
          service,
          { unitId: hotel.organization, ...query },
          operatorToken,
          headers,
        )
        const name = `Name ${cut} ${Object.keys(headers)}`
        await service.rename(hotel.floor, name)
        const resumed = await stream.until(({ data }) => Object(data.detail).name === name)
        const ids = new Set(resumed.map(({ data }) => data.unitId))
        for (const missed of made.slice(cut)) assert.ok(ids.has(missed), `${cut} ${missed}`)
        assert.ok(resumed.every(({ event }) => event !== 'reset'))
        stream.close()
        service.clock.moveBy(6000)
      }
    }
  })

  test('says that the log no longer has where it shall begin', async (t) => {
    const service = await startRooms(t)
    const old = await service.enable(hotel.minibar, hotel.room)
    const [entry] = await service.logOf(old)
    service.clock.moveBy(6000)
    await service.enable(hotel.minibar, hotel.otherRoom)
    await service.world.context.storage.log.forgetBefore(service.clock.now(), 1000)
    for (const from of [entry?.id ?? '', '01900000-0000-7000-8000-000000000000']) {
      const stream = await follow(t, service, { unitId: hotel.seaside, from })
      assert.equal((await stream.next()).event, 'ready')
      assert.equal((await stream.next()).event, 'reset')
      await service.rename(hotel.floor, `Renamed ${from}`)
      assert.deepEqual(seenOf(await stream.until(isOf(hotel.floor))).at(-1), [
        'change',
        'rename_unit',
        hotel.floor,
      ])
    }
  })

  test('begins with what came later however much came before, unless that is too much itself', async (t) => {
    const service = await startRooms(t)
    const { log } = service.world.context.storage
    const append = async (count: number) => {
      const stamp = { now: service.clock.now(), requestId: 'request', actor: 'operator' }
      const change = { operation: 'keys' } as const
      for (let left = count; left > 0; left -= 500)
        await Promise.all(Array.from({ length: Math.min(500, left) }, () => log.append({ stamp, change })))
    }
    // How many are new, how many came after the position, and how many from before it come again.
    for (const [added, after, again, isReset] of [
      [3, 1, 1, false],
      [10_100, 9000, 1099, false],
      [0, 0, 5000, false],
      [0, 3, 5000, false],
      [0, 10_001, 0, true],
    ] as const) {
      if (added > 0) service.clock.moveBy(6000)
      await append(added)
      const from = (await log.listNewestIds(firstPosition, 20_000))[after] ?? ''
      const stream = await follow(t, service, { from })
      assert.equal((await stream.next()).event, 'ready')
      const name = `${added} more, ${after} after`
      await service.rename(hotel.floor, name)
      const events = await stream.until(({ event, data }) =>
        isReset ? event === 'reset' : Object(data.detail).name === name,
      )
      const ids = events.slice(0, -1).map(({ id = '' }) => id)
      assert.equal(ids.filter((id) => id < from).length, again, name)
      assert.equal(ids.filter((id) => id > from).length, isReset ? 0 : after, name)
      assert.ok(
        events.slice(0, -1).every(({ event }) => event === 'change'),
        name,
      )
      stream.close()
    }
  })

  test('shows each caller what its roles cover, and no more', async (t) => {
    const service = await startRooms(t)
    const streams = new Map<Person, EventReader>()
    const at: readonly [Person, string][] = [
      ['owner', hotel.organization],
      ['ward', hotel.floor],
      ['viewer', hotel.seaside],
      ['alone', hotel.floor],
      ['foreign', hotel.foreign],
    ]
    for (const [person, unitId] of at) {
      const stream = await follow(t, service, { unitId }, await service.tokenOf(person))
      assert.equal((await stream.next()).event, 'ready')
      streams.set(person, stream)
    }
    await service.enable(hotel.minibar, hotel.hillside)
    await service.enable(hotel.minibar, hotel.room)
    await service.rename(hotel.floor, 'New floor')
    await service.rename(hotel.seaside, 'New property')
    const token = operatorToken
    const catalog = {
      organizations: [{ id: hotel.foreign, name: 'Renamed', solution: 'hospitality', country: 'DE' }],
    }
    assert.equal((await service.call('POST', '/_skillkeeper/catalog', { token, body: catalog })).status, 200)
    const seen = async (person: Person) => {
      const events = await streams.get(person)?.until(({ event }) => event === 'reset')
      return events?.map(({ event, data }) => (event === 'reset' ? 'reset' : data.unitId))
    }
    assert.deepEqual(await seen('owner'), [hotel.hillside, hotel.room, hotel.floor, hotel.seaside, 'reset'])
    assert.deepEqual(await seen('ward'), [hotel.room, hotel.floor, 'reset'])
    assert.deepEqual(await seen('viewer'), [hotel.room, hotel.floor, hotel.seaside, 'reset'])
    assert.deepEqual(await seen('alone'), [hotel.floor, 'reset'])
    assert.deepEqual(await seen('foreign'), ['reset'])
    for (const [person, unitId, status] of [
      ['past', hotel.organization, 403],
      ['ward', hotel.seaside, 403],
      ['owner', hotel.foreign, 403],
      ['owner', hotel.unknown, 404],
    ] as const)
      assert.equal((await follow(t, service, { unitId }, await service.tokenOf(person))).status, status)
    assert.equal((await follow(t, service, {}, await service.tokenOf('owner'))).status, 400)
    assert.equal((await follow(t, service, { unitId: hotel.floor }, 'no-token-of-anybody')).status, 401)
  })

  test('shows the removal of a unit to those above it', async (t) => {
    const service = await startRooms(t)
    const room = await service.build('Room', hotel.floor)
    const stream = await follow(t, service, { unitId: hotel.floor }, await service.tokenOf('ward'))
    await stream.next()
    assert.equal((await service.remove(room)).status, 204)
    assert.deepEqual(seenOf([await stream.next()]), [['change', 'delete_unit', room]])
    assert.equal(
      (await service.call('DELETE', `/_skillkeeper/units/${hotel.otherRoom}`, { token: operatorToken }))
        .status,
      204,
    )
    assert.equal((await stream.next()).event, 'reset')
  })

  test('ends with the role of its reader, and with its token', async (t) => {
    const service = await startRooms(t)
    await service.assign(hotel.hillside, 'viewer', idOf('foreign'))
    const byRole = await follow(t, service, { unitId: hotel.hillside }, await service.tokenOf('foreign'))
    const byToken = await follow(t, service, { unitId: hotel.seaside }, await service.tokenOf('viewer'))
    for (const stream of [byRole, byToken]) assert.equal((await stream.next()).event, 'ready')
    await service.revoke(hotel.hillside, 'viewer', idOf('foreign'))
    assert.deepEqual(seenOf(await byRole.ended()), [])
    service.clock.moveBy(3_600_000)
    // What happens after the end of the token is not sent any more.
    await service.rename(hotel.floor, 'Secret name', await service.tokenOf('owner'))
    assert.deepEqual(
      seenOf(await byToken.ended()).filter(([, operation]) => operation === 'rename_unit'),
      [],
    )
    await untilNone(service)
  })

  test('has a limit for each principal and each operator, and is given back', async (t) => {
    const service = await startRooms(t, { operatorToken: operators })
    for (const token of [await service.tokenOf('owner'), operatorToken, tokenOfOperator(1)]) {
      const open = () => follow(t, service, { unitId: hotel.organization }, token)
      const streams = await Promise.all(Array.from({ length: 5 }, open))
      assert.ok(streams.every(({ status }) => status === 200))
      const refused = await open()
      assert.equal(refused.status, 429)
      assert.ok(refused.headers.get('retry-after'))
      assert.equal(await openStreams(service), 5)
      const other = await follow(t, service, {}, tokenOfOperator(2))
      assert.equal(other.status, 200)
      for (const stream of [...streams, other]) stream.close()
      await untilNone(service)
      const again = await open()
      assert.equal(again.status, 200)
      again.close()
      await untilNone(service)
    }
  })

  test('is none if its reader leaves before it begins', async (t) => {
    const service = await startRooms(t)
    const from = (await service.logOf(await service.enable(hotel.minibar, hotel.room)))[0]?.id ?? ''
    const path = `${new URL(service.url).pathname.replace(/\/$/, '')}/_skillkeeper/events`
    for (const token of [operatorToken, await service.tokenOf('owner')]) {
      const reads = holdPositions(t, service.world)
      const query = { unitId: hotel.organization, from }
      for (let number = 0; number < 6; number++) {
        const { socket, write } = await openConnection(service.url)
        write(
          `GET ${path}?${new URLSearchParams(query)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        )
        await reads.begun(number + 1)
        socket.destroy()
      }
      const metrics = await reads.release(async () => (await service.call('GET', '/metrics')).text)
      assert.match(metrics, /^skillkeeper_event_streams_open 0$/m)
      const stream = await follow(t, service, query, token)
      assert.equal(stream.status, 200)
      stream.close()
      await untilNone(service)
    }
  })

  test('is none over HTTP/2 either if its reader leaves before it begins', async (t) => {
    if (!hasOwnServer(t)) return
    const { service, world } = await startWithWorld({
      port: 0,
      data: ':memory:',
      tls: true,
      operatorToken,
      logLevel: 'silent',
    })
    t.after(() => service.stop())
    const ca = service.certificateAuthority ?? ''
    const client = connectHttp2(service.url, { ca })
    t.after(() => client.destroy())
    const reads = holdPositions(t, world)
    const query = new URLSearchParams({ from: '01900000-0000-7000-8000-000000000000' })
    for (let number = 0; number < 6; number++) {
      const request = client.request({
        ':path': `/_skillkeeper/events?${query}`,
        authorization: `Bearer ${operatorToken}`,
      })
      await reads.begun(number + 1)
      request.close(constants.NGHTTP2_CANCEL)
    }
    const metrics = await reads.release(async () => (await askOn(client, { ':path': '/metrics' })).text)
    assert.match(metrics, /^skillkeeper_event_streams_open 0$/m)
  })

  test('has a limit for the server, which no operation pays for', async (t) => {
    const service = await startRooms(t, { requestsMax: 2, operatorToken: operators })
    const streams: EventReader[] = []
    for (let number = 0; number < 100; number++)
      streams.push(await follow(t, service, {}, tokenOfOperator(number % 20)))
    assert.ok(streams.every(({ status }) => status === 200))
    assert.equal((await follow(t, service, {})).status, 503)
    const { text } = await service.call('GET', '/metrics')
    assert.match(text, /^skillkeeper_requests_in_flight 1$/m)
    await service.enable(hotel.minibar, hotel.room)
    for (const stream of streams) assert.equal((await stream.until(isOf(hotel.room))).at(-1)?.event, 'change')
    for (const stream of streams) stream.close()
    await untilNone(service)
  })

  test('refuses what is no position', async (t) => {
    const service = await startRooms(t)
    for (const from of ['x', '1', `${'0'.repeat(8)}`, '01900000-0000-7000-8000-00000000000Z'])
      assert.equal((await follow(t, service, { from })).status, 400, from)
    assert.equal((await follow(t, service, {}, operatorToken, { 'last-event-id': 'x y' })).status, 400)
    assert.equal((await follow(t, service, { unitId: 'x' })).status, 400)
  })

  test('ends when the service stops, which waits for nobody', async (t) => {
    if (!hasOwnServer(t)) return
    const service = await startRooms(t)
    const stream = await follow(t, service, {})
    assert.equal((await stream.next()).event, 'ready')
    await service.stop()
    assert.deepEqual(await stream.ended(), [])
  })

  test('cuts a reader off that takes nothing, and goes on for the others', async (t) => {
    if (!hasOwnServer(t)) return
    const service = await startRooms(t)
    const { port, hostname } = new URL(service.url)
    const socket = connect(Number(port), hostname)
    t.after(() => socket.destroy())
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      `GET /_skillkeeper/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${operatorToken}\r\n\r\n`,
    )
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    const reader = await follow(t, service, {})
    assert.equal((await reader.next()).event, 'ready')
    const { log } = service.world.context.storage
    const detail = { text: 'x'.repeat(500_000) }
    for (let number = 0; (await openStreams(service)) > 1; number++) {
      assert.ok(number < 1000, 'It is never cut off.')
      const stamp = { now: service.clock.now(), requestId: `request-${number}`, actor: 'operator' }
      await log.append({ stamp, change: { operation: 'keys', detail } })
      await reader.next()
    }
    socket.resume()
    await closed
    await service.enable(hotel.minibar, hotel.room)
    assert.equal((await reader.until(isOf(hotel.room))).at(-1)?.event, 'change')
  })
})
