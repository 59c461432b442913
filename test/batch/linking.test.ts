import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import {
  type AccountLinkRequest,
  type LinkedHospital,
  linkingSkills,
  requestWith,
  revocationPath,
  startLinkedHospital,
  tokenPath,
} from '../support/linking.ts'
import { hasFolder } from '../support/service.ts'

const { room, otherRoom, ward } = hospital
const { blinds, heating, music } = linkingSkills
const linked = { status: 'LINKED' }
const notLinked = { status: 'NOT_LINKED' }

describe('A code in a batch', () => {
  test('is exchanged after the answer, and its unit is ENABLING and NOT_LINKED until then (row 38)', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest, gate } = linkedHospital
    gate.close()
    const accepted = await batch(blinds, [item(room, await newRequest(blinds))])
    assert.equal(accepted.status, 202)
    letBackgroundLook(service)
    await gate.arrival(1)
    service.clock.moveBy(60_000)
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLING', notLinked])
    gate.open()
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
    assert.deepEqual(await toldOf(linkedHospital, accepted), [
      ['batch_enable', 'accepted', 0],
      ['link', 'done', 0],
    ])
  })

  test('A code on several items is exchanged once, and the link is shared (row 37)', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, disable, newRequest, gate } = linkedHospital
    const shared = await newRequest(heating)
    const own = await newRequest(heating)
    await batch(heating, [
      item(room, shared),
      item(otherRoom, shared),
      item(ward, own),
      item(room, shared, 9),
    ])
    await service.settled()
    for (const unitId of [room, otherRoom, ward]) {
      assert.deepEqual(await stateOf(linkedHospital, heating, unitId), ['ENABLED', linked])
    }
    assert.deepEqual(
      gate
        .to(tokenPath)
        .map(({ form }) => form.get('code'))
        .sort(),
      [shared.authCode, own.authCode].sort(),
    )
    await disable(heating, room)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 0)
    assert.deepEqual(await stateOf(linkedHospital, heating, otherRoom), ['ENABLED', linked])
  })

  test('A code that was exchanged before links at once, and is not exchanged again', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, batch, newRequest, gate } = linkedHospital
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    assert.equal((await batch(blinds, [item(otherRoom, request), item(ward, request)])).status, 202)
    assert.deepEqual(await stateOf(linkedHospital, blinds, otherRoom), ['ENABLING', linked])
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, ward), ['ENABLED', linked])
    assert.equal((await batch(blinds, [item(otherRoom, request)])).status, 202)
    await service.settled()
    assert.equal(gate.to(tokenPath).length, 1)
  })

  test('A code that a single enable exchanges at the same time is exchanged once', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, batch, newRequest, gate } = linkedHospital
    const request = await newRequest(blinds)
    gate.close()
    const single = enable(blinds, room, request)
    await gate.arrival(1)
    assert.equal((await batch(blinds, [item(otherRoom, request)])).status, 202)
    gate.open()
    assert.equal((await single).status, 201)
    await service.settled()
    for (const unitId of [room, otherRoom]) {
      assert.deepEqual(await stateOf(linkedHospital, blinds, unitId), ['ENABLED', linked])
    }
    assert.equal(gate.to(tokenPath).length, 1)
  })

  test('may stand on an item before the one of the same unit that needs it', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest } = linkedHospital
    const request = await newRequest(blinds)
    const first = { ...item(room, request, 1), stage: 'development' }
    assert.equal((await batch(blinds, [item(room, undefined, 2), first])).status, 400)
    assert.equal((await batch(blinds, [first, item(room, undefined, 2)])).status, 202)
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
    assert.match((await linkedHospital.get(blinds, room)).text, /"stage":"live"/)
  })

  test('A new code replaces the link of a unit, whose old tokens are revoked', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, batch, newRequest, gate, server } = linkedHospital
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    await batch(blinds, [item(room, await newRequest(blinds))])
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
    const [before, after] = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    assert.equal(await server.knowsAccessToken(before ?? ''), false)
    assert.equal(await server.knowsAccessToken(after ?? ''), true)
  })

  test('A code of a unit that is disabled before the exchange leaves nothing behind', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, disable, get, newRequest, gate, server } = linkedHospital
    gate.close()
    await batch(blinds, [item(room, await newRequest(blinds))])
    letBackgroundLook(service)
    await gate.arrival(1)
    assert.equal((await disable(blinds, room)).status, 204)
    gate.open()
    await service.settled()
    assert.equal((await get(blinds, room)).status, 404)
    const [exchange] = gate.to(tokenPath)
    assert.equal(await server.knowsAccessToken(String(exchange?.answer?.access_token)), false)
    assert.equal(gate.to(revocationPath).length, 2)
  })
})

