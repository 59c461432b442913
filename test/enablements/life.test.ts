import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { createClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import type { SkillId, UnitId } from '../../src/protocol/identifiers.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { hospital } from '../support/catalogs.ts'
import { recordOf, startHospital } from '../support/enablements.ts'
import { hasFolder } from '../support/service.ts'

const { nurseCall, roomLights, menu, radio, pharmacy, room, otherRoom, unknownSkill } = hospital

describe('Enable', () => {
  test('answers 201 with the record, which is ENABLING', async (t) => {
    const service = await startHospital(t)
    const { status, headers, body } = await service.enable(nurseCall, room)
    assert.equal(status, 201)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.deepEqual(body, {
      skill: { stage: 'live', id: nurseCall },
      unit: { id: room },
      status: 'ENABLING',
    })
  })

  test('has accountLink in the answer only for a skill with account linking (row 23)', async (t) => {
    const service = await startHospital(t)
    assert.equal('accountLink' in (await service.enable(nurseCall, room)).body, false)
    assert.deepEqual((await service.enable(radio, room)).body.accountLink, { status: 'NOT_LINKED' })
  })

  test('takes development and live, and no other stage', async (t) => {
    const service = await startHospital(t)
    for (const stage of ['development', 'live']) {
      assert.equal((await service.enable(menu, room, { stage })).status, 201, stage)
    }
    for (const stage of ['certification', 'LIVE', '', null, 1, undefined]) {
      const { status, body } = await service.enable(menu, room, { stage })
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], String(stage))
      assert.equal(body.message, 'stage is missing or invalid: Skill stage: development or live.')
    }
  })

  test('Enabling a skill that does not exist, or not in that stage, is 404 (row 14)', async (t) => {
    const service = await startHospital(t)
    const noSkill = await service.enable(unknownSkill, room)
    assert.deepEqual(
      [noSkill.status, noSkill.body],
      [404, { type: 'NOT_FOUND', message: `The skill ${unknownSkill} can't be found.` }],
    )
    const noStage = await service.enable(roomLights, room, { stage: 'development' })
    assert.deepEqual(
      [noStage.status, noStage.body],
      [
        404,
        { type: 'NOT_FOUND', message: `The skill ${roomLights} doesn't exist in the stage development.` },
      ],
    )
  })

  test('may be repeated: 201 and the record as it is then (row 18)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    const whileEnabling = await service.enable(nurseCall, room)
    assert.deepEqual([whileEnabling.status, whileEnabling.body.status], [201, 'ENABLING'])
    await service.settled()
    const whenEnabled = await service.enable(nurseCall, room)
    assert.deepEqual([whenEnabled.status, whenEnabled.body.status], [201, 'ENABLED'])
    assert.equal((await service.list(room)).body.items.length, 1)
  })

  test('Enabling in another stage switches the stage, and the record is ENABLING again (rows 17 and 18)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    await service.settled()
    const { status, body } = await service.enable(nurseCall, room, { stage: 'development' })
    assert.deepEqual([status, body.status], [201, 'ENABLING'])
    const { body: list } = await service.list(room)
    assert.deepEqual(list.items, [recordOf(nurseCall, room, 'ENABLING', 'development')])
    await service.settled()
    const { body: after } = await service.get(nurseCall, room)
    assert.deepEqual(after, recordOf(nurseCall, room, 'ENABLED', 'development'))
  })

  test('keeps partition names as a list and replaces it: none are left when none are given (rows 4 and 18)', async (t) => {
    if (!hasFolder(t)) return
    const data = mkdtempSync(path.join(tmpdir(), 'skillkeeper-life-'))
    t.after(() => rmSync(data, { recursive: true }))
    /** What is stored after the requests, read as the next start of the service would. */
    const kept = async (requests: object[]) => {
      const service = await startHospital(t, { data })
      for (const more of requests) assert.equal((await service.enable(nurseCall, room, more)).status, 201)
      await service.stop()
      const storage = await openEmbeddedStorage(data, {
        ...service.clock,
        newId: () => '',
        migrations: readMigrations(),
      })
      const found = await storage.enablements.find(room as UnitId, nurseCall as SkillId)
      await storage.close()
      return found?.partitionNames
    }
    assert.deepEqual(await kept([{ partitionName: 'Room101 , Room202,c' }]), ['Room101', 'Room202', 'c'])
    assert.deepEqual(await kept([{ partitionName: 'a, b' }, { partitionName: 'c' }]), ['c'])
    assert.deepEqual(await kept([{}]), [])
  })

  test('Many enables at once make one record (row 17)', async (t) => {
    const service = await startHospital(t)
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.enable(nurseCall, room)))
    assert.ok(answers.every(({ status }) => status === 201))
    assert.equal((await service.list(room)).body.items.length, 1)
  })
})

