// The journal over HTTP: what it shows of requests, how it is followed, and that it is the same in worlds that do the same.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type JournalEntry, VerificationError } from '../../src/testing/index.ts'
import { hospital, secretOf } from '../support/catalogs.ts'
import { openConnection } from '../support/raw-connection.ts'
import { type Asking, skillPath, testWorlds } from '../support/test-world.ts'

const { nurseCall, room, otherRoom, foreignRoom } = hospital
const openWorld = await testWorlds()

describe('The journal of a world', () => {
  test('shows each request with its decision and what it changed', async (t) => {
    const asking = await openWorld(t, { clock: { frozenAt: '2027-01-01T00:00:00Z' } })
    const { world } = asking
    const answer = await asking.enable()
    await asking.enable(foreignRoom)
    await world.clock.advance({ seconds: 1 })
    await asking.ask('DELETE', `${skillPath()}?unitId=${room}`)
    const [first, second, third] = await world.journal.entries()
    assert.deepEqual(
      { ...first, realAt: '', durationMs: 0, request: { ...first?.request, headers: {} } },
      {
        seq: 1,
        at: '2027-01-01T00:00:00.000Z',
        realAt: '',
        world: world.id,
        requestId: answer.headers.get('x-amzn-requestid'),
        clientId: hospital.admin,
        operation: 'enable',
        skillId: nurseCall,
        unitIds: [room],
        request: {
          method: 'POST',
          path: skillPath(),
          query: {},
          headers: {},
          body: { unitId: room, stage: 'live' },
        },
        response: { status: 201, headers: first?.response.headers, body: answer.body },
        durationMs: 0,
        why: [
          'route',
          'capacity',
          'token',
          'throttle',
          'form',
          'role',
          'unit',
          'available',
          'skill',
          'stage',
          'state',
          'link',
          'storage',
        ].map((step) => ({ step, ok: true })),
        fault: null,
        changed: [{ unitId: room, skillId: nurseCall, stage: 'live', from: null, to: 'ENABLING' }],
      },
    )
    const failed = second?.why.at(-1)
    assert.deepEqual([failed?.step, failed?.rule, second?.changed], ['role', 'ledger 12', []])
    assert.match(
      failed?.detail ?? '',
      new RegExp(`role on ${foreignRoom} or above. The client has roles on: ${hospital.organization}.`),
    )
    assert.deepEqual(third?.changed, [
      { unitId: room, skillId: nurseCall, stage: 'live', from: 'ENABLED', to: null },
    ])
  })

  test('shows what each item of a batch changed, and not what stayed', async (t) => {
    const asking = await openWorld(t)
    await asking.enable()
    const items = [room, otherRoom, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
    await asking.batch(items)
    await asking.ask('POST', skillPath(), { unitId: room, stage: 'development' })
    const [, batch, moved] = await asking.world.journal.entries()
    assert.deepEqual(
      batch?.changed.map(({ unitId, from, to }) => [unitId, from, to]),
      [[otherRoom, null, 'ENABLING']],
    )
    assert.deepEqual(
      moved?.changed.map(({ stage, to }) => [stage, to]),
      [['development', 'ENABLING']],
    )
  })

  test('has what happened at once to the same record in the order of the commits', async (t) => {
    const asking = await openWorld(t, { clock: { frozenAt: '2027-01-01T00:00:00Z' } })
    await Promise.all(Array.from({ length: 20 }, () => asking.enable()))
    const changed = (await asking.world.journal.entries()).flatMap((entry) => entry.changed)
    assert.deepEqual(
      changed.map(({ from, to }) => [from, to]),
      [[null, 'ENABLING']],
    )
  })

  test('has requests for tokens and for nothing, and neither controls nor health', async (t) => {
    const asking = await openWorld(t)
    const form = {
      grant_type: 'client_credentials',
      client_id: hospital.admin,
      client_secret: secretOf(hospital.admin),
      scope: 'alexa::enterprise:management',
    }
    const granted = await asking.ask('POST', '/auth/o2/token', new URLSearchParams(form).toString())
    await asking.ask('GET', '/nowhere')
    await asking.ask('PATCH', skillPath())
    await asking.ask('GET', '/v1/skills/%zz/enablements')
    for (const path of ['/livez', '/readyz', '/metrics']) await asking.ask('GET', path)
    await asking.control('GET', '/journal')
    const entries = await asking.world.journal.entries()
    assert.deepEqual(
      entries.map(({ operation, response, why }) => [operation, response.status, why.at(-1)?.step]),
      [
        ['token', 200, 'storage'],
        ['unknown', 404, 'route'],
        ['unknown', 405, 'route'],
        ['unknown', 400, 'form'],
      ],
    )
    const text = JSON.stringify(entries)
    for (const secret of [asking.token, granted.body.access_token, secretOf(hospital.admin)])
      assert.equal(text.includes(secret), false)
    assert.equal(entries[0]?.clientId, hospital.admin)
  })

  test('says that a frozen throttle does not fill', async (t) => {
    const asking = await openWorld(t, {
      clock: { frozenAt: '2027-01-01T00:00:00Z' },
      settings: { rateLimit: 1 },
    })
    await asking.enable()
    await asking.enable()
    const [entry] = await asking.world.journal.entries({ status: 429 })
    assert.deepEqual([entry?.note, entry?.why.at(-1)?.step], ['The clock is frozen.', 'throttle'])
  })

  test('goes on over a restore, which it notes', async (t) => {
    const asking = await openWorld(t)
    await asking.enable()
    const snapshot = await asking.world.snapshot()
    await asking.enable(otherRoom)
    await asking.world.restore(snapshot)
    const entries = await asking.world.journal.entries()
    assert.deepEqual(
      entries.map(({ operation, note }) => [operation, note]),
      [
        ['enable', undefined],
        ['enable', undefined],
        ['world', 'restored'],
      ],
    )
    await asking.world.journal.expect({ operation: 'enable' }).times(2)
    await asking.world.journal.expectNothingElse()
  })

  test('is waited for, and followed from a place on', async (t) => {
    const asking = await openWorld(t)
    const { world } = asking
    const waited = world.journal.waitFor({ operation: 'enable', unitId: otherRoom })
    await asking.enable()
    await asking.enable(otherRoom)
    assert.deepEqual((await waited).unitIds, [otherRoom])
    const nothing = await asking.control('GET', '/journal?operation=disable&wait=0.01')
    assert.deepEqual(Reflect.get(nothing.body, 'items'), [])
    assert.equal((await asking.control('GET', '/journal?wait=61')).status, 400)
    assert.equal((await asking.control('GET', '/journal?wait=soon')).status, 400)

    const stop = new AbortController()
    const following = await openStream(asking, '?after=1', stop.signal)
    assert.deepEqual((await following.next()).unitIds, [otherRoom])
    await asking.enable(foreignRoom)
    const entry = await following.next()
    assert.deepEqual([entry.seq, entry.response.status, entry.unitIds], [3, 403, [foreignRoom]])
    stop.abort()
    // Whoever comes back goes on behind the last event that he has.
    const again = new AbortController()
    const back = await openStream(asking, '', again.signal, { 'last-event-id': '2' })
    assert.equal((await back.next()).seq, 3)
    again.abort()
  })

  test('verifies, and shows the nearest request and what differs', async (t) => {
    const asking = await openWorld(t)
    const { journal } = asking.world
    await asking.ask('POST', skillPath(), { unitId: room, stage: 'development' })
    await asking.ask('GET', `${skillPath()}?unitId=${room}`)
    const expected = { operation: 'enable', body: { unitId: room, stage: 'live' } }
    await assert.rejects(journal.expect(expected).times(1), (error: unknown) => {
      assert.ok(error instanceof VerificationError)
      assert.match(
        error.message,
        /^0 of 2 requests match, and exactly 1 should\.\nNearest: #1\n {2}body\.stage: expected "live"/,
      )
      return true
    })
    await journal.expect({ operation: 'enable' }).atLeast(1)
    await journal.expect({ operation: 'disable' }).never()
    await assert.rejects(journal.expectNothingElse(), /1 other requests came: #2 get GET/)
    await journal.expect({ operation: 'get' }).times(1)
    await journal.expectNothingElse()
    const typo = await asking.control('POST', '/journal/verify', { match: { operation: 'enabel' } })
    assert.deepEqual(
      [typo.status, typo.body.message],
      [400, 'match.operation is invalid. Did you mean enable?'],
    )
    const misspelt = await asking.control('POST', '/journal/verify', { macth: {} })
    assert.deepEqual(
      [misspelt.status, misspelt.body.message],
      [400, 'A property is unknown. Did you mean match?'],
    )
  })

  test('is unknown, and never no, once requests were dropped', async (t) => {
    const asking = await openWorld(t)
    for (let sent = 0; sent < 1010; sent += 101)
      await Promise.all(Array.from({ length: 101 }, () => asking.ask('GET', `/v2/units/${room}`)))
    const { body } = await asking.control('POST', '/journal/verify', { match: { operation: 'enable' } })
    assert.equal(Reflect.get(body, 'pass'), null)
    const page = Object((await asking.control('GET', '/journal')).body)
    assert.deepEqual([page.items.length, page.dropped, page.lastSeq], [1000, 10, 1010])
    await assert.rejects(asking.world.journal.expectNothingElse(), /other requests came/)
  })

  test('notes a client that went before it got an answer', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ match: { operation: 'enable' }, effect: { latencyMs: 1500 } })
    const { pathname, origin } = new URL(asking.world.url)
    const connection = await openConnection(origin)
    const body = JSON.stringify({ unitId: room, stage: 'live' })
    connection.write(
      `POST ${pathname}${skillPath()} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${asking.token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    for (let matched = 0; matched === 0; ) {
      const { body } = await asking.control('GET', '/faults/fault-1')
      matched = Number(Reflect.get(body, 'matched'))
    }
    connection.socket.destroy()
    const entry = await asking.world.journal.waitFor({ operation: 'enable' })
    // The work was done all the same.
    assert.deepEqual([entry.response.status, entry.changed.length], [0, 1])
  })
})

describe('Worlds that do the same', () => {
  test('at a time, with equal seeds, have equal journals', async (t) => {
    const worlds = await Promise.all(
      Array.from({ length: 30 }, () => openWorld(t, { clock: { frozenAt: '2027-01-01T00:00:00Z' } })),
    )
    const journals = await Promise.all(worlds.map(play))
    const [first] = journals
    assert.ok(first?.some(({ fault }) => fault === 'chance'))
    for (const journal of journals) assert.deepEqual(journal, first)
  })
})

/** Does the same in each world, and returns its journal without what is of one request or world alone. */
async function play(asking: Asking): Promise<Partial<JournalEntry>[]> {
  const { world } = asking
  await world.faults.add({
    id: 'chance',
    when: { probability: 0.3, seed: 11 },
    effect: { error: 'SERVICE_UNAVAILABLE' },
  })
  await world.faults.add({ when: { every: 4 }, at: 'after', effect: { status: 502, body: 'gone' } })
  for (let round = 0; round < 6; round += 1) {
    await asking.enable(round % 2 === 0 ? room : otherRoom)
    await asking.ask('GET', `/v1/skills/enablements?unitId=${room}`)
    if (round % 3 === 0) await asking.ask('DELETE', `${skillPath()}?unitId=${room}`)
    await world.clock.advance({ milliseconds: 150 })
  }
  return (await world.journal.entries()).map(
    ({ realAt, world, requestId, durationMs, request, response, ...entry }) => ({
      ...entry,
      request: { ...request, headers: {} },
      response: { ...response, headers: {} },
    }),
  )
}

interface Following {
  next(): Promise<JournalEntry>
}

async function openStream(
  { world, operatorToken }: Asking,
  query: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Following> {
  const response = await fetch(`${world.url}/_skillkeeper/test/journal/stream${query}`, {
    headers: { authorization: `Bearer ${operatorToken}`, ...headers },
    signal,
  })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next() {
      for (;;) {
        const found = /^id: (\d+)\ndata: (.*)\n\n/m.exec(text)
        if (found) {
          text = text.slice(found.index + found[0].length)
          return JSON.parse(found[2] ?? '')
        }
        const { value, done } = await reader.read()
        assert.equal(done, false)
        text += value
      }
    },
  }
}