describe('A code in a batch that the token server refuses', () => {
  test('leaves its unit ENABLED and NOT_LINKED, and the log tells why for its item (row 38)', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest, operations } = linkedHospital
    const good = await newRequest(blinds)
    const bad = requestWith('made-up')
    const accepted = await batch(blinds, [item(room, bad, 3), item(otherRoom, good, 4), item(ward, bad, 5)])
    assert.equal(accepted.status, 202)
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', notLinked])
    assert.deepEqual(await stateOf(linkedHospital, blinds, otherRoom), ['ENABLED', linked])
    assert.deepEqual(await stateOf(linkedHospital, blinds, ward), ['ENABLED', notLinked])
    const requestId = accepted.headers.get('x-amzn-requestid') ?? ''
    const failed = await operations({ requestId, outcome: 'failed' })
    assert.deepEqual(failed.map(({ operation, unitId, itemId }) => [operation, unitId, itemId]).sort(), [
      ['link', room, 3],
      ['link', ward, 5],
    ])
    for (const { detail } of failed) assert.match(detail?.reason ?? '', /refused the code: invalid_grant/)
  })

  test('is forgotten then: the next one is judged anew', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, batch, newRequest, gate } = linkedHospital
    const bad = requestWith('made-up')
    await batch(blinds, [item(room, bad)])
    await service.settled()
    await batch(blinds, [item(room, bad)])
    await service.settled()
    assert.equal(gate.to(tokenPath).length, 2)
    assert.equal((await enable(blinds, room, bad)).status, 400)
    assert.deepEqual((await enable(blinds, room, await newRequest(blinds))).body.accountLink, linked)
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
  })
})

describe('A token server that is out of reach of a batch', () => {
  test('is tried again with growing pauses until it answers (row 38)', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest, gate } = linkedHospital
    const triedAt: number[] = []
    gate.breakDown()
    await batch(blinds, [item(room, await newRequest(blinds))])
    letBackgroundLook(service)
    const startedAt = service.clock.now()
    for (let tries = 1; tries <= 7; tries++) {
      await gate.breakage(tries)
      triedAt.push(service.clock.now() - startedAt)
      await service.world.settled()
      if (tries < 7) service.clock.moveBy(1000 * 2 ** (tries - 1))
    }
    assert.deepEqual(triedAt, [0, 1000, 3000, 7000, 15_000, 31_000, 63_000])
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLING', notLinked])
    gate.repair()
    service.clock.moveBy(64_000)
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
    assert.equal(gate.to(tokenPath).length, 1)
  })

  test('A token server that is away for half an hour leaves its unit ENABLED and NOT_LINKED, and the log has the reason', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest, operations, gate } = linkedHospital
    gate.breakDown()
    const accepted = await batch(blinds, [item(room, await newRequest(blinds), 8)])
    for (let minutes = 0; minutes < 20; minutes++) {
      await service.settled()
      service.clock.moveBy(60_000)
    }
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLING', notLinked])
    for (let minutes = 0; minutes < 10; minutes++) {
      service.clock.moveBy(60_000)
      await service.settled()
    }
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', notLinked])
    const requestId = accepted.headers.get('x-amzn-requestid') ?? ''
    const [failed, ...more] = await operations({ requestId, outcome: 'failed' })
    assert.deepEqual([failed?.operation, failed?.itemId, more], ['link', 8, []])
    assert.match(failed?.detail?.reason ?? '', /could not be reached/)
  })

  test('keeps no other skill, no unit without a code and nobody else waiting', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, batch, newRequest, gate } = linkedHospital
    gate.breakDown()
    await batch(music, [item(room, await newRequest(music)), item(otherRoom)])
    await batch(hospital.nurseCall, [item(room)])
    await service.settled()
    assert.deepEqual(await stateOf(linkedHospital, music, room), ['ENABLING', notLinked])
    assert.deepEqual(await stateOf(linkedHospital, music, otherRoom), ['ENABLED', notLinked])
    assert.deepEqual(await stateOf(linkedHospital, hospital.nurseCall, room), ['ENABLED', notLinked])
  })

  test('A token server that is away when the service starts, and back later, links all the same', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { data: await temporaryFolder(t) })
    const { batch, newRequest, gate } = linkedHospital
    gate.breakDown()
    const accepted = await batch(blinds, [item(room, await newRequest(blinds)), item(otherRoom, undefined)])
    assert.equal(accepted.status, 400)
    const again = await batch(blinds, [item(room, await newRequest(blinds))])
    await linkedHospital.service.settled()
    await linkedHospital.restart(30_000)
    await linkedHospital.service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLING', notLinked])
    gate.repair()
    linkedHospital.service.clock.moveBy(300_000)
    await linkedHospital.service.settled()
    assert.deepEqual(await stateOf(linkedHospital, blinds, room), ['ENABLED', linked])
    assert.deepEqual((await toldOf(linkedHospital, again)).at(-1), ['link', 'done', 0])
  })
})

