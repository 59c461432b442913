import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RouteOptions } from 'fastify'
import { hospital, secretOf } from '../support/catalogs.ts'
import { holdRequest } from '../support/held-request.ts'
import { startService, type TestService } from '../support/service.ts'
import { startSmallApp } from '../support/small-app.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`

/** The lines of the access log, without what differs from run to run. */
function accessLines(service: TestService): Record<string, unknown>[] {
  return service.log
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'request')
    .map(({ level, time, msg, durationMs, ...rest }) => {
      assert.equal(level, 'info')
      assert.equal(time, new Date(service.clock.now()).toISOString())
      assert.ok(durationMs > 0 && durationMs < 60_000)
      return rest
    })
}

describe('The access log', () => {
  test('has one line for each request, with the ID that the answer carries', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const enabled = await service.call('POST', path, {
      token,
      body: { unitId: hospital.room, stage: 'live' },
    })
    const got = await service.call('GET', `${path}?unitId=${hospital.otherRoom}`, { token })
    const refused = await service.call('GET', `${path}?unitId=nonsense`, { token })
    const unknown = await service.call('GET', '/nowhere?access_token=secret')
    await service.stop()
    const { nurseCall, admin } = hospital
    assert.deepEqual(accessLines(service).slice(1), [
      {
        requestId: enabled.headers.get('x-amzn-requestid'),
        operation: 'enable',
        method: 'POST',
        route: '/v1/skills/:skillId/enablements',
        status: 201,
        skillId: nurseCall,
        unitId: hospital.room,
        clientId: admin,
      },
      {
        requestId: got.headers.get('x-amzn-requestid'),
        operation: 'get',
        method: 'GET',
        route: '/v1/skills/:skillId/enablements',
        status: 404,
        skillId: nurseCall,
        unitId: hospital.otherRoom,
        clientId: admin,
        error: 'NOT_FOUND',
        detail: got.body.message,
      },
      {
        requestId: refused.headers.get('x-amzn-requestid'),
        operation: 'get',
        method: 'GET',
        route: '/v1/skills/:skillId/enablements',
        status: 400,
        skillId: nurseCall,
        clientId: admin,
        error: 'INVALID_PARAM',
        detail: refused.body.message,
      },
      {
        requestId: unknown.headers.get('x-amzn-requestid'),
        operation: 'unknown',
        method: '-',
        status: 404,
        error: 'NOT_FOUND',
        detail: unknown.body.message,
      },
    ])
  })

  test('names the first item that a batch refuses, and its unit', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const items = [hospital.room, hospital.unknownUnit, hospital.foreignRoom].map((unitId, itemId) => ({
      itemId,
      unitId,
      stage: 'live',
    }))
    const { body } = await service.call('POST', `${path}/batch`, { token, body: { items } })
    await service.stop()
    assert.equal(
      accessLines(service).at(-1)?.['detail'],
      `2 items are refused, the first is item 1 (${hospital.unknownUnit}): ${body.errors[0]?.errorDescription}`,
    )
  })

  test('has a line for a request that was cut short, too', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    // A token that was checked before is known at once, so that the line can say whose it is.
    await service.call('GET', `${path}?unitId=${hospital.room}`, { token })
    const held = await holdRequest(service, path, token, { unitId: hospital.room, stage: 'live' })
    held.abandon()
    await held.closed
    await service.stop()
    const { requestId, ...line } = accessLines(service).at(-1) ?? {}
    assert.equal(typeof requestId, 'string')
    assert.deepEqual(line, {
      operation: 'enable',
      method: 'POST',
      route: '/v1/skills/:skillId/enablements',
      clientId: hospital.admin,
      cutShort: true,
    })
  })

  test('is left out above the level info', async (t) => {
    const service = await startService(t, { logLevel: 'warn' })
    await service.call('GET', '/livez')
    await service.stop()
    assert.deepEqual(service.log, [])
  })

  test('holds no secret, whatever a caller sends where', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const secret = 'a-very-secret-thing'
    const body = {
      unitId: hospital.room,
      stage: 'live',
      accountLinkRequest: { redirectUri: 'https://hospital.example/cb', authCode: secret, type: 'AUTH_CODE' },
    }
    await service.call('POST', path, { token, body })
    await service.call('POST', path, { token, body: { ...body, unitId: secret, stage: secret } })
    await service.call('POST', path, { token, body: `{"${secret}` })
    await service.call('POST', `${path}/batch`, { token, body: { items: [{ itemId: secret, ...body }] } })
    await service.call('GET', `/v1/skills/${secret}/enablements?unitId=${secret}&nextToken=${secret}`, {
      token,
    })
    await service.call('GET', `/v1/skills/enablements?unitId=${hospital.room}&nextToken=${secret}`, { token })
    await service.call('GET', `/v1/skills/%ZZ${secret}/enablements`, { token })
    await service.call('GET', `/${secret}?access_token=${secret}`)
    await service.call('GET', path, { headers: { authorization: `Bearer ${secret}` } })
    await service.call('GET', path, { headers: { authorization: `Basic ${secret}` } })
    await service.call('POST', '/auth/o2/token', { body: `grant_type=refresh_token&refresh_token=${secret}` })
    await service.call('POST', '/auth/o2/token', { body: `grant_type=${secret}&client_secret=${secret}` })
    await service.call('GET', `/auth/o2/tokeninfo?access_token=${encodeURIComponent(token)}`)
    await service.stop()
    const log = service.log.join('')
    assert.ok(accessLines(service).length >= 14)
    for (const hidden of [secret, token, secretOf(hospital.admin), 'the-secret-of-the-skill']) {
      assert.equal(log.includes(hidden), false, hidden)
    }
  })
})

