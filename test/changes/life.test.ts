import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { catalogOfRooms, changesOf, heldAfterFirstWrite, heldAtPage } from '../support/changes.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { operatorToken, startService } from '../support/service.ts'

const { nurseCall, roomLights, ward, room, otherRoom } = hospital
const enableWard = { action: 'enable', skillIds: [nurseCall], units: { under: ward } } as const

describe('A change', () => {
  test('is previewed without a trace, made in the background, and known by its items', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    await service.call('POST', `/v1/skills/${nurseCall}/enablements`, {
      token: await service.token(hospital.admin),
      body: { unitId: room, stage: 'live' },
    })
    const preview = await changes.preview(enableWard)
    assert.deepEqual(preview, {
      counts: { willChange: 2, already: 1, refused: 0 },
      warnings: [],
      items: [
        { unitId: ward, unitName: 'Ward', skillId: nurseCall, outcome: 'will_change' },
        { unitId: room, unitName: 'Room 1', skillId: nurseCall, outcome: 'already' },
        { unitId: otherRoom, unitName: 'Room 2', skillId: nurseCall, outcome: 'will_change' },
      ],
      needsCount: false,
    })
    assert.deepEqual(await changes.list(), [])
    const started = await changes.start(enableWard)
    assert.deepEqual(started, {
      id: started.id,
      action: 'enable',
      title: 'Enable Nurse call in Ward',
      status: 'running',
      createdAt: new Date(service.clock.now()).toISOString(),
      actor: 'operator',
      requestId: started.requestId,
      unitId: ward,
      counts: { total: 3, waiting: 3, done: 0, already: 0, refused: 0, gone: 0 },
      skillIds: [nurseCall],
    })
    await service.world.settled()
    const made = await changes.get(started.id)
    assert.equal(made.status, 'done')
    assert.equal(made.finishedAt, started.createdAt)
    assert.deepEqual(made.counts, { total: 3, waiting: 0, done: 2, already: 1, refused: 0, gone: 0 })
    assert.deepEqual(await changes.items(made.id), [
      { unitId: ward, unitName: 'Ward', skillId: nurseCall, outcome: 'done', before: { isOn: false } },
      { unitId: room, unitName: 'Room 1', skillId: nurseCall, outcome: 'already' },
      { unitId: otherRoom, unitName: 'Room 2', skillId: nurseCall, outcome: 'done', before: { isOn: false } },
    ])
    assert.deepEqual(
      (await changes.items(made.id, '?outcome=already')).map(({ unitId }) => unitId),
      [room],
    )
  })

  test('is in the operations log under the ID of its request', async (t) => {
    const service = await startService(t)
    const { id, requestId } = await changesOf(service).made(enableWard)
    const { text } = await service.call(
      'GET',
      `/_skillkeeper/operations?requestId=${requestId}&order=oldest`,
      {
        token: operatorToken,
      },
    )
    const entries = JSON.parse(text).items.map(
      ({ operation, actor, unitId, detail }: Record<string, unknown>) => ({
        operation,
        actor,
        unitId,
        change: (detail as { change: string }).change,
      }),
    )
    const entry = (operation: string, unitId: string) => ({
      operation,
      actor: 'operator',
      unitId,
      change: id,
    })
    assert.deepEqual(entries, [
      entry('change', ward),
      entry('enable', room),
      entry('enable', otherRoom),
      entry('enable', ward),
      entry('change', ward),
    ])
  })

  test('names units in any order, and a repeated one counts once, in both spellings of a skill', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const { id, counts, title, unitId } = await changes.made({
      action: 'enable',
      skillIds: [nurseCall, nurseCall.replace('.ask.', '.alexa.'), roomLights, nurseCall],
      units: { ids: [otherRoom, room, otherRoom] },
    })
    assert.equal(counts.total, 4)
    assert.equal(title, 'Enable Nurse call and 1 more in Ward')
    assert.equal(unitId, ward)
    assert.deepEqual(
      (await changes.items(id)).map(({ unitId, skillId }) => [unitId, skillId]),
      [
        [otherRoom, nurseCall],
        [otherRoom, roomLights],
        [room, nurseCall],
        [room, roomLights],
      ],
    )
  })

  test('takes the units of a level and with a text in their names', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const under = hospital.organization
    const unitsOf = async (more: object) => {
      const { items } = await changes.preview({ ...enableWard, units: { under, ...more } })
      return items.map(({ unitId }) => unitId)
    }
    assert.deepEqual(await unitsOf({}), [under, ward, room, otherRoom])
    assert.deepEqual(await unitsOf({ level: 0 }), [under])
    assert.deepEqual(await unitsOf({ level: 2 }), [room, otherRoom])
    assert.deepEqual(await unitsOf({ name: 'rOOM' }), [room, otherRoom])
    assert.deepEqual(await unitsOf({ name: '2', level: 2 }), [otherRoom])
  })

  test('enables in a stage and with partition names, and touches nothing else of a record', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const locales = { locales: ['en-US'] }
    await service.call('POST', `/v1/skills/${nurseCall}/enablements`, {
      token: await service.token(hospital.admin),
      body: { unitId: room, stage: 'live', partitionName: 'Old', nameFreeInvocationRequest: locales },
    })
    const asked = { action: 'enable', skillIds: [nurseCall], units: { ids: [room, otherRoom] } } as const
    const before = {
      isOn: true,
      stage: 'live',
      partitionNames: ['Old'],
      nameFreeLocales: ['en-US'],
      isLinked: false,
    }
    const rows: readonly [more: object, outcomes: string[], left: object][] = [
      [{}, ['already', 'done'], before],
      [{ partition: 'unit-name' }, ['done', 'done'], { ...before, partitionNames: ['Room1'] }],
      [{ partition: { text: 'A, B' } }, ['done', 'done'], { ...before, partitionNames: ['A', 'B'] }],
      [{ partition: { text: 'A,B' } }, ['already', 'already'], { ...before, partitionNames: ['A', 'B'] }],
      [
        { stage: 'development' },
        ['done', 'done'],
        { ...before, stage: 'development', partitionNames: ['A', 'B'] },
      ],
      [{ partition: 'none' }, ['done', 'done'], { ...before, partitionNames: [] }],
    ]
    for (const [more, outcomes, left] of rows) {
      const { id } = await changes.made({ ...asked, ...more })
      assert.deepEqual(await changes.outcomes(id), outcomes, JSON.stringify(more))
      const { id: off } = await changes.made({ ...asked, action: 'disable', units: { ids: [room] } })
      assert.deepEqual((await changes.items(off))[0]?.before, left, JSON.stringify(more))
      await changes.undo(off)
    }
  })

  test('is kept as long as the operations log', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const { id } = await changes.made(enableWard)
    const dayMs = 24 * 3_600_000
    for (const [days, status] of [
      [89, 200],
      [2, 404],
    ] as const) {
      service.clock.moveBy(days * dayMs)
      await service.world.upkeep()
      assert.equal((await changes.ask('GET', `/${id}`)).status, status)
    }
  })

  test('disables in the given stage, or in any', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    await changes.made({ ...enableWard, stage: 'development' })
    const off = { ...enableWard, action: 'disable' } as const
    assert.equal((await changes.made({ ...off, stage: 'live' })).counts.already, 3)
    assert.equal((await changes.made(off)).counts.done, 3)
  })
})

