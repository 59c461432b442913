import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountLinkNeeded } from '../../src/model/account-link.ts'
import type { Unit } from '../../src/model/unit.ts'
import { onLinked, putDelegated, putLinked, record, stamp } from '../storage/conformance/records.ts'
import { hospital } from '../support/catalogs.ts'
import { type Asked, catalogOfRooms, changesOf } from '../support/changes.ts'
import { operatorToken, startService } from '../support/service.ts'
import { hotel, startHotel, subscription } from '../support/units.ts'

const { nurseCall, menu, radio, pharmacy, roomLights, room, otherRoom, ward, unknownUnit, unknownSkill } =
  hospital
const valid = { action: 'enable', skillIds: [nurseCall], units: { ids: [room] } } as const

describe('A change is refused', () => {
  test('if its form is wrong, before anything is stored', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const many = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => `${name}${index}`)
    const rows: readonly [body: unknown, message: RegExp][] = [
      ['{', /JSON/],
      [{}, /action/],
      [{ ...valid, action: 'toggle' }, /action/],
      [{ ...valid, skillIds: [] }, /skillIds/],
      [{ ...valid, skillIds: ['nurse call'] }, /skillIds/],
      [{ ...valid, skillIds: many(51, `${nurseCall}-`) }, /skillIds/],
      [{ ...valid, skillIds: [nurseCall, unknownSkill] }, /skillIds is invalid: the skill .* can't be found/],
      [{ ...valid, units: {} }, /units is invalid: either ids, or under/],
      [{ ...valid, units: { ids: [] } }, /units/],
      [{ ...valid, units: { ids: ['room'] } }, /units/],
      [{ ...valid, units: { ids: many(10_001, `${room}-`) } }, /units/],
      [{ ...valid, units: { ids: [room], under: ward } }, /units is invalid: either ids, or under/],
      [{ ...valid, units: { ids: [room], level: 1 } }, /units is invalid: either ids, or under/],
      [{ ...valid, units: { level: 1 } }, /units is invalid: either ids, or under/],
      [{ ...valid, units: { under: ward, level: 16 } }, /level/],
      [{ ...valid, units: { under: ward, name: '' } }, /name/],
      [{ ...valid, units: { under: ward, name: 'nothing has it' } }, /no unit fits/],
      [{ ...valid, units: { under: ward, level: 0 } }, /no unit fits/],
      [{ ...valid, units: { under: ward, floor: 1 } }, /floor|units/],
      [{ ...valid, skill: nurseCall }, /skill/],
      [{ ...valid, stage: 'beta' }, /stage/],
      [{ ...valid, stage: 'certification' }, /stage is invalid/],
      [{ ...valid, partition: 'unit' }, /partition/],
      [{ ...valid, partition: { text: 'not a name!' } }, /partition/],
      [{ ...valid, action: 'disable', partition: 'none' }, /partition is invalid: only what is enabled/],
    ]
    for (const [body, message] of rows)
      for (const path of ['', '/preview']) {
        const { status, text } = await changes.ask('POST', path, body)
        assert.equal(status, 400, `${JSON.stringify(body).slice(0, 200)} ${text}`)
        assert.match(text, message)
      }
    for (const path of ['?maxResults=101', '?status=lost', '?under=room', '/1', '/1/items']) {
      assert.equal((await changes.ask('GET', path)).status, 400, path)
    }
    const unknown = '019b796d-d600-7140-ad4f-166afc646340'
    for (const path of ['', '/items'])
      assert.equal((await changes.ask('GET', `/${unknown}${path}`)).status, 404)
    for (const path of ['cancel', 'retry', 'undo', 'undo?preview=true'])
      assert.equal((await changes.ask('POST', `/${unknown}/${path}`)).status, 404, path)
    const nowhere = await changes.ask('POST', '', { ...valid, units: { under: unknownUnit } })
    assert.equal(nowhere.status, 404)
    assert.deepEqual(await changes.list(), [])
  })

  test('with more than 100,000 items, and not with as many', async (t) => {
    const skills = Array.from({ length: 50 }, (_, index) => ({
      id: `${nurseCall}-${index}`,
      name: `Skill ${index}`,
      stages: ['live'],
    }))
    const service = await startService(t, { catalog: catalogOfRooms(2000, skills) })
    const changes = changesOf(service)
    const skillIds = skills.map(({ id }) => id)
    const ids = Array.from({ length: 10_000 }, (_, index) => `amzn1.alexa.unit.did.ROOM-${index + 1}`)
    const begun = await changes.start({ ...valid, skillIds: skillIds.slice(0, 10), units: { ids } })
    assert.equal(begun.counts.total, 100_000)
    assert.equal((await changes.ask('POST', `/${begun.id}/cancel`)).status, 200)
    const under = 'amzn1.alexa.unit.did.MANY'
    const refused: readonly Partial<Asked>[] = [
      { skillIds: skillIds.slice(0, 11), units: { ids } },
      { skillIds, units: { under } },
    ]
    for (const more of refused) {
      const { status, text } = await changes.ask('POST', '/preview', { ...valid, ...more })
      assert.equal(status, 400, text)
      assert.match(text, /at most 100000 units times skills/)
    }
    const fits = await changes.start({ ...valid, skillIds, units: { under, level: 2 } })
    assert.equal(fits.counts.total, 100_000)
    assert.equal((await changes.ask('POST', `/${fits.id}/cancel`)).status, 200)
  })

  test('under a key that was used for another request, and the same request is answered again', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const withKey = (key: string, body: unknown) => changes.ask('POST', '', body, { 'idempotency-key': key })
    const first = await withKey('key-1', valid)
    await service.world.settled()
    const again = await withKey('key-1', valid)
    assert.deepEqual([first.status, again.status], [202, 202])
    assert.equal(JSON.parse(again.text).id, JSON.parse(first.text).id)
    assert.equal(JSON.parse(again.text).status, 'done')
    const other = await withKey('key-1', { ...valid, units: { ids: [otherRoom] } })
    assert.equal(other.status, 400)
    assert.match(other.text, /Idempotency-Key/)
    const elsewhere = changesOf(service, await service.token(hospital.admin))
    const own = await elsewhere.ask('POST', '', valid, { 'idempotency-key': 'key-1' })
    assert.notEqual(JSON.parse(own.text).id, JSON.parse(first.text).id)
    for (const key of ['with a space', 'x'.repeat(201)]) assert.equal((await withKey(key, valid)).status, 400)
    const { id } = JSON.parse(first.text)
    const undo = () => changes.ask('POST', `/${id}/undo`, undefined, { 'idempotency-key': 'key-2' })
    const [one, two] = [await undo(), await undo()]
    assert.equal(one.status, 202)
    assert.equal(JSON.parse(two.text).id, JSON.parse(one.text).id)
    assert.equal((await changes.list()).length, 3)
  })

  test('never as a repeated request: under its key it is answered, whatever has become of what it names', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const ask = async (path: string, body: unknown, key: string) => {
      const { status, text } = await changes.ask('POST', path, body, { 'idempotency-key': key })
      assert.equal(status, 202, text)
      await service.world.settled()
      return JSON.parse(text).id as string
    }
    const remove = async (id: string) => {
      const path = `/_skillkeeper/units/${id}`
      const { status, text } = await service.call('DELETE', path, { token: operatorToken })
      assert.equal(status, 204, text)
    }
    const off = { ...valid, action: 'disable' }
    const nobody = await changes.made({ ...valid, units: { ids: [unknownUnit] } })
    const rows: readonly [path: string, body: unknown][] = [
      ['', { ...off, units: { under: otherRoom } }],
      ['', { ...off, units: { under: ward, name: 'Room 2' } }],
      [`/${nobody.id}/retry`, undefined],
    ]
    const first = await Promise.all(rows.map(([path, body], row) => ask(path, body, `key-${row}`)))
    const undone = await changes.made({ ...valid, units: { under: room } })
    const undo = await ask(`/${undone.id}/undo`, undefined, 'undo')
    await remove(otherRoom)
    for (const [row, [path, body]] of rows.entries())
      assert.equal(await ask(path, body, `key-${row}`), first[row], JSON.stringify(rows[row]))
    assert.equal(await ask(`/${undone.id}/undo`, undefined, 'undo'), undo)
    const other = await changes.ask('POST', '', { ...valid, units: { under: otherRoom } })
    assert.equal(other.status, 404)
  })

  test('to take back or retry what did nothing, or has nothing left', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const { id } = await changes.made({ ...valid, units: { ids: [unknownUnit] } })
    assert.equal((await changes.ask('POST', `/${id}/undo`)).status, 400)
    const { id: whole } = await changes.made(valid)
    const { status, text } = await changes.ask('POST', `/${whole}/retry`)
    assert.equal(status, 400)
    assert.match(text, /Nothing of the change .* has failed/)
  })
})

