import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import {
  type LinkedHospital,
  linkingSkills,
  requestWith,
  revocationPath,
  startLinkedHospital,
  tokenPath,
} from '../support/linking.ts'
import { operatorToken } from '../support/service.ts'

const { room, otherRoom, ward, stranger, foreignRoom } = hospital
const { blinds, music } = linkingSkills
const linked = { status: 'LINKED' }
const notLinked = { status: 'NOT_LINKED' }

describe('A delegated link of the organization', () => {
  test('makes the code unnecessary for all its units, in a batch too, and for those of no other', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, batch, get, gate } = linkedHospital
    await delegate(linkedHospital)
    const enabled = await enable(blinds, room)
    assert.deepEqual([enabled.status, enabled.body.accountLink], [201, linked])
    const items = [ward, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
    assert.equal((await batch(blinds, items)).status, 202)
    await service.settled()
    for (const unit of [room, otherRoom, ward]) {
      const { body } = await get(blinds, unit)
      assert.deepEqual([body.accountLink, body.status], [linked, 'ENABLED'])
    }
    assert.equal(gate.to(tokenPath).length, 1)
    const token = await service.token(stranger)
    const body = { unitId: foreignRoom, stage: 'live' }
    const foreign = await service.call('POST', `/v1/skills/${blinds}/enablements`, { token, body })
    assert.equal(foreign.status, 400)
    assert.match(foreign.body.message, /accountLinkRequest is missing/)
  })

  test('can be given by the catalog, and is not taken up anew at each start', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get } = linkedHospital
    const [organization] = linkedHospital.options.catalog.organizations
    const delegatedLinks = [{ skillId: blinds, accessToken: 'given', refreshToken: 'given-too' }]
    const body = { organizations: [{ ...organization, delegatedLinks }] }
    const put = () => service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body })
    assert.equal((await put()).body.changed, 1)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
    assert.equal((await put()).body.changed, 0)
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
  })

  test('stays when the enablements that use it go', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, disable, gate } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    await disable(blinds, room)
    await service.settled()
    service.clock.moveBy(120_000)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 0)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
  })

  test('gives way to a code of the unit’s own, and takes over again when that is disabled', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, disable, newRequest, gate, server } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    assert.deepEqual((await enable(blinds, room, await newRequest(blinds))).body.accountLink, linked)
    await service.settled()
    const [delegated, own] = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    assert.equal(await server.knowsAccessToken(delegated ?? ''), true)
    await disable(blinds, room)
    await service.settled()
    assert.equal(await server.knowsAccessToken(own ?? ''), false)
    assert.equal(await server.knowsAccessToken(delegated ?? ''), true)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
  })

  test('can be replaced: what uses it stays linked, and the old tokens are revoked', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get, gate, server } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    await service.settled()
    await delegate(linkedHospital)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    const [before, after] = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    assert.equal(await server.knowsAccessToken(after ?? ''), true)
    assert.equal(await server.knowsAccessToken(before ?? ''), false)
  })
})

describe('The code of a delegated link', () => {
  test('sent again is answered from the stored link, after a restart and months later too', async (t) => {
    const linkedHospital = await startLinkedHospital(t, { data: await temporaryFolder(t) })
    const { gate, newRequest, enable, server } = linkedHospital
    const body = await newRequest(blinds)
    const put = () => linkedHospital.service.call('PUT', linkPath(blinds), { token: operatorToken, body })
    const first = await put()
    assert.deepEqual([(await put()).status, (await put()).body], [200, first.body])
    await linkedHospital.restart(60 * 24 * 3_600_000)
    await linkedHospital.service.settled()
    assert.equal((await put()).status, 200)
    assert.equal(gate.to(tokenPath).length, 1)
    assert.equal(gate.to(revocationPath).length, 0)
    assert.equal(await server.knowsAccessToken(String(gate.to(tokenPath)[0]?.answer?.access_token)), true)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
  })

  test('sent twice at once is exchanged once, and both are answered', async (t) => {
    const { service, gate, newRequest, operations } = await startLinkedHospital(t)
    const body = await newRequest(blinds)
    gate.close()
    const put = () => service.call('PUT', linkPath(blinds), { token: operatorToken, body })
    const both = [put(), put()]
    await gate.arrival(1)
    gate.open()
    await Promise.race(both)
    service.clock.moveBy(25)
    for (const { status } of await Promise.all(both)) assert.equal(status, 200)
    await service.settled()
    assert.equal(gate.to(tokenPath).length, 1)
    assert.equal((await operations({ operation: 'link' })).length, 1)
  })

  test('is spent once the link is removed', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, newRequest, gate } = linkedHospital
    const body = await newRequest(blinds)
    const put = () => service.call('PUT', linkPath(blinds), { token: operatorToken, body })
    assert.equal((await put()).status, 200)
    await undelegate(linkedHospital)
    await service.settled()
    assert.equal(gate.to(revocationPath).length, 2)
    const refused = await put()
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /invalid_grant/)
  })
})

