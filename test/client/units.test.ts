import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { AnswerError, ApiError, SkillsClient, TransportError } from '../../src/client/index.ts'
import { secretOf } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import { hotel, hotelCatalog } from '../support/units.ts'

const { organization, seaside, floor, room, otherRoom, unknown } = hotel

describe('A tree of units', () => {
  test('is built, read, renamed and taken down', async (t) => {
    const { units } = await start(t)
    const made = await units.create({ parentId: floor, name: 'Room 207' })
    const { requestId, ...unit } = made
    assert.deepEqual(unit, { id: made.id, name: 'Room 207', level: 3, parentId: floor })
    assert.ok(requestId)
    await units.update({ unitId: made.id, name: 'Room 208' })
    assert.equal((await units.get(made.id)).name, 'Room 208')
    assert.ok((await units.delete(made.id)).requestId)
    const gone = await failure(units.get(made.id))
    assert.ok(gone instanceof ApiError)
    assert.deepEqual([gone.status, gone.operation], [404, 'getUnit'])
  })

  test('is listed by pages or as a whole', async (t) => {
    const { units } = await start(t)
    const page = await units.list({ parentId: organization, maxResults: 1 })
    assert.deepEqual([page.units.length, typeof page.nextToken], [1, 'string'])
    const all = await Array.fromAsync(units.list({ parentId: seaside, queryDepth: 'all', maxResults: 2 }))
    assert.deepEqual(
      all.map(({ id, name, level }) => [id, name, level]),
      [
        [floor, 'Floor', 2],
        [room, 'Room 1', 3],
        [otherRoom, 'Room 2', 3],
      ],
    )
  })

  test('has no unit twice on a bad line: what may have been made is not made again', async (t) => {
    const { units, proxy } = await start(t)
    await units.get(floor)
    proxy.plan('lose')
    const lost = await failure(units.create({ parentId: floor, name: 'Room 207' }))
    assert.ok(lost instanceof TransportError)
    assert.equal(lost.attempts, 1)
    const names = (await Array.fromAsync(units.list({ parentId: floor }))).map(({ name }) => name)
    assert.deepEqual(
      names.filter((name) => name === 'Room 207'),
      ['Room 207'],
    )

    proxy.plan('lose')
    await units.update({ unitId: room, name: 'Room 1a' })
    proxy.plan('lose')
    await units.delete(otherRoom)
    const error = await failure(units.delete(unknown))
    assert.ok(error instanceof ApiError && error.status === 404)
  })

  test('is understood as Amazon may answer: with nothing but IDs', async (t) => {
    const server = await startHostileServer({ '/v2/units': answer(200, { results: [{ id: room }] }) })
    t.after(() => server.stop())
    const { units } = new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
    const { units: found } = await units.list({ parentId: floor })
    assert.deepEqual(found, [{ id: room, name: undefined, level: undefined, parentId: undefined }])
    assert.ok((await failure(units.create({ parentId: floor, name: 'x' }))) instanceof AnswerError)
  })
})

async function start(t: TestContext) {
  const { newClient, proxy } = await startClientWorld(t, { catalog: hotelCatalog })
  const credentials = { clientId: hotel.admin, clientSecret: secretOf(hotel.admin) }
  return { units: newClient({ credentials }).units, proxy }
}
