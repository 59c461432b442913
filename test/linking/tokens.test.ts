import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import {
  type LinkedHospital,
  linkingSkills,
  revocationPath,
  startLinkedHospital,
} from '../support/linking.ts'
import { operatorToken } from '../support/service.ts'

const { room, otherRoom } = hospital
const { blinds, heating, lamps } = linkingSkills
const linked = { status: 'LINKED' }

describe('The tokens of an account link', () => {
  for (const skillId of [blinds, heating]) {
    test(`are revoked, both of them, when ${skillId} is disabled`, async (t) => {
      const linkedHospital = await startLinkedHospital(t)
      const { service, enable, disable, newRequest, gate, server } = linkedHospital
      await enable(skillId, room, await newRequest(skillId))
      await service.settled()
      const [tokens] = tokensOf(linkedHospital)
      assert.equal((await disable(skillId, room)).status, 204)
      await service.settled()
      const revoked = gate
        .to(revocationPath)
        .map(({ form }) => [form.get('token_type_hint'), form.get('token')])
      assert.deepEqual(revoked, [
        ['refresh_token', tokens?.refresh],
        ['access_token', tokens?.access],
      ])
      assert.equal(await server.knowsAccessToken(tokens?.access ?? ''), false)
      assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), false)
    })
  }

  test('are kept until the last of those that share the link is disabled', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, disable, get, newRequest, gate, server } = linkedHospital
    const request = await newRequest(blinds)
    await enable(blinds, room, request)
    await enable(blinds, otherRoom, request)
    await service.settled()
    const [tokens] = tokensOf(linkedHospital)
    await disable(blinds, room)
    await service.settled()
    assert.deepEqual((await get(blinds, otherRoom)).body.accountLink, linked)
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), true)
    assert.deepEqual((await enable(blinds, room, request)).body.accountLink, linked)
    await disable(blinds, otherRoom)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 0)
    await disable(blinds, room)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 2)
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), false)
  })

  test('are replaced by those of a new code, and then revoked', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get, newRequest, server } = linkedHospital
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    const again = await enable(blinds, room, await newRequest(blinds))
    assert.deepEqual([again.status, again.body.accountLink, again.body.status], [201, linked, 'ENABLED'])
    await service.settled()
    const [before, after] = tokensOf(linkedHospital)
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    assert.equal(await server.knowsAccessToken(before?.access ?? ''), false)
    assert.equal(await server.knowsRefreshToken(before?.refresh ?? ''), false)
    assert.equal(await server.knowsAccessToken(after?.access ?? ''), true)
    assert.equal(await server.knowsRefreshToken(after?.refresh ?? ''), true)
  })

  test('are revoked at once, however late the unit is ENABLED, when it moves to a link that is there', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { activationDelayMs: 86_400_000 })
    const { service, enable, newRequest, gate, server } = linkedHospital
    const shared = await newRequest(blinds)
    await enable(blinds, room, await newRequest(blinds))
    await enable(blinds, otherRoom, shared)
    await service.settled()
    const [own] = tokensOf(linkedHospital)
    await enable(blinds, room, shared)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 2)
    assert.equal(await server.knowsRefreshToken(own?.refresh ?? ''), false)
  })

  test('The tokens of a shared link stay when one of its units is linked anew', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get, newRequest, gate } = linkedHospital
    const shared = await newRequest(blinds)
    await enable(blinds, room, shared)
    await enable(blinds, otherRoom, shared)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    assert.deepEqual((await get(blinds, otherRoom)).body.accountLink, linked)
    assert.equal(gate.to(revocationPath).length, 0)
  })

  test('are given up a minute later when the unit went away during the exchange', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, newRequest, gate, server } = linkedHospital
    const request = await newRequest(blinds)
    gate.close()
    const answer = enable(blinds, room, request)
    await gate.arrival(1)
    const removed = await service.call('DELETE', `/_skillkeeper/units/${room}`, { token: operatorToken })
    assert.equal(removed.status, 204)
    gate.open()
    assert.equal((await answer).status, 404)
    const [tokens] = tokensOf(linkedHospital)
    await service.settled()
    assert.equal(await server.knowsAccessToken(tokens?.access ?? ''), true)
    service.clock.moveBy(60_000)
    await service.settled()
    assert.equal(await server.knowsAccessToken(tokens?.access ?? ''), false)
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), false)
  })

  test('are destroyed without a revocation where the skill names no endpoint', async (t) => {
    const { service, enable, disable, newRequest, gate, operations } = await startLinkedHospital(t)
    await enable(lamps, room, await newRequest(lamps))
    await disable(lamps, room)
    await service.settled()
    assert.equal(gate.passages.length, 1)
    const discarded = await operations({ skillId: lamps, operation: 'discard_link' })
    assert.deepEqual(
      discarded.map(({ outcome }) => outcome),
      ['done'],
    )
  })

  test('are revoked later when the endpoint was down, with growing pauses', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, disable, newRequest, gate, server, operations } = linkedHospital
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    const [tokens] = tokensOf(linkedHospital)
    gate.breakDown()
    await disable(blinds, room)
    await service.settled()
    service.clock.moveBy(16_000)
    await service.settled()
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), true)
    gate.repair()
    service.clock.moveBy(64_000)
    await service.settled()
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), false)
    const [discarded, ...more] = await operations({ operation: 'discard_link' })
    assert.deepEqual([discarded?.outcome, more], ['done', []])
  })

  test('are destroyed after a quarter of an hour when the endpoint stays down, and the log says so', async (t) => {
    const { service, enable, disable, newRequest, gate, operations } = await startLinkedHospital(t)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    gate.breakDown()
    await disable(blinds, room)
    for (let minutes = 0; minutes < 20; minutes++) {
      await service.settled()
      service.clock.moveBy(60_000)
    }
    await service.settled()
    const [discarded] = await operations({ operation: 'discard_link' })
    assert.equal(discarded?.outcome, 'failed')
    assert.match(discarded?.detail?.reason ?? '', /destroyed, but not revoked/)
    gate.repair()
    service.clock.moveBy(3_600_000)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 0)
  })

  test('are revoked after a restart when the service was stopped before', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { data: await temporaryFolder(t) })
    const { enable, disable, newRequest, gate, server } = linkedHospital
    await enable(blinds, room, await newRequest(blinds))
    await linkedHospital.service.settled()
    const [tokens] = tokensOf(linkedHospital)
    gate.breakDown()
    await disable(blinds, room)
    await linkedHospital.service.settled()
    await linkedHospital.restart()
    gate.repair()
    linkedHospital.service.clock.moveBy(60_000)
    await linkedHospital.service.settled()
    assert.equal(await server.knowsAccessToken(tokens?.access ?? ''), false)
    assert.equal(await server.knowsRefreshToken(tokens?.refresh ?? ''), false)
  })
})

/** The tokens that the token server gave, in order. */
function tokensOf({ gate }: LinkedHospital): { access: string; refresh: string }[] {
  return gate.passages.flatMap(({ answer }) =>
    answer?.access_token === undefined
      ? []
      : [{ access: String(answer.access_token), refresh: String(answer.refresh_token) }],
  )
}
