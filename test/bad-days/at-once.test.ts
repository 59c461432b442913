import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lookEveryMs } from '../../src/operations/links/link-account.ts'
import { hospital } from '../support/catalogs.ts'
import { recordOf, startHospital } from '../support/enablements.ts'
import { linkingSkills, revocationPath, startLinkedHospital, tokenPath } from '../support/linking.ts'
import { operatorToken } from '../support/service.ts'

const { room, otherRoom, ward, nurseCall, menu } = hospital
const { blinds } = linkingSkills
const linked = { status: 'LINKED' }

describe('At the same time, for one unit and skill,', () => {
  test('enables in two stages end with one of the two, and each is answered with its own', async (t) => {
    const { enable, list, settled } = await startHospital(t)
    for (let round = 0; round < 10; round++) {
      const stages = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'live' : 'development'))
      const answers = await Promise.all(stages.map((stage) => enable(nurseCall, room, { stage })))
      for (const [index, { status, body }] of answers.entries()) {
        assert.equal(status, 201)
        assert.equal(Object(body).skill.stage, stages[index])
      }
      const { items } = (await list(room)).body
      assert.equal(items.length, 1)
      assert.ok(['live', 'development'].includes(Object(items[0]).skill.stage))
      await settled()
      assert.equal(Object((await list(room)).body.items[0]).status, 'ENABLED')
    }
  })

  test('enables and disables end as one after the other, as the operations log has them', async (t) => {
    const service = await startHospital(t)
    const { enable, disable, get } = service
    await enable(menu, room)
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([
        enable(menu, room),
        disable(menu, room),
        enable(menu, room, { stage: 'development' }),
        disable(menu, room),
        enable(menu, room),
        disable(menu, room, { stage: 'development' }),
      ])
      for (const [index, { status }] of answers.entries()) {
        assert.ok((index % 2 === 0 ? [201] : [204, 404]).includes(status), String(status))
      }
      const path = `/_skillkeeper/operations?unitId=${room}&maxResults=20`
      const { body } = await service.call('GET', path, { token: operatorToken })
      const [last] = body.items.map(Object)
      assert.equal((await get(menu, room)).status, last.operation === 'disable' ? 404 : 200)
      if (last.operation === 'disable') await enable(menu, room)
    }
  })

  test('a disable just as the record becomes ENABLED leaves none behind, and the next begins anew', async (t) => {
    const { enable, disable, get, clock } = await startHospital(t, { activationDelayMs: 200 })
    for (const lateMs of [199, 200, 201]) {
      await enable(nurseCall, room)
      const disabled = disable(nurseCall, room)
      clock.moveBy(lateMs)
      assert.equal((await disabled).status, 204)
      assert.equal((await get(nurseCall, room)).status, 404)
      assert.equal((await enable(nurseCall, room)).body.status, 'ENABLING')
      assert.equal((await disable(nurseCall, room)).status, 204)
    }
  })

  test('a batch, an enable and a disable leave each unit with all of one or all of another', async (t) => {
    const { call, adminToken, enable, disable, list, settled } = await startHospital(t)
    const units = [room, otherRoom, ward]
    for (let round = 0; round < 10; round++) {
      const items = units.map((unitId, itemId) => ({ itemId, unitId, stage: 'certification' }))
      const [batch] = await Promise.all([
        call('POST', `/v1/skills/${menu}/enablements/batch`, { token: adminToken, body: { items } }),
        ...units.map((unitId) => enable(menu, unitId, { stage: 'development' })),
        ...units.map((unitId) => disable(menu, unitId)),
      ])
      assert.equal(batch.status, 202)
      await settled()
      for (const unitId of units) {
        const { items } = (await list(unitId)).body
        assert.ok(items.length <= 1)
        for (const item of items) {
          const { stage } = Object(item).skill
          assert.deepEqual(item, recordOf(menu, unitId, 'ENABLED', stage))
          assert.ok(['certification', 'development'].includes(stage))
        }
      }
    }
  })
})

describe('A batch that loses what one of its items rests on', () => {
  test('before it is written is refused with the ID of that item', async (t) => {
    const { service, enable, disable, batch, newRequest } = await startLinkedHospital(t)
    const items = [room, otherRoom].map((unitId, index) => ({ itemId: 70 + index, unitId, stage: 'live' }))
    let refusals = 0
    for (let round = 0; round < 20; round++) {
      for (const unitId of [room, otherRoom]) await enable(blinds, unitId, await newRequest(blinds))
      const [, batched] = await Promise.all([disable(blinds, room), batch(blinds, items)])
      await service.settled()
      if (batched.status === 202) continue
      refusals += 1
      assert.equal(batched.status, 400)
      assert.deepEqual(
        batched.body.errors.map((error) => Object(error).itemId),
        [70],
      )
    }
    assert.ok(refusals > 0)
  })
})

