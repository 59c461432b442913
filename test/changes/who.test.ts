import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { secretOf } from '../support/catalogs.ts'
import { catalogOfRooms, changesOf, heldAfterFirstWrite } from '../support/changes.ts'
import { type Person, startRooms } from '../support/rooms.ts'
import { operatorToken, startService } from '../support/service.ts'
import { hotel } from '../support/units.ts'

const { minibar, organization, seaside, floor, room, foreignProperty, unknown } = hotel
const asked = {
  action: 'enable',
  skillIds: [minibar],
  units: { ids: [organization, seaside, room, foreignProperty, unknown] },
} as const

describe('Who', () => {
  test('enables what: each item is done under the roles of the caller', async (t) => {
    const [will, no, done] = ['will_change', 'refused', 'done']
    const rows: readonly [who: Person | 'operator', previewed: string[], made: string[] | 403][] = [
      ['viewer', [no, no, no, no, no], 403],
      ['alone', [no, no, no, no, no], 403],
      ['ward', [no, no, will, no, no], [no, no, done, no, 'gone']],
      ['foreign', [no, no, no, will, no], [no, no, no, done, 'gone']],
      ['owner', [will, will, 'already', no, no], [done, done, 'already', no, 'gone']],
      ['operator', ['already', 'already', 'already', 'already', no], [...Array(4).fill('already'), 'gone']],
    ]
    const service = await startRooms(t)
    for (const [who, previewed, made] of rows) {
      const token = who === 'operator' ? operatorToken : await service.tokenOf(who)
      const changes = changesOf(service, token)
      const preview = await changes.preview(asked)
      assert.deepEqual(
        preview.items.map(({ outcome }) => outcome),
        previewed,
        who,
      )
      if (made === 403) {
        for (const units of [asked.units, { under: seaside }]) {
          const { status, text } = await changes.ask('POST', '', { ...asked, units })
          assert.equal(status, 403, `${who} ${text}`)
        }
        assert.deepEqual(await changes.list(), [], who)
        continue
      }
      const { id } = await changes.made(asked)
      assert.deepEqual(await changes.outcomes(id), made, who)
    }
  })

  test('sees and ends the change of somebody else: whoever has a role that covers all of its units', async (t) => {
    const service = await startRooms(t)
    const { id } = await changesOf(service, await service.tokenOf('ward')).made({
      ...asked,
      units: { under: floor },
    })
    const rows: readonly [who: Person | 'operator', read: number, listed: number, ended: number][] = [
      ['operator', 200, 200, 200],
      ['owner', 200, 200, 200],
      ['ward', 200, 200, 200],
      ['viewer', 200, 200, 403],
      ['alone', 404, 403, 404],
      ['foreign', 404, 403, 404],
      ['past', 403, 403, 403],
    ]
    for (const [who, read, listed, ended] of rows) {
      const { ask } = changesOf(service, who === 'operator' ? operatorToken : await service.tokenOf(who))
      const statusOf = async (method: string, path: string) => (await ask(method, path)).status
      assert.equal(await statusOf('GET', `/${id}`), read, who)
      assert.equal(await statusOf('GET', `/${id}/items`), read, who)
      assert.equal(await statusOf('POST', `/${id}/undo?preview=true`), read, who)
      assert.equal(await statusOf('GET', `?under=${floor}`), listed, who)
      assert.equal(await statusOf('POST', `/${id}/cancel`), ended, who)
    }
    assert.equal((await changesOf(service, 'wrong').ask('GET', `/${id}`)).status, 401)
  })

  test('lists what: the operator all changes, others their own or those below a unit', async (t) => {
    const service = await startRooms(t)
    const as = async (who: Person) => changesOf(service, await service.tokenOf(who))
    const { id: ofWard } = await (await as('ward')).made({ ...asked, units: { under: floor } })
    const { id: ofOwner } = await (await as('owner')).made({ ...asked, units: { ids: [seaside, floor] } })
    const { id: ofForeign } = await (await as('foreign')).made({
      ...asked,
      units: { ids: [foreignProperty] },
    })
    assert.deepEqual(await changesOf(service).list(), [ofForeign, ofOwner, ofWard])
    assert.deepEqual(await (await as('ward')).list(), [ofWard])
    assert.deepEqual(await (await as('viewer')).list(), [])
    assert.deepEqual(await (await as('viewer')).list(`?under=${seaside}`), [ofOwner, ofWard])
    assert.deepEqual(await (await as('ward')).list(`?under=${floor}`), [ofWard])
    assert.deepEqual(await (await as('owner')).list(`?under=${organization}`), [ofOwner, ofWard])
    assert.deepEqual(await changesOf(service).list('?maxResults=1'), [ofForeign])
    assert.deepEqual(await changesOf(service).list(`?after=${ofForeign}&maxResults=1`), [ofOwner])
  })

  test('undoes the change of somebody else: under own roles, item by item', async (t) => {
    const service = await startRooms(t)
    const owner = changesOf(service, await service.tokenOf('owner'))
    const made = await owner.made({ ...asked, units: { ids: [floor, room] } })
    const ward = changesOf(service, await service.tokenOf('ward'))
    const { id, counts, title } = await ward.undo(made.id)
    assert.deepEqual([counts.done, title], [2, 'Undo: enable Minibar in Floor'])
    assert.equal((await owner.get(made.id)).undoneBy, id)
    assert.equal((await owner.preview({ ...asked, units: { under: floor } })).counts.willChange, 3)
  })

  test('takes back or retries the change of somebody else: not a viewer, and nobody blocks its undo in vain', async (t) => {
    const service = await startRooms(t)
    const owner = changesOf(service, await service.tokenOf('owner'))
    const { id } = await owner.made({ ...asked, units: { ids: [floor, room, unknown] } })
    for (const who of ['viewer', 'alone'] as const) {
      const { ask } = changesOf(service, await service.tokenOf(who))
      for (const path of ['undo', 'retry']) {
        const { status, text } = await ask('POST', `/${id}/${path}`)
        assert.equal(status, who === 'viewer' ? 403 : 404, `${who} ${path} ${text}`)
      }
    }
    const token = await service.tokenOf('ward')
    const ward = changesOf(service, token)
    const { changes } = service.world.context.storage
    const cancelled = async () => {
      const { claimDue } = changes
      const released = Promise.withResolvers<void>()
      changes.claimDue = async (...given) => {
        await released.promise
        return claimDue(...given)
      }
      const undo = await ward.ask('POST', `/${id}/undo`)
      assert.equal(undo.status, 202, undo.text)
      assert.equal((await owner.get(id)).status, 'undone')
      assert.equal((await owner.ask('POST', `/${id}/undo`)).status, 400)
      const undoId: string = JSON.parse(undo.text).id
      assert.equal((await ward.ask('POST', `/${undoId}/cancel`)).status, 200)
      changes.claimDue = claimDue
      released.resolve()
      await service.world.settled()
      return ward.get(undoId)
    }
    const put = async (more: object) => {
      for (const unitId of [floor, room]) {
        const body = { unitId, stage: 'live', ...more }
        const { status, text } = await service.call('POST', `/v1/skills/${minibar}/enablements`, {
          token,
          body,
        })
        assert.ok(status < 300, text)
      }
    }
    const refused = async () => {
      await put({ partitionName: 'P' })
      const undo = await ward.undo(id)
      await put({})
      return undo
    }
    for (const undoes of [cancelled, refused, cancelled]) {
      const { counts } = await undoes()
      assert.equal(counts.done, 0, undoes.name)
      const { status, undoneBy } = await owner.get(id)
      assert.deepEqual([status, undoneBy], ['done', undefined], undoes.name)
      assert.deepEqual(await owner.list('?status=undone'), [], undoes.name)
      assert.ok((await owner.list('?status=done')).includes(id), undoes.name)
    }
    const undo = await owner.undo(id)
    assert.equal(undo.counts.done, 2)
    assert.equal((await owner.get(id)).undoneBy, undo.id)
    assert.deepEqual(await owner.list('?status=undone'), [id])
  })

  test('learns a name: not whoever may not read the unit', async (t) => {
    const service = await startRooms(t)
    const ward = changesOf(service, await service.tokenOf('ward'))
    const { id, unitId } = await ward.made({ ...asked, units: { ids: [seaside, room, foreignProperty] } })
    assert.equal(unitId, room)
    assert.deepEqual(
      (await ward.items(id)).map(({ unitName }) => unitName),
      [undefined, 'Room 1', undefined],
    )
  })
})

