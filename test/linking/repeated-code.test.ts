import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lookEveryMs } from '../../src/operations/links/link-account.ts'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import {
  type LinkedHospital,
  linkingSkills,
  revocationPath,
  startLinkedHospital,
  tokenPath,
} from '../support/linking.ts'
import type { Answer } from '../support/service.ts'

const { room, otherRoom, ward } = hospital
const { blinds, heating } = linkingSkills
const linked = { status: 'LINKED' }
const lookAgainMs = 25

describe('The same authorization code', () => {
  test('again for the same unit is answered from the stored link', async (t) => {
    const { service, enable, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    const first = await enable(blinds, room, request)
    const again = await enable(blinds, room, request)
    assert.deepEqual([again.status, again.body], [first.status, first.body])
    await service.settled()
    const later = await enable(blinds, room, request)
    assert.deepEqual([later.body.accountLink, later.body.status], [linked, 'ENABLED'])
    assert.equal(gate.passages.length, 1)
  })

  test('twice at once is exchanged once, and both are answered', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { enable, newRequest, gate } = linkedHospital
    const request = await newRequest(blinds)
    gate.close()
    const both = [enable(blinds, room, request), enable(blinds, room, request)]
    await gate.arrival(1)
    gate.open()
    for (const { status, body } of await answersOf(linkedHospital, both)) {
      assert.deepEqual([status, body.accountLink], [201, linked])
    }
    assert.equal(gate.passages.length, 1)
  })

  test('A code at once for many units is exchanged once, and all are answered', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { enable, newRequest, gate, server } = linkedHospital
    const request = await newRequest(blinds)
    const all = [room, otherRoom, ward, room, otherRoom, ward].map((unit) => enable(blinds, unit, request))
    for (const { status, body } of await answersOf(linkedHospital, all)) {
      assert.deepEqual([status, body.accountLink], [201, linked])
    }
    await linkedHospital.service.settled()
    assert.equal(gate.passages.length, 1)
    assert.equal(await server.knowsAccessToken(String(gate.passages[0]?.answer?.access_token)), true)
  })

  test('twice at once is refused to both when the token server refuses it', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { enable, newRequest, gate } = linkedHospital
    const request = { ...(await newRequest(blinds)), authCode: 'made-up' }
    gate.close()
    const both = [enable(blinds, room, request), enable(blinds, otherRoom, request)]
    await gate.arrival(1)
    gate.open()
    for (const { status, body } of await answersOf(linkedHospital, both)) {
      assert.equal(status, 400)
      assert.match(body.message, /invalid_grant/)
    }
  })

  test('is waited for five seconds, and no longer, when its first exchange does not end', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get, newRequest, gate } = linkedHospital
    const request = await newRequest(blinds)
    gate.close()
    const first = enable(blinds, room, request)
    await gate.arrival(1)
    const waiting = enable(blinds, otherRoom, request)
    await service.clock.asleepFor(lookEveryMs)
    service.clock.moveBy(5000)
    const second = await waiting
    assert.equal(second.status, 503)
    assert.equal(second.headers.get('retry-after'), '2')
    assert.equal((await get(blinds, otherRoom)).status, 404)
    gate.open()
    assert.equal((await first).status, 201)
    await service.settled()
    assert.equal((await enable(blinds, otherRoom, request)).status, 201)
    assert.equal(gate.passages.length, 1)
  })

  test('on another unit shares the link', async (t) => {
    const { service, enable, get, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    await service.settled()
    const other = await enable(blinds, otherRoom, request)
    assert.deepEqual([other.status, other.body.accountLink], [201, linked])
    await service.settled()
    assert.deepEqual((await get(blinds, otherRoom)).body.accountLink, linked)
    assert.equal(gate.passages.length, 1)
  })

  test('The same code for another skill is another code', async (t) => {
    const { enable, get, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    const foreign = await enable(heating, room, request)
    assert.equal(foreign.status, 400)
    assert.match(foreign.body.message, /invalid_grant/)
    assert.equal(gate.to(tokenPath).length, 2)
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    assert.equal((await get(heating, room)).status, 404)
  })

  test('after a restart is answered from the stored link', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { data: await temporaryFolder(t) })
    const { enable, newRequest, gate } = linkedHospital
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    await linkedHospital.restart()
    const again = await enable(blinds, room, request)
    assert.deepEqual([again.status, again.body.accountLink], [201, linked])
    assert.equal(gate.passages.length, 1)
  })

  test('works again as long as the token server was out of reach', async (t) => {
    const { enable, get, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    gate.breakDown()
    assert.equal((await enable(blinds, room, request)).status, 503)
    assert.equal((await get(blinds, room)).status, 404)
    gate.repair()
    const again = await enable(blinds, room, request)
    assert.deepEqual([again.status, again.body.accountLink], [201, linked])
  })

  test('is refused once its tokens are given up, while they are revoked and afterwards', async (t) => {
    const { service, enable, disable, get, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    await service.settled()
    gate.close()
    await disable(blinds, room)
    await gate.arrival(2)
    const meanwhile = await enable(blinds, room, request)
    assert.equal(meanwhile.status, 400)
    assert.match(meanwhile.body.message, /invalid_grant/)
    assert.equal(gate.to(tokenPath).length, 1)
    gate.open()
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 2)
    const afterwards = await enable(blinds, room, request)
    assert.equal(afterwards.status, 400)
    assert.match(afterwards.body.message, /invalid_grant/)
    assert.equal(gate.to(tokenPath).length, 2)
    assert.equal((await get(blinds, room)).status, 404)
  })
})

/** Who waits for another's exchange of the same code looks again after a while. */
async function answersOf(
  { service }: LinkedHospital,
  answers: readonly Promise<Answer>[],
): Promise<Answer[]> {
  await Promise.race(answers)
  service.clock.moveBy(lookAgainMs)
  return Promise.all(answers)
}
