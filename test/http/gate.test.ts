// What every request passes before anything else is asked of it. What browsers say is in origins.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { describe, type TestContext, test } from 'node:test'
import { type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { answerOf } from '../support/asking.ts'
import { hospital } from '../support/catalogs.ts'
import { openConnection } from '../support/raw-connection.ts'
import { startService } from '../support/service.ts'

const line = (target: string, ...heads: string[]) =>
  `GET ${target} HTTP/1.1\r\n${heads.map((head) => `${head}\r\n`).join('')}Content-Length: 0\r\n\r\n`

async function statusOf(url: string, text: string): Promise<number> {
  const connection = await openConnection(url)
  try {
    connection.write(text)
    const { status, headers, text: body } = await connection.answer()
    assert.match(headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/, text)
    assert.ok(JSON.parse(body), text)
    return status
  } finally {
    connection.socket.destroy()
  }
}

async function start(t: TestContext, options: StartOptions = {}): Promise<string> {
  const service = await startSkillkeeper({ port: 0, data: ':memory:', logLevel: 'silent', ...options })
  t.after(() => service.stop())
  return service.url
}

const loopback = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'LocalHost.:80',
  'localhost:5337',
  'localhost:',
  'skills.localhost',
  '127.0.0.1',
  '127.0.0.1:1',
  '127.1.2.3:65535',
  '127.1',
  '0x7f000001',
  '2130706433',
  '[::1]',
  '[::1]:5337',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
]
const foreign = [
  'evil.example',
  'evil.example:5337',
  'localhost.evil.example',
  'evillocalhost',
  'localhost.evil',
  '127.0.0.1.evil.example',
  '127.0.0.1.nip.io',
  'localhost..',
  '10.0.0.1',
  '0.0.0.0',
  '128.0.0.1',
  '192.168.1.5:5337',
  '[::2]',
  '[::ffff:10.0.0.1]',
  '[fe80::1]',
  'evil@localhost',
  'localhost@evil.example',
  'localhost/',
  'localhost/@evil.example',
  'localhost\\@evil.example',
  'localhost?',
  'localhost#evil.example',
  'localhost, evil.example',
  'localhost evil.example',
  'localhost:80:80',
  'localhost:evil',
  '[::1',
  '',
]
const real = ['api.amazonalexa.com', 'api.eu.amazonalexa.com', 'api.fe.amazonalexa.com', 'api.amazon.com']

describe('A service on a loopback address', () => {
  test('answers to loopback names with any port, and 421 to every other host, wherever the request goes', async (t) => {
    const url = await start(t)
    for (const target of ['/livez', '/v1/skills/enablements', '/_skillkeeper/clients', '/nothing']) {
      for (const host of loopback)
        assert.notEqual(await statusOf(url, line(target, `Host: ${host}`)), 421, `${host} ${target}`)
      for (const host of [...foreign, ...real])
        assert.equal(await statusOf(url, line(target, `Host: ${host}`)), 421, `${host} ${target}`)
    }
  })

  test('takes the host of the target before that of the Host line', async (t) => {
    const url = await start(t)
    assert.equal(await statusOf(url, line('http://localhost/livez', 'Host: evil.example')), 200)
    assert.equal(await statusOf(url, line('HTTPS://127.0.0.1:1/livez', 'Host: evil.example')), 200)
    for (const target of ['http://evil.example/livez', 'http://localhost@evil.example/livez'])
      assert.equal(await statusOf(url, line(target, 'Host: localhost')), 421, target)
  })

  test('answers to the names that it is told, and to its own', async (t) => {
    const hostNames = 'skills.test, *.lab.example,10.1.2.3,fd00::5'
    const url = await start(t, { host: 'localhost', hostNames })
    for (const host of ['Skills.Test:80', 'a.lab.example', '10.1.2.3:5337', '[FD00::5]:5337', 'localhost'])
      assert.equal(await statusOf(url, line('/livez', `Host: ${host}`)), 200, host)
    for (const host of ['lab.example', 'b.a.lab.example', 'skills.test.example', 'test', '*.lab.example.org'])
      assert.equal(await statusOf(url, line('/livez', `Host: ${host}`)), 421, host)
  })

  test('answers to the hosts of the real service where it tells regions apart', async (t) => {
    const url = await start(t, { regions: true })
    for (const host of real.slice(0, 3)) {
      assert.equal(await statusOf(url, line('/livez', `Host: ${host}`)), 200, host)
      assert.equal(await statusOf(url, line('/livez', `Host: ${host.toUpperCase()}.:443`)), 200, host)
    }
    assert.equal(await statusOf(url, line('/livez', 'Host: evil.example')), 421)
  })

  test('answers over TLS to the names that its certificate holds for', async (t) => {
    const service = await startSkillkeeper({
      port: 0,
      data: ':memory:',
      logLevel: 'silent',
      tls: true,
      tlsName: 'skills.example,*.lab.example,10.1.2.3',
    })
    t.after(() => service.stop())
    const ca = service.certificateAuthority
    const known = [...loopback.slice(0, 9), ...real, 'skills.example', 'a.lab.example.:1', '10.1.2.3']
    for (const [hosts, status] of [
      [known, 200],
      [['evil.example', 'x.skills.example', 'lab.example', '10.1.2.4'], 421],
    ] as const) {
      for (const host of hosts) {
        const options = { ca, servername: 'localhost', headers: { host } }
        assert.equal((await answerOf(service.url, '/livez', options)).status, status, host)
        assert.equal(await statusOverHttp2(service.url, ca, { ':authority': host }), status, host)
      }
    }
    assert.equal(
      await statusOverHttp2(service.url, ca, { ':authority': 'localhost', host: 'skills.example' }),
      400,
    )
    assert.equal(
      await statusOverHttp2(service.url, ca, { ':authority': 'localhost', host: 'localhost' }),
      200,
    )
  })
})

