import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEvents } from '../support/event-reader.ts'
import { databaseFor } from '../support/postgres.ts'
import { operatorToken, startService } from '../support/service.ts'
import { hotel, hotelCatalog } from '../support/units.ts'

describe('Two nodes on one database', () => {
  test('tell each other of changes, and a stream goes on at the other one', async (t) => {
    const databaseUrl = await databaseFor()
    const sealingKey = Buffer.alloc(32, 7).toString('base64')
    const options = { databaseUrl, sealingKey, catalog: hotelCatalog, rateLimit: 0 }
    const [one, other] = [await startService(t, options), await startService(t, options)]
    const token = await one.token(hotel.admin)
    const enablements = `/v1/skills/${hotel.minibar}/enablements`
    const body = { unitId: hotel.room, stage: 'live' }
    const events = (service: typeof one) => `${service.url}/_skillkeeper/events?unitId=${hotel.seaside}`

    const first = await readEvents(t, events(other), operatorToken)
    assert.equal((await first.next()).event, 'ready')
    assert.equal((await one.call('POST', enablements, { token, body })).status, 201)
    const enabled = await first.next()
    assert.deepEqual([enabled.data.operation, enabled.data.unitId], ['enable', hotel.room])
    first.close()

    const path = `${enablements}?unitId=${hotel.room}`
    assert.equal((await other.call('DELETE', path, { token })).status, 204)
    const second = await readEvents(t, events(one), operatorToken, { 'last-event-id': enabled.id ?? '' })
    const seen = await second.until(({ data }) => data.operation === 'disable')
    assert.ok(seen.every(({ event }) => event !== 'reset'))
    // Both at once, on both nodes: none is lost.
    const rooms = [hotel.room, hotel.otherRoom, hotel.floor, hotel.seaside]
    const wanted = new Set(rooms)
    const calls = rooms.map((unitId, index) =>
      (index % 2 === 0 ? one : other).call('POST', enablements, { token, body: { unitId, stage: 'live' } }),
    )
    for (const { status } of await Promise.all(calls)) assert.equal(status, 201)
    await second.until(({ data }) => {
      if (data.operation === 'enable') wanted.delete(String(data.unitId) as (typeof rooms)[number])
      return wanted.size === 0
    })
  })
})