describe('While a code is exchanged', () => {
  test('a disable takes the record that is there, and the enable makes a new one', async (t) => {
    const { service, enable, disable, get, newRequest, gate, server } = await startLinkedHospital(t)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    gate.close()
    const relinked = enable(blinds, room, await newRequest(blinds))
    await gate.arrival(2)
    assert.equal((await disable(blinds, room)).status, 204)
    assert.equal((await get(blinds, room)).status, 404)
    gate.open()
    const { status, body } = await relinked
    assert.deepEqual([status, body.accountLink, body.status], [201, linked, 'ENABLING'])
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    const [before, after] = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    assert.equal(await server.knowsAccessToken(before ?? ''), false)
    assert.equal(await server.knowsAccessToken(after ?? ''), true)
  })

  test('two codes for one unit end with one link, and the tokens of the other are revoked', async (t) => {
    const { service, enable, get, newRequest, gate, server } = await startLinkedHospital(t)
    const requests = [await newRequest(blinds), await newRequest(blinds)]
    for (const { status, body } of await Promise.all(requests.map((one) => enable(blinds, room, one)))) {
      assert.deepEqual([status, body.accountLink], [201, linked])
    }
    await service.settled()
    // Writes that run side by side may not see each other; a link that nobody came to live on is found a minute later.
    service.clock.moveBy(60_000)
    await service.settled()
    assert.deepEqual((await get(blinds, room)).body.accountLink, linked)
    const tokens = gate.to(tokenPath).map(({ answer }) => String(answer?.access_token))
    const known = await Promise.all(tokens.map((token) => server.knowsAccessToken(token)))
    assert.deepEqual(known.sort(), [false, true])
    assert.equal(gate.to(revocationPath).length, 2)
  })

  test('a caller who hangs up finds the record when asking again, and the code is not lost', async (t) => {
    const { service, token, enable, newRequest, operations, gate } = await startLinkedHospital(t)
    const accountLinkRequest = await newRequest(blinds)
    const impatience = new AbortController()
    gate.close()
    const abandoned = fetch(`${service.url}/v1/skills/${blinds}/enablements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ unitId: room, stage: 'live', accountLinkRequest }),
      signal: impatience.signal,
    })
    await gate.arrival(1)
    impatience.abort()
    await assert.rejects(abandoned, { name: 'AbortError' })
    const again = enable(blinds, room, accountLinkRequest)
    await service.clock.asleepFor(lookEveryMs)
    gate.open()
    // What the caller asked for is done, though nobody is there to be told.
    for (let asked = 0; asked < 1000; asked++) {
      if ((await operations({ unitId: room, operation: 'enable' })).length > 0) break
    }
    service.clock.moveBy(lookEveryMs)
    const { status, body } = await again
    assert.deepEqual([status, body.accountLink], [201, linked])
    assert.equal(gate.to(tokenPath).length, 1)
  })

  test('the operator may remove the skill’s account linking, and nothing is linked to it', async (t) => {
    const { service, batch, get, newRequest, operations, gate, options } = await startLinkedHospital(t)
    gate.breakDown()
    const items = [
      { itemId: 5, unitId: room, stage: 'live', accountLinkRequest: await newRequest(blinds) },
      { itemId: 6, unitId: otherRoom, stage: 'live', accountLinkRequest: await newRequest(blinds) },
    ]
    const accepted = await batch(blinds, items)
    await service.settled()
    const skill = options.catalog.skills.find(({ id }) => id === blinds)
    const { name, stages } = skill ?? assert.fail()
    const body = { skills: [{ id: blinds, name, stages }] }
    const put = await service.call('POST', '/_skillkeeper/catalog', { token: operatorToken, body })
    assert.equal(put.status, 200)
    gate.repair()
    service.clock.moveBy(60_000)
    await service.settled()
    for (const unitId of [room, otherRoom]) {
      const { body } = await get(blinds, unitId)
      assert.deepEqual([body.status, body.accountLink.status], ['ENABLED', 'NOT_LINKED'])
    }
    assert.equal(gate.passages.length, 0)
    const requestId = accepted.headers.get('x-amzn-requestid') ?? ''
    const reasons = (await operations({ requestId, outcome: 'failed' })).map(({ detail }) => detail?.reason)
    assert.deepEqual(reasons, Array(2).fill('the skill no longer supports account linking'))
  })
})