describe('In the middle of a change', () => {
  const unit = (name: string) => `amzn1.alexa.unit.did.${name}`
  const client = 'desk'
  const catalog = {
    ...catalogOfRooms(150, [{ id: minibar, name: 'Minibar', stages: ['live'] }]),
    clients: [
      { id: client, secret: secretOf(client), roles: [{ unitId: unit('MANY'), role: 'A4P.UnitAdmin' }] },
    ],
  }
  const everywhere = { action: 'enable', skillIds: [minibar], units: { under: unit('MANY') } } as const

  test('a role that ends ends it: the rest is refused', async (t) => {
    const service = await startService(t, { catalog })
    const { held, go } = heldAfterFirstWrite(service)
    const { id } = await changesOf(service, await service.token(client)).start(everywhere)
    await held
    const removed = await service.call('DELETE', `/_skillkeeper/clients/${client}`, { token: operatorToken })
    assert.equal(removed.status, 204)
    go()
    await service.world.settled()
    const { counts, actor } = await changesOf(service).get(id)
    assert.equal(actor, client)
    assert.deepEqual(counts, { total: 153, waiting: 0, done: 100, already: 0, refused: 53, gone: 0 })
    const [first] = await changesOf(service).items(id, '?outcome=refused&maxResults=1')
    assert.equal(first?.reason, 'The client has no role on any unit.')
    const retried = await changesOf(service).retry(id)
    assert.equal(retried.counts.done, 53)
  })

  test('a unit that is removed is gone, and one that is removed between the check and the write as well', async (t) => {
    const service = await startService(t, { catalog })
    const { held, go } = heldAfterFirstWrite(service)
    const { changes } = service.world.context.storage
    const remove = async (name: string) => {
      const { status } = await service.call('DELETE', `/_skillkeeper/units/${unit(name)}`, {
        token: operatorToken,
      })
      assert.equal(status, 204)
    }
    const { id } = await changesOf(service).start(everywhere)
    await held
    await remove('ROOM-150')
    const { settle } = changes
    changes.settle = async (...given) => {
      changes.settle = settle
      await remove('ROOM-149')
      return settle(...given)
    }
    go()
    await service.world.settled()
    const { counts } = await changesOf(service).get(id)
    assert.deepEqual(counts, { total: 153, waiting: 0, done: 151, already: 0, refused: 0, gone: 2 })
    const gone = await changesOf(service).items(id, '?outcome=gone')
    assert.deepEqual(
      gone.map(({ unitId, unitName }) => [unitId, unitName]),
      [
        [unit('ROOM-149'), undefined],
        [unit('ROOM-150'), undefined],
      ],
    )
  })

  test('units that come below the filter are not part of it', async (t) => {
    const service = await startService(t, { catalog })
    const { held, go } = heldAfterFirstWrite(service)
    const { id } = await changesOf(service).start(everywhere)
    await held
    const token = await service.token(client)
    const added = await service.call('POST', '/v2/units', {
      token,
      body: { parentId: unit('WARD-1'), name: { type: 'PLAIN', value: { text: 'New' } } },
    })
    assert.equal(added.status, 201, added.text)
    go()
    await service.world.settled()
    assert.equal((await changesOf(service).get(id)).counts.total, 153)
  })

  test('another change takes turns with it', async (t) => {
    const service = await startService(t, { catalog })
    const changes = changesOf(service)
    const { held, go } = heldAfterFirstWrite(service)
    const first = await changes.start(everywhere)
    await held
    const second = await changes.start({ ...everywhere, action: 'disable', units: { ids: [unit('WARD-1')] } })
    go()
    await service.world.settled()
    assert.equal((await changes.get(first.id)).counts.done, 153)
    assert.equal((await changes.get(second.id)).status, 'done')
  })
})