describe('A service that ends in the middle of a batch', () => {
  test('lets an exchange that is under way finish, and its link is there at the next start', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { data: await temporaryFolder(t) })
    const { batch, newRequest, gate } = linkedHospital
    gate.close()
    await batch(blinds, [item(room, await newRequest(blinds)), item(otherRoom, await newRequest(blinds))])
    letBackgroundLook(linkedHospital.service)
    await gate.arrival(2)
    const restarted = linkedHospital.restart()
    gate.open()
    await restarted
    await linkedHospital.service.settled()
    for (const unitId of [room, otherRoom]) {
      assert.deepEqual(await stateOf(linkedHospital, blinds, unitId), ['ENABLED', linked])
    }
    assert.equal(gate.to(tokenPath).length, 2)
  })

  test('After a crash the next service goes on from what is on disk, once the claim of the dead one has run out', async (t) => {
    if (!hasFolder(t)) return
    const data = await temporaryFolder(t)
    const copy = await temporaryFolder(t)
    const linkedHospital = await startLinkedHospital(t, { data })
    const { batch, newRequest, gate } = linkedHospital
    // The first try never reaches the token server, so the code is still good.
    const request = await newRequest(blinds)
    gate.close()
    await batch(blinds, [item(room, request), item(otherRoom, request)])
    letBackgroundLook(linkedHospital.service)
    await gate.arrival(1)
    await cp(data, copy, { recursive: true })
    gate.breakDown()
    await linkedHospital.service.stop()
    gate.repair()
    const survivor = await startLinkedHospital(t, { ...linkedHospital.options, data: copy })
    await survivor.service.world.settled()
    assert.deepEqual(await stateOf(survivor, blinds, room), ['ENABLING', notLinked])
    survivor.service.clock.moveBy(10_000)
    await survivor.service.settled()
    for (const unitId of [room, otherRoom]) {
      assert.deepEqual(await stateOf(survivor, blinds, unitId), ['ENABLED', linked])
    }
  })
})

function item(unitId: string, accountLinkRequest?: AccountLinkRequest, itemId = itemIds.get(unitId) ?? 0) {
  return { itemId, unitId, stage: 'live', accountLinkRequest }
}

const itemIds = new Map([
  [room, 0],
  [otherRoom, 1],
  [ward, 2],
])

/** It rests for some milliseconds between two looks. */
function letBackgroundLook({ clock }: LinkedHospital['service']): void {
  clock.moveBy(20)
}

async function stateOf({ get }: LinkedHospital, skillId: string, unitId: string) {
  const { body } = await get(skillId, unitId)
  return [body.status, body.accountLink]
}

async function toldOf({ operations }: LinkedHospital, { headers }: { headers: Headers }) {
  const entries = await operations({ requestId: headers.get('x-amzn-requestid') ?? '' })
  return entries.map(({ operation, outcome, itemId }) => [operation, outcome, itemId])
}