describe('A fault of the service', () => {
  const route = (
    url: string,
    shape: 'single' | 'batch' | 'oauth',
    handler: RouteOptions['handler'],
  ): RouteOptions => ({
    method: 'GET',
    url,
    config: { operation: 'fail', access: 'anyone', shape },
    handler,
  })
  const fail = () => {
    throw new Error('the inside of the service')
  }

  test('is answered 500 without a word of it, and logged with its stack', async (t) => {
    const app = await startSmallApp(t, [
      route('/single', 'single', fail),
      route('/batch', 'batch', async () => fail()),
      route('/oauth', 'oauth', fail),
    ])
    const message = 'The request could not be handled because of an internal error.'
    const bodies: [path: string, body: (requestId: string) => object][] = [
      ['/single', () => ({ type: 'INTERNAL_ERROR', message })],
      [
        '/batch',
        () => ({ errors: [{ status: 500, errorCode: 'INTERNAL_ERROR', errorDescription: message }] }),
      ],
      ['/oauth', (id) => ({ error: 'server_error', error_description: message, request_id: id })],
    ]
    for (const [path, body] of bodies) {
      const response = await fetch(app.url + path)
      const requestId = response.headers.get('x-amzn-requestid') ?? ''
      assert.equal(response.status, 500)
      assert.deepEqual(await response.json(), body(requestId))
      const logged = app.log.find((entry) => typeof entry === 'object' && entry['requestId'] === requestId)
      const { err } = Object(logged)
      assert.match(String(err.stack), /the inside of the service\n +at /)
    }
  })

  test('in what it answers is a 500 as well', async (t) => {
    const circle: Record<string, unknown> = {}
    circle['itself'] = circle
    const app = await startSmallApp(t, [
      route('/now', 'single', () => circle),
      route('/later', 'single', async () => circle),
    ])
    for (const path of ['/now', '/later']) {
      const response = await fetch(app.url + path)
      assert.equal(response.status, 500)
      assert.equal(((await response.json()) as { type: string }).type, 'INTERNAL_ERROR')
    }
  })
})
