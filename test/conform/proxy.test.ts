import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, request } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startSkillkeeper } from '../../src/app/index.ts'
import { startProxy } from '../../src/conform/proxy/proxy.ts'
import { readRecording } from '../../src/conform/proxy/recording.ts'
import { startAlteringProxy } from '../support/altering-proxy.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { enablements, ofUnit, startRecorder } from '../support/conform.ts'
import { listen } from '../support/listen.ts'

const { menu, nurseCall, room } = hospital
const list = '/v1/skills/enablements'

/** An upstream that answers as the test says. */
const answering = (listener: RequestListener) => ({ before: () => listen(() => listener) })

describe('What may pass without --allow-writes:', () => {
  test('calls that read, and no other', async (t) => {
    const { service, tokens, proxy, send, file } = await startRecorder(t, { allowsWrites: false })
    const enabled = await service.call('POST', enablements(nurseCall), {
      token: tokens.admin,
      body: { unitId: room, stage: 'live' },
    })
    assert.equal(enabled.status, 201)

    assert.equal((await send('GET', enablements(nurseCall) + ofUnit(room))).status, 200)
    assert.equal((await send('HEAD', enablements(nurseCall) + ofUnit(room))).status, 200)
    assert.equal((await send('OPTIONS', enablements(nurseCall))).status, 204)
    const items = [{ itemId: 0, unitId: room }]
    assert.equal((await send('POST', `${list}/batchGet`, { body: { items } })).status, 200)
    assert.equal((await send('POST', `/${list}/batchGet/`, { body: { items } })).status, 200)

    const one = { unitId: room, stage: 'live' }
    const writes = [
      await send('POST', enablements(menu), { body: one }),
      await send('DELETE', enablements(nurseCall) + ofUnit(room)),
      await send('PUT', `/v2/units/${room}`, { body: {} }),
      await send('POST', `${list}/batchGet/../../${menu}/enablements`, { body: one }),
      await send('POST', `${list}/batchGet/%2e%2e/%2e%2e/${menu}/enablements`, { body: one }),
      await send('GET', enablements(menu), { headers: { 'x-http-method-override': 'POST' } }),
    ]
    for (const { status, body, headers } of writes) {
      assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
      assert.match(body.message, /--allow-writes .*a real room/)
      assert.equal(headers.get('x-skillkeeper-conform'), 'not from upstream')
    }
    const batch = await send('POST', `${enablements(menu)}/batch`, { body: { items } })
    assert.deepEqual([batch.status, batch.body.errors[0].errorCode], [403, 'FORBIDDEN'])

    assert.equal((await send('GET', enablements(nurseCall) + ofUnit(room))).status, 200)
    assert.equal((await send('GET', enablements(menu) + ofUnit(room))).status, 404)
    assert.equal(proxy.totals.refused, writes.length + 1)
    const methods = readRecording(file).exchanges.map((exchange) => exchange.request.method)
    assert.deepEqual(methods, ['GET', 'HEAD', 'OPTIONS', 'POST', 'POST', 'GET', 'GET'])
  })

  test('calls for tokens, which are not written down', async (t) => {
    const { proxy, send, file } = await startRecorder(t, { allowsWrites: false })
    const form = {
      grant_type: 'client_credentials',
      client_id: hospital.admin,
      client_secret: 'wrong',
      scope: 'x',
    }
    const { status } = await send('POST', '/auth/o2/token', {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(status, 401)
    await send('GET', '/user/profile')
    assert.equal((await send('POST', '/auth/o2/revoke', { body: {} })).status, 403)
    assert.equal((await send('POST', '/ap/oa', { body: {} })).status, 403)
    assert.deepEqual([proxy.totals.tokens, proxy.totals.passed, proxy.totals.refused], [2, 0, 2])
    assert.deepEqual(readRecording(file).exchanges, [])
  })
})

describe('A call that passes', () => {
  test('has its own headers, those of one connection excepted, and the host of the upstream', async (t) => {
    const seen: Record<string, unknown>[] = []
    const { proxy } = await startRecorder(t, {
      ...answering((asked, response) => {
        seen.push({ ...asked.headers, url: asked.url })
        response.setHeader('x-hop', 'no')
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        response.setHeader('x-end', 'yes')
        response.setHeader('connection', 'x-hop')
        response.end('{}')
      }),
    })
    const sent = request(`${proxy.url}/v1/x?a=%2F&b`, {
      headers: {
        connection: 'keep-alive, x-secret-hop',
        'x-secret-hop': '1',
        'keep-alive': 'timeout=5',
        'proxy-authorization': 'Basic eA==',
        te: 'trailers',
        'x-own': 'mine',
        host: 'api.amazonalexa.com',
      },
    })
    sent.end()
    const [response] = await once(sent, 'response')
    response.resume()
    await once(response, 'end')
    const [asked = {}] = seen
    for (const name of ['x-secret-hop', 'keep-alive', 'proxy-authorization', 'te'])
      assert.equal(asked[name], undefined, name)
    assert.deepEqual([asked['x-own'], asked['url']], ['mine', '/v1/x?a=%2F&b'])
    assert.match(String(asked['host']), /^127\.0\.0\.1:\d+$/)
    assert.notEqual(asked['host'], new URL(proxy.url).host)
    assert.equal(response.headers['x-hop'], undefined)
    assert.deepEqual([response.headers['x-end'], response.headers['set-cookie']], ['yes', ['a=1', 'b=2']])
  })

  test('gets what the upstream sends: compressed, no JSON, a redirect that nobody follows', async (t) => {
    const { send, file } = await startRecorder(t, {
      ...answering(({ url }, response) => {
        if (url === '/v1/gzip') {
          response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          response.end(gzipSync('{"a":1}'))
        } else if (url === '/v1/html') {
          response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '7' })
          response.end('<html>busy</html>')
        } else {
          response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere?code=secret-code' })
          response.end()
        }
      }),
    })
    const gzip = await send('GET', '/v1/gzip')
    assert.deepEqual([gzip.body, gzip.headers.get('content-encoding')], [{ a: 1 }, null])
    const html = await send('GET', '/v1/html')
    assert.deepEqual(
      [html.status, html.text, html.headers.get('retry-after')],
      [503, '<html>busy</html>', '7'],
    )
    const moved = await send('GET', '/v1/moved')
    assert.equal(moved.status, 302)
    assert.equal(moved.headers.get('location'), 'http://127.0.0.1:9/elsewhere?code=secret-code')
    const written = readRecording(file).exchanges.map(({ response }) => response?.body)
    assert.deepEqual(written, [{ json: { a: 1 } }, { omitted: 'not JSON' }, undefined])
    assert.doesNotMatch(readFileSync(file, 'utf8'), /secret-code|busy/)
  })

  test('keeps the path of the upstream, and never leaves it', async (t) => {
    const paths: string[] = []
    const upstream = await listen(() => (asked, response) => {
      paths.push(asked.url ?? '')
      response.end('{}')
    })
    t.after(() => upstream.stop())
    const { proxy, send } = await startRecorder(t, { upstream: `${upstream.url}/base` })
    assert.equal((await send('GET', '/v1/a?b=c')).status, 200)
    for (const target of ['/../other', '/%2e%2e/other', '/../basement', 'http://127.0.0.1:9/x', '*']) {
      const head = await rawAnswer(
        proxy.url,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      assert.match(head, /^HTTP\/1\.1 400 /, target)
    }
    assert.deepEqual(paths, ['/base/v1/a?b=c'])
    assert.equal(proxy.totals.broken, 5)
  })

  test('goes over TLS, and not to an upstream whose certificate nobody vouches for', async (t) => {
    const service = await startSkillkeeper({ port: 0, data: ':memory:', catalog: hospitalCatalog, tls: true })
    t.after(() => service.stop())
    const { proxy, send, file } = await startRecorder(t, { upstream: service.url })
    const { status, body } = await send('GET', list + ofUnit(room))
    assert.equal(status, 502)
    assert.match(body.message, /certificate/)
    assert.equal(proxy.totals.failed, 1)
    assert.match(readRecording(file).exchanges[0]?.failure ?? '', /certificate/)
  })
})

describe('An upstream that', () => {
  test('is slow, silent, gone or cuts the answer off is answered for with 502', async (t) => {
    const { send, proxy, file } = await startRecorder(t, {
      timeoutMs: 300,
      ...answering(({ url }, response) => {
        if (url === '/v1/silent') return
        if (url === '/v1/reset') return void response.destroy()
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
        response.write('{"a":', () => url === '/v1/cut' && response.destroy())
      }),
    })
    for (const path of ['/v1/silent', '/v1/slow', '/v1/cut', '/v1/reset']) {
      const { status, body } = await send('GET', path)
      assert.deepEqual([status, body.type], [502, 'SERVICE_UNAVAILABLE'], path)
    }
    assert.equal(proxy.totals.failed, 4)
    const failures = readRecording(file).exchanges.map(({ failure }) => failure)
    assert.deepEqual(failures.slice(0, 2), Array(2).fill('no whole answer within 0.3 s'))
    assert.ok(failures.every((failure) => failure !== undefined))
  })

  test('answers without end costs no more than the limit', async (t) => {
    const { send, file } = await startRecorder(t, {
      ...answering((_, response) => {
        const chunk = Buffer.alloc(1024 * 1024, 'x')
        const more = () => response.destroyed || response.write(chunk, more)
        response.on('error', () => {})
        more()
      }),
    })
    const { status, body } = await send('GET', '/v1/endless')
    assert.equal(status, 502)
    assert.match(body.message, /larger than 8388608 bytes/)
    assert.deepEqual(readRecording(file).exchanges[0]?.response?.body, { omitted: 'too large' })
  })
})

describe('A request', () => {
  test('of more than a mebibyte is 413 and does not pass', async (t) => {
    const { send, proxy, file } = await startRecorder(t)
    const { status } = await send('POST', enablements(menu), { body: ' '.repeat(1024 * 1024 + 1) })
    assert.equal(status, 413)
    assert.equal(proxy.totals.tooLarge, 1)
    assert.deepEqual(readRecording(file).exchanges, [])
    assert.equal((await send('GET', list + ofUnit(room))).status, 200)
  })

  test('that its client gives up half way does not pass', async (t) => {
    const { proxy, service } = await startRecorder(t)
    const { port, hostname } = new URL(proxy.url)
    const socket = connect(Number(port), hostname)
    socket.write(`POST ${enablements(menu)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"unit`, () =>
      socket.destroy(),
    )
    await once(socket, 'close')
    while (proxy.totals.broken === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(service.log.filter((line) => line.includes('enablements')).length, 0)
  })

  test('that is under way is answered when the proxy stops, and none comes after it', async (t) => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { send, proxy } = await startRecorder(t, {
      before: (url) =>
        startAlteringProxy(url, async () => {
          arrive()
          await released
        }),
    })
    const answered = send('GET', list + ofUnit(room))
    await arrived
    const stopped = proxy.stop()
    release()
    assert.equal((await answered).status, 200)
    await stopped
    await assert.rejects(send('GET', list + ofUnit(room)))
  })

  test('whose call cannot be written down ends the proxy, and is not answered', async (t) => {
    const { send, proxy } = await startRecorder(t, { take: () => Promise.reject(new Error('disk full')) })
    await assert.rejects(send('GET', list + ofUnit(room)))
    await assert.rejects(proxy.fault, /disk full/)
  })
})

test('The proxy reports an address that is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  await assert.rejects(
    startProxy({
      ...{ upstream: 'http://127.0.0.1:9', host: '127.0.0.1', port, allowsWrites: false, timeoutMs: 1 },
      now: () => 0,
      take: async () => {},
      takeSecret: () => {},
    }),
    { code: 'EADDRINUSE' },
  )
})

async function rawAnswer(url: string, head: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(head)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}