describe('A record', () => {
  test('becomes ENABLED after the activation delay, and not before (row 31)', async (t) => {
    const service = await startHospital(t, { activationDelayMs: 5000 })
    await service.enable(nurseCall, room)
    service.clock.moveBy(4999)
    assert.equal((await service.get(nurseCall, room)).body.status, 'ENABLING')
    service.clock.moveBy(1)
    assert.deepEqual((await service.get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLED'))
    assert.deepEqual((await service.list(room)).body.items, [recordOf(nurseCall, room, 'ENABLED')])
  })

  test('A record that is ENABLED never goes back, whatever is repeated and however the clock is set back (row 31)', async (t) => {
    const machine = { wall: Date.UTC(2026, 0, 1, 12), elapsed: 0 }
    const clock = createClock({ wall: () => machine.wall, elapsed: () => machine.elapsed })
    const service = await startHospital(t, { clock, activationDelayMs: 5000 })
    await service.enable(nurseCall, room)
    machine.wall += 5000
    machine.elapsed += 5000
    for (const backMs of [0, 1, 4000, 86_400_000]) {
      machine.wall -= backMs
      machine.elapsed += 1
      assert.equal((await service.enable(nurseCall, room)).body.status, 'ENABLED', String(backMs))
      assert.deepEqual((await service.get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLED'))
    }
  })

  test('becomes ENABLED also when the service is started again before it is due (row 31)', async (t) => {
    const data = mkdtempSync(path.join(tmpdir(), 'skillkeeper-life-'))
    t.after(() => rmSync(data, { recursive: true }))
    const first = await startHospital(t, { data, activationDelayMs: 5000 })
    await first.enable(nurseCall, room)
    await first.stop()
    const second = await startHospital(t, { data, activationDelayMs: 5000 })
    second.clock.moveBy(4999)
    assert.deepEqual((await second.get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLING'))
    second.clock.moveBy(1)
    assert.deepEqual((await second.get(nurseCall, room)).body, recordOf(nurseCall, room, 'ENABLED'))
  })

  test('is of one unit: the same skill elsewhere is another (row 17)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    await service.enable(nurseCall, otherRoom, { stage: 'development' })
    await service.disable(nurseCall, room)
    assert.equal((await service.get(nurseCall, room)).status, 404)
    const { body } = await service.get(nurseCall, otherRoom)
    assert.deepEqual(body, recordOf(nurseCall, otherRoom, 'ENABLING', 'development'))
  })
})

describe('Get', () => {
  test('answers 200 with the whole record, accountLink included (row 23)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    const { status, headers, body } = await service.get(nurseCall, room)
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.deepEqual(body, recordOf(nurseCall, room, 'ENABLING'))
  })

  test('Getting what exists but is not enabled is 404 (row 24)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.get(nurseCall, room)
    assert.equal(status, 404)
    assert.deepEqual(body, {
      type: 'NOT_FOUND',
      message: `The skill ${nurseCall} is not enabled for the unit ${room}.`,
    })
  })

  test('Getting a skill that does not exist is 404 (row 14)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.get(unknownSkill, room)
    assert.deepEqual([status, body.message], [404, `The skill ${unknownSkill} can't be found.`])
  })
})

describe('Disable', () => {
  test('answers 204 without a body, and the record is gone (row 25)', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    const { status, headers, text } = await service.disable(nurseCall, room)
    assert.deepEqual([status, text], [204, ''])
    assert.equal(headers.get('content-type'), null)
    assert.equal(headers.get('content-length'), null)
    assert.equal((await service.get(nurseCall, room)).status, 404)
    assert.deepEqual((await service.list(room)).body.items, [])
  })

  test('Disabling what is not enabled is 404, also the second time (row 26)', async (t) => {
    const service = await startHospital(t)
    const notYet = await service.disable(nurseCall, room)
    assert.deepEqual(
      [notYet.status, notYet.body],
      [404, { type: 'NOT_FOUND', message: `The skill ${nurseCall} is not enabled for the unit ${room}.` }],
    )
    await service.enable(nurseCall, room)
    assert.equal((await service.disable(nurseCall, room)).status, 204)
    assert.equal((await service.disable(nurseCall, room)).status, 404)
  })

  test('Disabling another stage than the enabled one is 404, and changes nothing (row 26)', async (t) => {
    const service = await startHospital(t)
    await service.enable(menu, room)
    for (const stage of ['development', 'certification']) {
      const { status, body } = await service.disable(menu, room, { stage })
      assert.deepEqual(
        [status, body.message],
        [404, `The skill ${menu} is not enabled for the unit ${room} in the stage ${stage}.`],
      )
    }
    assert.equal((await service.get(menu, room)).status, 200)
    assert.equal((await service.disable(menu, room, { stage: 'live' })).status, 204)
  })

  test('takes development, certification and live as stage, and nothing else', async (t) => {
    const service = await startHospital(t)
    for (const stage of [' ', 'LIVE', 'test']) {
      const { status, body } = await service.disable(menu, room, { stage })
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], stage)
    }
  })

  test('Disabling a skill that does not exist is 404 (row 14)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.disable(unknownSkill, room)
    assert.deepEqual([status, body.message], [404, `The skill ${unknownSkill} can't be found.`])
  })

  test('Disabling a record before it is ENABLED leaves nothing behind', async (t) => {
    const service = await startHospital(t)
    await service.enable(nurseCall, room)
    await service.disable(nurseCall, room)
    await service.settled()
    assert.equal((await service.get(nurseCall, room)).status, 404)
    assert.equal((await service.enable(nurseCall, room)).body.status, 'ENABLING')
  })
})