describe('An item is refused', () => {
  test('of a skill that needs an account link, unless it has one', async (t) => {
    const service = await startService(t)
    const changes = changesOf(service)
    const { storage } = service.world.context
    const asked = { action: 'enable', skillIds: [radio, pharmacy], units: { ids: [room] } } as const
    const first = await changes.made(asked)
    assert.deepEqual(await changes.outcomes(first.id), ['done', 'refused'])
    assert.equal((await changes.items(first.id))[1]?.reason, accountLinkNeeded)
    const unit = (await storage.catalog.findUnit(room as Unit['id'])) as Unit
    const { organizationId } = unit
    const skillId = pharmacy as typeof pharmacy & ReturnType<typeof record>['skillId']
    const key = { organizationId, skillId, name: 'code' }
    await putLinked(storage, key, service.clock.now())
    await storage.enablements.enable(
      { ...record(unit, 'any'), skillId, link: onLinked('code'), stage: 'development' },
      stamp(service.clock.now()),
    )
    // It keeps the link that it has.
    const kept = await changes.retry(first.id)
    assert.equal(kept.counts.done, 1)
    const off = { ...asked, action: 'disable', skillIds: [pharmacy] } as const
    const preview = await changes.preview(off)
    assert.deepEqual(preview.warnings, ['1 account link will be lost. Undo does not restore links.'])
    assert.equal(preview.needsCount, true)
    const { id } = await changes.made(off)
    assert.equal((await changes.items(id))[0]?.before?.isLinked, true)
    const undo = await changes.undo(id)
    assert.deepEqual(undo.counts, { total: 1, waiting: 0, done: 0, already: 0, refused: 1, gone: 0 })
    await putDelegated(
      storage,
      { organizationId, skillId, sealedTokens: 'tokens' },
      stamp(service.clock.now()),
    )
    const delegated = await changes.retry(undo.id)
    assert.equal(delegated.counts.done, 1)
    assert.equal((await storage.enablements.find(unit.id, skillId))?.isLinked, true)
    assert.deepEqual((await changes.preview(off)).warnings, [])
  })

  test('of a subscription, unless the unit is a property, and it stays', async (t) => {
    const service = await startHotel(t)
    const changes = changesOf(service)
    const asked = {
      action: 'enable',
      skillIds: [subscription.hospitalityUS, subscription.seniorLivingUS],
      units: { ids: [hotel.seaside, hotel.room] },
    } as const
    const preview = await changes.preview(asked)
    assert.deepEqual(preview.warnings, ['1 subscription will stay. Undo does not end subscriptions.'])
    const made = await changes.made(asked)
    assert.deepEqual(await changes.outcomes(made.id), ['done', 'refused', 'refused', 'refused'])
    const undo = await changes.undo(made.id)
    assert.equal(undo.counts.refused, 1)
    assert.match((await changes.items(undo.id))[0]?.reason ?? '', /is the subscription of a property/)
  })

  test('of a skill without the stage, and of a unit whose name makes no partition', async (t) => {
    const service = await startService(t, {
      catalog: {
        ...catalogOfRooms(1, [
          { id: menu, name: 'Menu', stages: ['development'] },
          { id: roomLights, name: 'Lights', stages: ['live'] },
        ]),
      },
    })
    const changes = changesOf(service)
    const under = 'amzn1.alexa.unit.did.MANY'
    const asked = { action: 'enable', skillIds: [menu, roomLights], units: { under, level: 2 } } as const
    const { id } = await changes.made(asked)
    assert.deepEqual(await changes.outcomes(id), ['refused', 'done'])
    assert.match((await changes.items(id))[0]?.reason ?? '', /doesn't exist in the stage live/)
    const token = 'the-token-of-the-operator'
    const renamed = catalogOfRooms(1, [])
    const [organization] = renamed.organizations
    for (const ward of organization?.units ?? []) for (const one of ward.units) one.name = '客室'
    await service.call('POST', '/_skillkeeper/catalog', { token, body: renamed })
    const named = await changes.made({ ...asked, skillIds: [roomLights], partition: 'unit-name' })
    assert.match((await changes.items(named.id))[0]?.reason ?? '', /no letter or digit/)
  })
})