describe('A service on all addresses', () => {
  test('answers to any name, but the demo clients work at loopback names only', async (t) => {
    const url = (await start(t, { host: '0.0.0.0' })).replace('0.0.0.0', '127.0.0.1')
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'amzn1.application-oa2-client.demo',
      client_secret: 'demo-secret',
      scope: 'alexa::enterprise:management',
    }).toString()
    for (const [host, status] of [
      ['localhost:5337', 200],
      ['127.0.0.1', 200],
      ['evil.example', 401],
      ['[::2]', 401],
    ] as const) {
      assert.equal(await statusOf(url, line('/livez', `Host: ${host}`)), 200, host)
      const answer = await answerOf(url, '/auth/o2/token', { method: 'POST', headers: { host }, body })
      assert.equal(answer.status, status, host)
    }
  })
})

describe('The head of a request', () => {
  test('has one Host line, or it is 400', async (t) => {
    const url = await start(t)
    for (const target of ['/livez', '/v1/skills/enablements', '/nothing']) {
      for (const second of ['Host: localhost', 'host: evil.example', 'HOST:'])
        assert.equal(await statusOf(url, line(target, 'Host: localhost', second)), 400, second)
      assert.equal(await statusOf(url, line(target, 'Host: evil.example', 'Host: localhost')), 400)
      assert.equal(await statusOf(url, line(target)), 400)
    }
    assert.equal(await statusOf(url, 'GET /livez HTTP/1.0\r\n\r\n'), 200)
    assert.equal(await statusOf(url, 'GET /livez HTTP/1.0\r\nHost: evil.example\r\n\r\n'), 421)
  })

  test('names a version of HTTP that the connection speaks, or it is 400 and the connection ends', async (t) => {
    const url = await start(t)
    for (const version of [
      'HTTP/2.0',
      'HTTP/1.2',
      'HTTP/0.9',
      'HTTP/3.0',
      'HTTP/2',
      'HTTP/1.10',
      'http/1.1',
      'ICE/1.0',
    ]) {
      for (const target of ['/livez', '/nothing']) {
        const connection = await openConnection(url)
        connection.write(`GET ${target} ${version}\r\nHost: localhost\r\n\r\n`)
        assert.equal((await connection.answer()).status, 400, version)
        await connection.closed
      }
    }
    assert.equal(await statusOf(url, 'GET /livez\r\n\r\n'), 400)
    assert.equal(await statusOf(url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400)
  })

  test('has a path without a double slash inside, or it is 404 (row 9)', async (t) => {
    const service = await startService(t)
    const headers = ['Host: localhost', `Authorization: Bearer ${await service.token(hospital.admin)}`]
    for (const path of [
      '/v1/skills//enablements',
      '/v1//skills/enablements',
      '/v1/skills/enablements//',
      '//v1/skills//enablements',
      '/auth/o2//token',
      '/livez//',
      'http://localhost//livez',
    ])
      assert.equal(
        await statusOf(service.url, line(`${path}?unitId=${hospital.room}`, ...headers)),
        404,
        path,
      )
    for (const path of [
      '/v1/skills/enablements',
      '/v1/skills/enablements/',
      '//v1/skills/enablements',
      '/v1/%73kills/enablements',
    ])
      assert.equal(
        await statusOf(service.url, line(`${path}?unitId=${hospital.room}&x=//`, ...headers)),
        200,
        path,
      )
  })
})

async function statusOverHttp2(url: string, ca: string | undefined, head: Readonly<Record<string, string>>) {
  const client = connectHttp2(url, { ca })
  try {
    const stream = client.request({ ':path': '/livez', ...head })
    const [answer] = await once(stream, 'response')
    stream.close()
    return answer[':status']
  } finally {
    client.close()
  }
}
