// How much one caller may have previewed and planned at the same time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skill } from '../support/catalogs.ts'
import { catalogOfRooms, changesOf } from '../support/changes.ts'
import { operatorToken, startService } from '../support/service.ts'

const nurseCall = { id: skill('nurse-call'), name: 'Nurse Call', stages: ['live'] }
const asked = {
  action: 'enable',
  skillIds: [nurseCall.id],
  units: { under: 'amzn1.alexa.unit.did.MANY' },
} as const

test('One caller has three changes planned at a time, others have theirs, and what nobody waits for ends', async (t) => {
  const service = await startService(t, {
    catalog: catalogOfRooms(1000, [nurseCall]),
    operatorToken: `one:${operatorToken},other:another-token-of-an-operator`,
  })
  const changes = changesOf(service)
  const { enablements } = service.world.context.storage
  const { find } = enablements
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let looks = 0
  enablements.find = async (...given) => {
    looks += 1
    // The first hundred items of three previews.
    if (looks === 300) reached.resolve()
    await released.promise
    return find(...given)
  }
  const leaving = new AbortController()
  const left = Array.from({ length: 3 }, () =>
    fetch(`${service.url}/_skillkeeper/changes/preview`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify(asked),
      signal: leaving.signal,
    }),
  )
  await reached.promise
  for (const path of ['/preview', '']) {
    const refused = await Promise.all(Array.from({ length: 20 }, () => changes.ask('POST', path, asked)))
    for (const { status, headers, text } of refused)
      assert.deepEqual([status, headers.get('retry-after')], [429, '1'], text)
  }
  const other = changesOf(service, 'another-token-of-an-operator').preview(asked)
  assert.equal((await changes.ask('GET', '')).status, 200)
  leaving.abort()
  for (const one of left) await assert.rejects(one)
  // The service hears of it before the next request.
  assert.equal((await changes.ask('GET', '')).status, 200)
  released.resolve()
  assert.equal((await other).counts.willChange, 1011)
  assert.equal((await changes.preview(asked)).counts.willChange, 1011)
  // Two that were answered, and less of the three than they would have been.
  assert.ok(looks < 4 * 1011, `${looks} records were looked at.`)
})
