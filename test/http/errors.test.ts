import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { startService } from '../support/service.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
const unitIdForm =
  'unitId is missing or invalid: Unit ID, in the format "amzn1.alexa.unit.did.{id}" or "amzn1.alexa.unit.{id}".'

describe('A refusal', () => {
  test('of a single operation is an object of type and message', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const { status, headers, body } = await service.call('GET', path, { token })
    assert.equal(status, 400)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.deepEqual(body, { type: 'INVALID_PARAM', message: unitIdForm })
  })

  test('of a whole batch is one error without an item', async (t) => {
    const service = await startService(t)
    const { status, body } = await service.call('POST', `${path}/batch`, { body: { items: [] } })
    assert.equal(status, 401)
    assert.deepEqual(body, {
      errors: [
        {
          status: 401,
          errorCode: 'INVALID_LWA_TOKEN',
          errorDescription: 'The access token is missing: the Authorization header is missing.',
        },
      ],
    })
  })

  test('of the token endpoint has the form of RFC 6749', async (t) => {
    const service = await startService(t)
    const { status, headers, body } = await service.call('POST', '/auth/o2/token', {
      body: 'grant_type=none',
    })
    assert.equal(status, 400)
    assert.deepEqual(body, {
      error: 'unsupported_grant_type',
      error_description: 'The authorization grant type is not supported by the authorization server',
      request_id: headers.get('x-amzn-requestid'),
    })
  })

  test('of a path that is not there is 404 NOT_FOUND', async (t) => {
    const service = await startService(t)
    for (const nowhere of ['/', '/v1', '/v1/skills', '/v2/rooms', '/index.html', '/v1/skills/a/b/c']) {
      const { status, body } = await service.call('GET', nowhere)
      assert.deepEqual([status, body.type], [404, 'NOT_FOUND'], nowhere)
    }
  })

  test('of a path that is not there does not depend on what is sent to it', async (t) => {
    const service = await startService(t)
    for (const body of ['no JSON', 'x'.repeat(2_000_000), '']) {
      const headers = { 'content-type': '; nonsense' }
      const { status, body: answer } = await service.call('POST', '/nowhere', { body, headers })
      assert.deepEqual([status, answer.type], [404, 'NOT_FOUND'])
    }
  })

  test('of a method that a path does not have is 405, and says which it has', async (t) => {
    const service = await startService(t)
    const wrong = [
      ['PUT', path, 'DELETE, GET, HEAD, OPTIONS, POST'],
      ['PATCH', `${path}/`, 'DELETE, GET, HEAD, OPTIONS, POST'],
      ['POST', '/v1/skills/enablements', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/v1/skills/enablements?unitId=x', 'GET, HEAD, OPTIONS'],
      ['POST', '/livez', 'GET, HEAD, OPTIONS'],
    ] as const
    for (const [method, target, allowed] of wrong) {
      const { status, headers, body } = await service.call(method, target)
      assert.deepEqual([status, headers.get('allow')], [405, allowed], `${method} ${target}`)
      assert.deepEqual(body, {
        type: 'INVALID_PARAM',
        message: `The path does not support ${method}. Supported: ${allowed}.`,
      })
    }
    const batch = await service.call('GET', `${path}/batch`)
    assert.deepEqual([batch.status, batch.headers.get('allow')], [405, 'OPTIONS, POST'])
    assert.equal(batch.body.errors.length, 1)
    const token = await service.call('GET', '/auth/o2/token')
    assert.deepEqual([token.status, Object.keys(token.body)[0]], [405, 'error'])
  })

  test('with OPTIONS is 204, and says which methods the path has', async (t) => {
    const service = await startService(t)
    for (const [target, allowed] of [
      [path, 'DELETE, GET, HEAD, OPTIONS, POST'],
      ['/auth/o2/token', 'OPTIONS, POST'],
    ] as const) {
      const { status, headers, text } = await service.call('OPTIONS', target)
      assert.deepEqual([status, headers.get('allow'), text], [204, allowed, ''])
    }
    assert.equal((await service.call('OPTIONS', '/nowhere')).status, 404)
  })
})

describe('A request', () => {
  test('may be made with HEAD wherever GET may, and gets the same head', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const target = `/v1/skills/enablements?unitId=${hospital.room}`
    const got = await service.call('GET', target, { token })
    const response = await fetch(service.url + target, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), got.headers.get('content-type'))
    assert.equal(response.headers.get('content-length'), got.headers.get('content-length'))
    assert.equal(await response.text(), '')
  })

  test('may have a slash at the end of its path, and several at the beginning (row 9)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const query = `unitId=${hospital.room}`
    for (const target of [
      '/v1/skills/enablements/',
      '//v1/skills/enablements',
      '///v1/skills/enablements/',
    ]) {
      assert.equal((await service.call('GET', `${target}?${query}`, { token })).status, 200, target)
    }
    assert.equal((await service.call('GET', `/v1//skills/enablements?${query}`, { token })).status, 404)
  })

  test('may have parameters and properties that nobody knows (row 3)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const enabled = await service.call('POST', `${path}?expand=anything`, {
      token,
      body: {
        inventedRequest: { locales: ['en-US'] },
        stage: 'live',
        unitId: hospital.room,
        unit: 7,
      },
    })
    assert.equal(enabled.status, 201)
    const query = `invented=once&invented=again&unitId=${hospital.room}&maxResults=x`
    assert.equal((await service.call('GET', `${path}?${query}`, { token })).status, 200)
  })

  test('may give a known parameter only once', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const twice = `unitId=${hospital.room}&unitId=${hospital.room}`
    const { status, body } = await service.call('GET', `/v1/skills/enablements?${twice}`, { token })
    assert.equal(status, 400)
    assert.deepEqual(body, {
      type: 'INVALID_PARAM',
      message: 'unitId is invalid: it may occur only once.',
    })
  })

  test('with an ID of odd characters is 400, however they are encoded', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const odd = [
      'healthcare',
      '%00',
      '%F0%9F%92%A1',
      '..%2f..',
      'a%20b',
      '%3Cscript%3E',
      "'%20or%201=1",
      '%25',
    ]
    for (const id of odd) {
      const query = `unitId=${hospital.room}`
      const asSkill = await service.call('GET', `/v1/skills/${id}/enablements?${query}`, { token })
      assert.deepEqual([asSkill.status, asSkill.body.type], [400, 'INVALID_PARAM'], id)
      const asUnit = await service.call('GET', `${path}?unitId=${id}`, { token })
      assert.deepEqual([asUnit.status, asUnit.body.message], [400, unitIdForm], id)
    }
    const long = `amzn1.ask.skill.${'x'.repeat(5000)}`
    assert.equal((await service.call('GET', `/v1/skills/${long}/enablements`, { token })).status, 400)
  })

  test('with an ID that is percent-encoded without need is understood', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const encode = (text: string) => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)
    const target = `/v1/skills/${encode(hospital.nurseCall)}/enablements?unitId=${encode(hospital.room)}`
    assert.equal((await service.call('GET', target, { token })).status, 404)
    assert.match((await service.call('GET', target, { token })).body.message, /is not enabled for the unit/)
  })

  test('with a percent sign that encodes nothing is 400', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const inPath = await service.call('GET', `/v1/skills/%ZZ/enablements?unitId=${hospital.room}`, { token })
    assert.deepEqual([inPath.status, inPath.body.type], [400, 'INVALID_PARAM'])
    const inQuery = await service.call('GET', `${path}?unitId=%ZZ`, { token })
    assert.deepEqual([inQuery.status, inQuery.body.type], [400, 'INVALID_PARAM'])
  })
})
