import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { linkingSkills, requestWith, startLinkedHospital, tokenPath } from '../support/linking.ts'

const { room, otherRoom, nurseCall } = hospital
const { blinds, heating, music } = linkingSkills
const linked = { status: 'LINKED' }
const notLinked = { status: 'NOT_LINKED' }

describe('A skill that links accounts', () => {
  test('is enabled with a code, which is redeemed at its token server with the secret in a header', async (t) => {
    const { enable, newRequest, gate, server } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    const enabled = await enable(blinds, room, request)
    assert.equal(enabled.status, 201)
    assert.deepEqual(enabled.body, {
      skill: { stage: 'live', id: blinds },
      unit: { id: room },
      accountLink: linked,
      status: 'ENABLING',
    })
    const [exchange] = gate.passages
    assert.equal(gate.passages.length, 1)
    assert.equal(exchange?.path, tokenPath)
    assert.deepEqual(Object.fromEntries(exchange?.form ?? []), {
      grant_type: 'authorization_code',
      code: request.authCode,
      redirect_uri: request.redirectUri,
    })
    assert.match(exchange?.authorization ?? '', /^Basic /)
    assert.equal(await server.knowsAccessToken(String(exchange?.answer?.access_token)), true)
  })

  test('A code is redeemed with the secret in the body, where the settings of the skill say so', async (t) => {
    const { enable, newRequest, gate, server } = await startLinkedHospital(t)
    const enabled = await enable(heating, room, await newRequest(heating))
    assert.deepEqual([enabled.status, enabled.body.accountLink], [201, linked])
    const [exchange] = gate.passages
    assert.equal(exchange?.authorization, undefined)
    assert.equal(exchange?.form.get('client_id'), server.bodyClient.clientId)
    assert.equal(exchange?.form.get('client_secret'), server.bodyClient.clientSecret)
  })

  test('gets the redirect URI of the request to the byte, whatever it looks like', async (t) => {
    const { enable, gate } = await startLinkedHospital(t)
    const odd = [
      'https://EXAMPLE.com:443/a/../b//c?x=%2f%2F&y=a+b c#end',
      'no-scheme',
      ' ',
      'com.app:/cb?é=\u{1f3e8}',
    ]
    for (const redirectUri of odd) {
      const refused = await enable(blinds, room, requestWith('made-up', redirectUri))
      assert.equal(refused.status, 400)
      assert.equal(gate.passages.at(-1)?.form.get('redirect_uri'), redirectUri)
    }
  })

  test('is shown as LINKED when it is enabled, when it is got, and in the list', async (t) => {
    const { service, token, enable, get, newRequest } = await startLinkedHospital(t)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    const record = {
      skill: { stage: 'live', id: blinds },
      unit: { id: room },
      accountLink: linked,
      status: 'ENABLED',
    }
    assert.deepEqual((await get(blinds, room)).body, record)
    const listed = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.deepEqual(listed.body.items, [record])
    const enabled = (await enable(blinds, room)).body
    assert.deepEqual(enabled, record)
    // In the order of the page.
    assert.deepEqual(Object.keys(enabled), ['skill', 'unit', 'accountLink', 'status'])
  })

  test('is refused without an accountLinkRequest, and with one that is not whole', async (t) => {
    const { service, token, gate } = await startLinkedHospital(t)
    const whole = requestWith('code')
    const broken = [
      undefined,
      null,
      'code',
      [],
      {},
      { ...whole, authCode: undefined },
      { ...whole, authCode: '' },
      { ...whole, authCode: 7 },
      { ...whole, authCode: 'x'.repeat(4097) },
      { ...whole, redirectUri: undefined },
      { ...whole, redirectUri: '' },
      { ...whole, redirectUri: `https://x/${'x'.repeat(2048)}` },
      { ...whole, type: undefined },
      { ...whole, type: 'IMPLICIT' },
      { ...whole, type: 'auth_code' },
    ]
    for (const accountLinkRequest of broken) {
      const body = { unitId: room, stage: 'live', accountLinkRequest }
      const refused = await service.call('POST', `/v1/skills/${blinds}/enablements`, { token, body })
      assert.equal(refused.status, 400, JSON.stringify(accountLinkRequest))
      assert.equal(refused.body.type, 'INVALID_PARAM')
      assert.match(refused.body.message, /accountLinkRequest/)
    }
    assert.equal(gate.passages.length, 0)
  })

  test('does not see the code before everything else of the request is right', async (t) => {
    const { service, enable, newRequest, gate } = await startLinkedHospital(t)
    const request = await newRequest(blinds)
    assert.equal((await enable(blinds, hospital.unknownUnit, request)).status, 404)
    assert.equal((await enable(blinds, hospital.foreignRoom, request)).status, 403)
    assert.equal((await enable(hospital.unknownSkill, room, request)).status, 404)
    const body = { unitId: room, stage: 'live', partitionName: 'Room 101', accountLinkRequest: request }
    const token = await service.token(hospital.admin)
    assert.equal(
      (await service.call('POST', `/v1/skills/${blinds}/enablements`, { token, body })).status,
      400,
    )
    assert.equal(gate.passages.length, 0)
    assert.equal((await enable(blinds, room, request)).status, 201)
  })

  test('keeps its link when it is enabled again without a code, in another stage too', async (t) => {
    const { service, enable, newRequest, gate, server } = await startLinkedHospital(t)
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    const again = await enable(blinds, room)
    assert.deepEqual([again.body.accountLink, again.body.status], [linked, 'ENABLED'])
    const switched = await enable(blinds, room, undefined, 'development')
    assert.deepEqual([switched.body.accountLink, switched.body.status], [linked, 'ENABLING'])
    await service.settled()
    assert.equal(gate.passages.length, 1)
    assert.equal(await server.knowsAccessToken(String(gate.passages[0]?.answer?.access_token)), true)
  })

  test('may be enabled without a code where its settings say so, and linked later', async (t) => {
    const { service, enable, get, newRequest } = await startLinkedHospital(t)
    const enabled = await enable(music, room)
    assert.deepEqual([enabled.status, enabled.body.accountLink], [201, notLinked])
    await service.settled()
    assert.deepEqual((await get(music, room)).body.accountLink, notLinked)
    const later = await enable(music, room, await newRequest(music))
    assert.deepEqual([later.body.accountLink, later.body.status], [linked, 'ENABLED'])
    assert.deepEqual((await enable(music, room)).body.accountLink, linked)
    assert.deepEqual((await enable(music, otherRoom)).body.accountLink, notLinked)
  })
})

describe('A skill that does not link accounts', () => {
  test('has no accountLink when it is enabled, and is NOT_LINKED when it is got and in the list', async (t) => {
    const { service, token, enable, get } = await startLinkedHospital(t)
    const enabled = await enable(nurseCall, room)
    assert.equal(enabled.status, 201)
    assert.equal('accountLink' in enabled.body, false)
    assert.deepEqual((await get(nurseCall, room)).body.accountLink, notLinked)
    const listed = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.deepEqual(listed.body.items[0]?.accountLink, notLinked)
  })

  test('is refused with an accountLinkRequest', async (t) => {
    const { enable, get, gate, newRequest } = await startLinkedHospital(t)
    const refused = await enable(nurseCall, room, await newRequest(blinds))
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /does not support account linking/)
    assert.equal((await get(nurseCall, room)).status, 404)
    assert.equal(gate.passages.length, 0)
  })
})