describe('A skill with account linking', () => {
  test('is 400 without accountLinkRequest, unless its settings let linking be skipped (row 20)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.enable(pharmacy, room)
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
    assert.match(body.message, /accountLinkRequest is missing/)
    assert.equal((await service.enable(radio, room)).status, 201)
  })

  test('is the only kind that takes an accountLinkRequest (row 21)', async (t) => {
    const service = await startHospital(t)
    const accountLinkRequest = {
      redirectUri: 'https://hospital.example/cb',
      authCode: 'code',
      type: 'AUTH_CODE',
    }
    const { status, body } = await service.enable(nurseCall, room, { accountLinkRequest })
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
  })

  test('takes an accountLinkRequest only with all its fields and the type AUTH_CODE', async (t) => {
    const service = await startHospital(t)
    const right = { redirectUri: 'https://hospital.example/cb', authCode: 'code', type: 'AUTH_CODE' }
    const wrong: [field: string, value: unknown][] = [
      ['redirectUri', undefined],
      ['redirectUri', ''],
      ['authCode', undefined],
      ['authCode', 7],
      ['authCode', ''],
      ['type', undefined],
      ['type', 'TOKEN'],
    ]
    for (const [field, value] of wrong) {
      const { status, body } = await service.enable(pharmacy, room, {
        accountLinkRequest: { ...right, [field]: value },
      })
      assert.equal(status, 400)
      assert.match(body.message, new RegExp(`^accountLinkRequest\\.${field} is missing or invalid`))
    }
    for (const accountLinkRequest of [null, 'code', []]) {
      assert.equal((await service.enable(pharmacy, room, { accountLinkRequest })).status, 400)
    }
  })
})