describe('To take back a change', () => {
  test('is a change of its own, with a preview, and can be taken back again', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const made = await changes.made(enableWard)
    const shown = await changes.ask('POST', `/${made.id}/undo?preview=true`)
    assert.equal(shown.status, 200)
    assert.deepEqual(JSON.parse(shown.text).counts, { willChange: 3, already: 0, refused: 0 })
    assert.equal((await changes.get(made.id)).status, 'done')
    const undo = await changes.undo(made.id)
    assert.equal(undo.title, 'Undo: enable Nurse call in Ward')
    assert.equal(undo.undoOf, made.id)
    assert.equal(undo.counts.done, 3)
    const taken = await changes.get(made.id)
    assert.equal(taken.status, 'undone')
    assert.equal(taken.undoneBy, undo.id)
    assert.deepEqual(await changes.list('?status=undone'), [made.id])
    const twice = await changes.ask('POST', `/${made.id}/undo`)
    assert.equal(twice.status, 400)
    const again = await changes.undo(undo.id)
    assert.equal(again.title, 'Undo: disable Nurse call in Ward')
    assert.equal((await changes.preview(enableWard)).counts.already, 3)
    assert.equal((await changes.undo(again.id)).counts.done, 3)
    assert.equal((await changes.preview(enableWard)).counts.willChange, 3)
  })

  test('leaves what somebody has changed since, and says so', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const made = await changes.made(enableWard)
    const token = await service.token(hospital.admin)
    const path = `/v1/skills/${nurseCall}/enablements`
    // Off and on again; with another partition; off.
    await service.call('DELETE', `${path}?unitId=${ward}`, { token })
    service.clock.moveBy(1)
    await service.call('POST', path, { token, body: { unitId: ward, stage: 'live' } })
    await service.call('POST', path, { token, body: { unitId: room, stage: 'live', partitionName: 'P' } })
    await service.call('DELETE', `${path}?unitId=${otherRoom}`, { token })
    const undo = await changes.undo(made.id)
    assert.deepEqual(
      (await changes.items(undo.id)).map(({ outcome, reason }) => [outcome, reason]),
      [
        ['refused', 'Somebody has changed it since.'],
        ['refused', 'Somebody has changed it since.'],
        ['already', undefined],
      ],
    )
  })

  test('brings back stage, partition and locales of what was disabled', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const token = await service.token(hospital.admin)
    const body = {
      unitId: room,
      stage: 'development',
      partitionName: 'P, Q',
      nameFreeInvocationRequest: { locales: ['es-US'] },
    }
    await service.call('POST', `/v1/skills/${nurseCall}/enablements`, { token, body })
    const off = await changes.made({ action: 'disable', skillIds: [nurseCall], units: { under: ward } })
    const undo = await changes.undo(off.id)
    assert.deepEqual(undo.counts, { total: 1, waiting: 0, done: 1, already: 0, refused: 0, gone: 0 })
    const again = await changes.undo(undo.id)
    assert.deepEqual((await changes.items(again.id))[0]?.before, {
      isOn: true,
      stage: 'development',
      partitionNames: ['P', 'Q'],
      nameFreeLocales: ['es-US'],
      isLinked: false,
    })
  })
})