describe('A delegated link that is removed', () => {
  test('leaves what used it enabled and NOT_LINKED, which the log tells, and its tokens are revoked', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get, newRequest, operations, gate, server } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    await enable(blinds, otherRoom, await newRequest(blinds))
    await service.settled()
    await undelegate(linkedHospital)
    await service.settled()
    const record = await get(blinds, room)
    assert.deepEqual([record.body.accountLink, record.body.status], [notLinked, 'ENABLED'])
    assert.deepEqual((await get(blinds, otherRoom)).body.accountLink, linked)
    const [entry, ...more] = await operations({ unitId: room, operation: 'link' })
    assert.deepEqual(
      [entry?.outcome, entry?.detail?.reason, more],
      ['failed', 'The account link was removed.', []],
    )
    const delegated = String(gate.to(tokenPath)[0]?.answer?.access_token)
    assert.equal(gate.to(revocationPath).length, 2)
    assert.equal(await server.knowsAccessToken(delegated), false)
  })

  test('is needed no longer where linking may be skipped, and must be replaced by a code elsewhere', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, newRequest } = linkedHospital
    for (const skillId of [blinds, music]) await delegate(linkedHospital, skillId)
    for (const skillId of [blinds, music]) await enable(skillId, room)
    for (const skillId of [blinds, music]) await undelegate(linkedHospital, skillId)
    await service.settled()
    assert.deepEqual((await enable(music, room)).body.accountLink, notLinked)
    const refused = await enable(blinds, room)
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /accountLinkRequest is missing/)
    assert.deepEqual((await enable(blinds, room, await newRequest(blinds))).body.accountLink, linked)
  })

  test('A delegated link that is removed and made again links what is enabled again', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, get } = linkedHospital
    await delegate(linkedHospital)
    await enable(blinds, room)
    await undelegate(linkedHospital)
    await service.settled()
    await delegate(linkedHospital)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, notLinked)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
  })

  test('while its tokens cannot be revoked can be made again, and is not lost then', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable, gate, server } = linkedHospital
    await delegate(linkedHospital)
    gate.breakDown()
    await undelegate(linkedHospital)
    await service.settled()
    gate.repair()
    await delegate(linkedHospital)
    service.clock.moveBy(600_000)
    await service.settled()
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
    const [before, after] = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    assert.equal(await server.knowsAccessToken(after ?? ''), true)
    assert.equal(await server.knowsAccessToken(before ?? ''), false)
  })

  test('is not replaced by a code that the token server refuses', async (t) => {
    const linkedHospital = await startLinkedHospital(t)
    const { service, enable } = linkedHospital
    await delegate(linkedHospital)
    const body = requestWith('made-up')
    const refused = await service.call('PUT', linkPath(blinds), { token: operatorToken, body })
    assert.equal(refused.status, 400)
    assert.deepEqual((await enable(blinds, room)).body.accountLink, linked)
  })
})

function linkPath(skillId: string): string {
  return `/_skillkeeper/organizations/${hospital.organization}/delegated-links/${skillId}`
}

async function delegate({ service, newRequest }: LinkedHospital, skillId: string = blinds): Promise<void> {
  const body = await newRequest(skillId)
  const put = await service.call('PUT', linkPath(skillId), { token: operatorToken, body })
  assert.equal(put.status, 200, JSON.stringify(put.body))
}

async function undelegate({ service }: LinkedHospital, skillId: string = blinds): Promise<void> {
  assert.equal((await service.call('DELETE', linkPath(skillId), { token: operatorToken })).status, 204)
}
