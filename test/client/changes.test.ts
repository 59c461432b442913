import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type Change, TimeoutError, TransportError } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'

const { ward, room, otherRoom, foreignRoom, nurseCall } = hospital
const enableWard = { action: 'enable', skillIds: [nurseCall], units: { under: ward } } as const

describe('A change, by the client,', () => {
  test('is previewed, started, waited for, read, and taken back', async (t) => {
    const { client } = await startClientWorld(t)
    const { changes } = client
    const preview = await changes.preview(enableWard)
    assert.deepEqual(preview.counts, { willChange: 3, already: 0, refused: 0 })
    assert.ok(preview.requestId)
    const started = await changes.start(enableWard)
    assert.equal(started.status, 'running')
    const seen: Change[] = []
    const made = await changes.wait(started.id, { onProgress: (change) => seen.push(change) })
    assert.equal(made.status, 'done')
    assert.equal(made.counts.done, 3)
    assert.equal(seen.at(-1)?.status, 'done')
    assert.deepEqual(await changes.get(made.id), made)
    const page = await changes.items(made.id, { maxResults: 2 })
    assert.equal(page.items.length, 2)
    assert.equal(page.nextToken, '1')
    const items = await Array.fromAsync(changes.items(made.id, { outcome: 'done', maxResults: 1 }))
    assert.deepEqual(
      items.map(({ unitId, before }) => [unitId, before?.isOn]),
      [
        [ward, false],
        [room, false],
        [otherRoom, false],
      ],
    )
    assert.equal((await changes.previewUndo(made.id)).counts.willChange, 3)
    const undo = await changes.wait((await changes.undo(made.id)).id)
    assert.equal(undo.undoOf, made.id)
    assert.equal((await changes.cancel(undo.id)).status, 'done')
    const all = await Array.fromAsync(changes.list({ maxResults: 1 }))
    assert.deepEqual(
      all.map(({ id }) => id),
      [undo.id, made.id],
    )
    assert.deepEqual((await changes.list({ under: ward, status: 'undone' })).items, [
      await changes.get(made.id),
    ])
  })

  test('retries what failed', async (t) => {
    const { client, service } = await startClientWorld(t)
    const { changes } = client
    const units = { ids: [foreignRoom] }
    const { id } = await changes.wait((await changes.start({ ...enableWard, units })).id)
    await service.world.settled()
    const retry = await changes.wait((await changes.retry(id)).id)
    assert.equal(retry.retryOf, id)
    assert.equal(retry.counts.refused, 1)
    const { id: whole } = await changes.wait((await changes.start(enableWard)).id)
    const nothing = await failure(changes.retry(whole))
    assert.ok(nothing instanceof ApiError)
    assert.deepEqual([nothing.status, nothing.operation], [400, 'retryChange'])
  })

  test('is started once on a bad line: again only with a key', async (t) => {
    const { client, proxy } = await startClientWorld(t)
    const { changes } = client
    await changes.list()
    proxy.plan('lose')
    const lost = await failure(changes.start(enableWard))
    assert.ok(lost instanceof TransportError)
    assert.equal(lost.attempts, 1)
    proxy.plan('lose')
    const change = await changes.start(enableWard, { idempotencyKey: 'ward-1' })
    assert.equal((await changes.start(enableWard, { idempotencyKey: 'ward-1' })).id, change.id)
    assert.equal((await changes.list()).items.length, 2)
  })

  test('is waited for no longer than allowed', async (t) => {
    const { client, service } = await startClientWorld(t)
    const { changes } = service.world.context.storage
    const released = Promise.withResolvers<void>()
    const { listWaiting } = changes
    changes.listWaiting = async (...given) => {
      await released.promise
      return listWaiting(...given)
    }
    const { id } = await client.changes.start(enableWard)
    const late = await failure(client.changes.wait(id, { timeoutMs: 5000 }))
    released.resolve()
    assert.ok(late instanceof TimeoutError, String(late))
    assert.match(late.message, /still runs after 5000 ms/)
  })
})