describe('A change that is ended in the middle', () => {
  const skill = { id: nurseCall, name: 'Nurse call', stages: ['live'] }
  const everywhere = {
    action: 'enable',
    skillIds: [nurseCall],
    units: { under: 'amzn1.alexa.unit.did.MANY' },
  } as const

  test('keeps what is done, and a retry does the rest', async (t) => {
    const service = await startService(t, { catalog: catalogOfRooms(150, [skill]) })
    const changes = changesOf(service)
    const { held, go } = heldAfterFirstWrite(service)
    const { id } = await changes.start(everywhere)
    await held
    const half = await changes.get(id)
    assert.deepEqual(half.counts, { total: 153, waiting: 53, done: 100, already: 0, refused: 0, gone: 0 })
    for (const path of ['undo', 'retry']) {
      const early = await changes.ask('POST', `/${id}/${path}`)
      assert.equal(early.status, 400, early.text)
    }
    const cancelled = await changes.ask('POST', `/${id}/cancel`)
    assert.equal(JSON.parse(cancelled.text).status, 'cancelled')
    go()
    await service.world.settled()
    assert.deepEqual((await changes.get(id)).counts, half.counts)
    assert.equal((await changes.ask('POST', `/${id}/cancel`)).status, 200)
    const retry = await changes.retry(id)
    assert.equal(retry.retryOf, id)
    assert.deepEqual(retry.counts, { total: 53, waiting: 0, done: 53, already: 0, refused: 0, gone: 0 })
    const undo = await changes.undo(id)
    assert.equal(undo.counts.done, 100)
  })

  test('while its items are noted loses none: a retry does all, as does that of a retry or an undo', async (t) => {
    const service = await startService(t, { catalog: catalogOfRooms(600, [skill]) })
    const changes = changesOf(service)
    const ids = Array.from({ length: 600 }, (_, index) => `amzn1.alexa.unit.did.ROOM-${index + 1}`)
    /** Cancels a change once so many pages of its items are noted. */
    const cancelledAt = async (pages: number, path: string, body?: object) => {
      const { held, go } = heldAtPage(service, pages)
      const begun = await changes.ask('POST', path, body)
      assert.equal(begun.status, 202, begun.text)
      const { id } = JSON.parse(begun.text)
      await held
      assert.equal((await changes.ask('POST', `/${id}/cancel`)).status, 200)
      go()
      await service.world.settled()
      return changes.get(id)
    }
    const rows: readonly [units: object, total: number, pages: number, pagesOfRetry: number][] = [
      [everywhere.units, 607, 0, 0],
      [everywhere.units, 607, 1, 2],
      [{ ids }, 600, 1, 1],
    ]
    for (const [units, total, pages, pagesOfRetry] of rows) {
      const all = { total, waiting: 0, done: total, already: 0, refused: 0, gone: 0 }
      const none = { ...all, waiting: total, done: 0 }
      const first = await cancelledAt(pages, '', { ...everywhere, units })
      assert.deepEqual(first.counts, none)
      const second = await cancelledAt(pagesOfRetry, `/${first.id}/retry`)
      assert.deepEqual(second.counts, none)
      const made = await changes.retry(second.id)
      assert.deepEqual(made.counts, all)
      const undo = await cancelledAt(pages, `/${made.id}/undo`)
      assert.deepEqual(undo.counts, none)
      assert.deepEqual((await changes.retry(undo.id)).counts, all)
    }
  })

  test('goes on after a restart where it stood', async (t) => {
    const data = await temporaryFolder(t)
    const options = { catalog: catalogOfRooms(150, [skill]), data }
    const first = await startService(t, options)
    const { held, go } = heldAfterFirstWrite(first)
    const { id } = await changesOf(first).start(everywhere)
    await held
    const stopping = first.stop()
    go()
    await stopping
    const second = await startService(t, options)
    await second.world.settled()
    const made = await changesOf(second).get(id)
    assert.equal(made.status, 'done')
    assert.equal(made.counts.done, 153)
    const { text } = await second.call(
      'GET',
      `/_skillkeeper/operations?operation=enable&requestId=${made.requestId}&maxResults=100`,
      { token: operatorToken },
    )
    const units = new Set(JSON.parse(text).items.map(({ unitId }: { unitId: string }) => unitId))
    assert.equal(units.size, 100)
  })
})
