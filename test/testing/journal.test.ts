import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Expectation, VerificationError } from '../../src/testing/index.ts'
import {
  controlError,
  enableRequest,
  newYear,
  openWorld,
  otherRoom,
  room,
  scenario,
  target,
} from '../support/test-worlds.ts'

async function refuted(call: ReturnType<Expectation['never']>): Promise<VerificationError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof VerificationError, String(error))
    return error
  }
  return assert.fail('The expectation is met.')
}

describe('The journal of a world', () => {
  test('has each request with its decision and its change, and without secrets', async (t) => {
    const { client, journal, id, accessToken } = await openWorld(t)
    await client().enable(enableRequest)
    const [entry, ...others] = await journal.entries({ operation: 'enable' })
    assert.ok(entry)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [entry.seq, entry.at, entry.world, entry.clientId, entry.unitIds, entry.response.status, entry.fault],
      [1, newYear, id, scenario.client.desk, [room], 201, null],
    )
    assert.deepEqual(entry.request.body, { unitId: room, stage: 'live' })
    assert.ok(entry.why.length > 3 && entry.why.every(({ ok }) => ok))
    assert.deepEqual(entry.changed, [{ ...target, stage: 'live', from: null, to: 'ENABLING' }])
    assert.ok(!JSON.stringify(entry).includes((await accessToken()).slice(0, 40)))
    assert.match(entry.request.headers['authorization'] ?? '', /^Bearer \[removed [0-9a-f]+\]$/)
  })

  test('is filtered', async (t) => {
    const { client, journal } = await openWorld(t)
    const calls = client()
    await calls.enable(enableRequest)
    await calls.enable({ ...enableRequest, unitId: otherRoom })
    await calls.get(target)
    const seqs = async (filter: object) => (await journal.entries(filter)).map(({ seq }) => seq)
    assert.deepEqual(await seqs({}), [1, 2, 3])
    assert.deepEqual(await seqs({ unitId: room }), [1, 3])
    assert.deepEqual(await seqs({ operation: 'enable', after: 1 }), [2])
    assert.deepEqual(await seqs({ status: 404 }), [])
    assert.deepEqual(await seqs({ clientId: scenario.client.ward }), [])
    assert.match((await controlError(journal.entries({ status: -1 }))).message, /status/)
  })

  test('is waited for', async (t) => {
    const { client, journal } = await openWorld(t)
    const waited = journal.waitFor({ operation: 'enable' })
    await client().enable(enableRequest)
    assert.equal((await waited).response.status, 201)
    const error = await controlError(journal.waitFor({ operation: 'disable' }, { timeoutMs: 0 }))
    assert.equal(error.message, 'No request came within 0 ms that fits {"operation":"disable"}.')
  })

  test('meets expectations, or shows the nearest requests and what differs', async (t) => {
    const { client, journal } = await openWorld(t)
    await client().enable(enableRequest)
    await client().enable({ ...enableRequest, unitId: otherRoom })
    await journal.expect({ operation: 'enable' }).times(2)
    await journal.expect({ operation: 'enable', body: { unitId: { matches: 'ROOM-1-[12]$' } } }).atLeast(2)
    await journal.expect({ status: { anyOf: [201, 204] }, query: { stage: { absent: true } } }).atLeast(1)
    await journal.expect({ operation: 'disable' }).never()

    const { message, verdict } = await refuted(
      journal.expect({ operation: 'enable', body: { unitId: room, stage: 'development' } }).times(1),
    )
    assert.equal(
      message,
      [
        '0 of 2 requests match, and exactly 1 should.',
        'Nearest: #1',
        '  body.stage: expected "development" (string), found "live" (string)',
        'Nearest: #2',
        `  body.unitId: expected "${room}" (string), found "${otherRoom}" (string)`,
        '  body.stage: expected "development" (string), found "live" (string)',
      ].join('\n'),
    )
    assert.deepEqual([verdict.pass, verdict.matched], [false, 0])
    assert.match((await refuted(journal.expect({ operation: 'enable' }).never())).message, /^2 of 2 requests/)
  })

  test('knows the order, and whether anything else came', async (t) => {
    const { client, journal } = await openWorld(t)
    await client().enable(enableRequest)
    await client().get(target)
    await journal.expectInOrder({ operation: 'enable' }, { operation: 'get' })
    await journal.expectNothingElse()
    await refuted(journal.expectInOrder({ operation: 'get' }, { operation: 'enable' }))
    await client().disable(target)
    assert.match((await refuted(journal.expectNothingElse())).message, /^1 other requests came: #3 disable/)
    await journal.expect({ operation: 'disable' }).times(1)
    await journal.expectNothingElse()
  })

  test('rejects a match that no request can fit, with the nearest name', async (t) => {
    const { journal } = await openWorld(t)
    const wrong: [object, RegExp][] = [
      [{ operaton: 'enable' }, /Did you mean operation/],
      [{ operation: 'enabel' }, /Did you mean enable/],
      [{ path: { matches: '(' } }, /no regular expression/],
    ]
    for (const [match, reason] of wrong)
      assert.match((await controlError(journal.expect(match).never())).message, reason)
  })
})
