import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { Agent } from 'node:https'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { connect, TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { type Service, type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { tlsServers } from '../../src/http/engine/tls-server.ts'
import { lockFolder } from '../../src/storage/sqlite/folder.ts'
import { issueServerCertificate, makeAuthority, namesBeyond } from '../../src/tls/authority.ts'
import { answerOf, askHttp2, askOn, type HttpsAnswer } from '../support/asking.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'
import { runProgram } from '../support/program.ts'
import { startSmallApp } from '../support/small-app.ts'

const dayMs = 24 * 3_600_000
const hosts = [
  'api.amazonalexa.com',
  'api.eu.amazonalexa.com',
  'api.fe.amazonalexa.com',
  'api.amazon.com',
  'www.amazon.com',
  'api.amazon.co.uk',
  'apac.account.amazon.com',
]

describe('A service with TLS', () => {
  test('takes of TLS 1.2 only what authenticates as it encrypts', async (t) => {
    const { service, ca } = await start(t)
    for (const [ciphers, isTaken] of [
      ['ECDHE-ECDSA-AES128-GCM-SHA256', true],
      ['ECDHE-ECDSA-CHACHA20-POLY1305', true],
      ['ECDHE-ECDSA-AES128-SHA', false],
      ['ECDHE-ECDSA-AES256-SHA384', false],
    ] as const) {
      const asked = answerOf(service.url, '/livez', { ca, ciphers, maxVersion: 'TLSv1.2', agent: false })
      if (isTaken) assert.equal((await asked).status, 200, ciphers)
      else await assert.rejects(asked, ciphers)
    }
  })

  test('answers over HTTP/1.1 and HTTP/2 to whoever trusts its authority, with a request ID in each', async (t) => {
    const { service, ca } = await start(t)
    assert.match(service.url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const first = await answerOf(service.url, '/livez', { ca })
    assert.deepEqual([first.status, first.version], [200, '1.1'])
    const second = await askHttp2(service.url, ca, { ':path': '/livez' })
    assert.equal(second.headers[':status'], 200)
    for (const headers of [first.headers, second.headers])
      assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
    await assert.rejects(answerOf(service.url, '/livez', {}), /certificate/)
  })

  test('issues tokens and enables skills over HTTP/2 as over HTTP/1.1', async (t) => {
    const { service, ca } = await start(t)
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'amzn1.application-oa2-client.demo',
      client_secret: 'demo-secret',
      scope: 'alexa::enterprise:management',
    }).toString()
    const issued = await askHttp2(service.url, ca, { ':method': 'POST', ':path': '/auth/o2/token' }, form)
    assert.equal(issued.headers[':status'], 200, issued.text)
    const authorization = `Bearer ${JSON.parse(issued.text).access_token}`
    const room = 'amzn1.alexa.unit.did.ROOM101'
    const enablements = '/v1/skills/amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001/enablements'
    const body = JSON.stringify({ unitId: room, stage: 'live' })
    const enabled = await askHttp2(
      service.url,
      ca,
      { ':method': 'POST', ':path': enablements, authorization },
      body,
    )
    assert.equal(enabled.headers[':status'], 201)
    const got = await answerOf(service.url, `${enablements}?unitId=${room}`, {
      ca,
      headers: { authorization },
    })
    assert.deepEqual([got.status, JSON.parse(got.text).unit], [200, { id: room }])
    const nowhere = await askHttp2(service.url, ca, { ':path': '/nowhere' })
    assert.equal(nowhere.headers[':status'], 404)
    assert.equal(nowhere.headers['content-type'], 'application/json')
    const unknown = await askHttp2(service.url, ca, {
      ':method': 'DELETE',
      ':path': `${enablements}?unitId=${room}`,
      authorization,
    })
    assert.equal(unknown.headers[':status'], 204)
  })

  test('has a certificate for this machine, the hosts of the real service, and the names that are given', async (t) => {
    const { service, ca } = await start(t, { tlsName: 'skills.example, *.lab.example,10.1.2.3' })
    for (const servername of ['localhost', ...hosts, 'skills.example', 'a.lab.example']) {
      const answer = await answerOf(service.url, '/livez', { ca, servername, headers: { host: servername } })
      assert.equal(answer.status, 200, servername)
    }
    const { subjectAltName } = await shownBy(service, ca)
    for (const address of ['127.0.0.1', '0:0:0:0:0:0:0:1', '10.1.2.3'])
      assert.ok(subjectAltName?.includes(`IP Address:${address}`))
    const wrong = answerOf(service.url, '/livez', { ca, servername: 'elsewhere.example' })
    await assert.rejects(wrong, /altnames/)
  })

  test('shakes hands once for all requests of a connection, and shortly when a client comes back', async (t) => {
    const { service, ca } = await start(t)
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
    t.after(() => agent.destroy())
    const answers: HttpsAnswer[] = []
    for (let asked = 0; asked < 10; asked++) answers.push(await answerOf(service.url, '/livez', { agent }))
    assert.equal(new Set(answers.map(({ socket }) => socket)).size, 1)
    const { socket } = answers[0] ?? {}
    assert.ok(socket instanceof TLSSocket)
    const session = socket.getSession()
    const again = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', ca, session })
    await new Promise((resolve, reject) => again.on('secureConnect', resolve).on('error', reject))
    assert.equal(again.isSessionReused(), true)
    again.destroy()
    const client = connectHttp2(service.url, { ca })
    t.after(() => client.destroy())
    const many = await Promise.all(Array.from({ length: 50 }, () => askOn(client, { ':path': '/livez' })))
    assert.ok(many.every(({ headers }) => Number(headers[':status']) === 200))
  })

  test('links accounts at itself', async (t) => {
    for (const options of [{}, await given(t)]) {
      const { service, ca } = await start(t, options)
      assert.equal(await linkAtItself(service, ca), 'LINKED')
    }
  })

  test('answers what is no HTTP as over plain connections, and goes on', async (t) => {
    const { service, ca } = await start(t)
    const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', ca })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write('nonsense\r\n\r\n')
    await new Promise((resolve) => socket.on('close', resolve))
    assert.match(text, /^HTTP\/1\.1 400 /)
    assert.match(text, /x-amzn-requestid/i)
    const plain = fetch(service.url.replace('https', 'http')).then(
      () => 'answered',
      () => 'refused',
    )
    assert.equal(await plain, 'refused')
    assert.equal((await answerOf(service.url, '/livez', { ca })).status, 200)
  })

  test('answers what is under way when it is stopped, over HTTP/2 as over HTTP/1.1', async (t) => {
    const waiting: ServerResponse[] = []
    const { promise: bothWait, resolve } = Promise.withResolvers<void>()
    const issuer = await startHostileServer({
      '/info': (response) => {
        if (waiting.push(response) === 2) resolve()
      },
    })
    t.after(() => issuer.stop())
    const { service, ca } = await start(t, { tokenInfoUrl: `${issuer.url}/info` })
    const client = connectHttp2(service.url, { ca })
    t.after(() => client.destroy())
    const path = '/v1/skills/enablements?unitId=amzn1.alexa.unit.did.ROOM101'
    const first = answerOf(service.url, path, { ca, headers: { authorization: 'Bearer Atza|first' } })
    const second = askOn(client, { ':path': path, authorization: 'Bearer Atza|second' })
    await bothWait
    const stopped = service.stop()
    await untilRefused(service, ca)
    for (const response of waiting) answer(400, { error: 'invalid_token' })(response)
    assert.deepEqual([(await first).status, (await second).headers[':status']], [401, 401])
    assert.match((await second).text, /INVALID_LWA_TOKEN/)
    await stopped
  })

  test('cuts off a client that does not send the rest of its request, over HTTP/2 as over HTTP/1.1', async (t) => {
    const authority = makeAuthority(Date.now(), ['127.0.0.1', 'localhost'])
    const { create } = tlsServers(issueServerCertificate(authority, ['127.0.0.1'], Date.now()))
    const config = { operation: 'echo', access: 'anyone', shape: 'single' } as const
    const echo = { method: 'POST', url: '/echo', config, handler: () => ({}) } as const
    const { url } = await startSmallApp(
      t,
      [echo],
      { requestTimeoutMs: 200, headersTimeoutMs: 100 },
      { createServer: create },
    )
    const ca = authority.certificate
    const client = connectHttp2(url.replace('http:', 'https:'), { ca })
    t.after(() => client.destroy())
    const stream = client.request({ ':method': 'POST', ':path': '/echo' })
    stream.on('error', () => {})
    stream.write('{')
    await once(stream, 'close')
    assert.equal(stream.rstCode, 8)
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca })
    socket.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{')
    const [head] = await once(socket, 'data')
    assert.match(String(head), /^HTTP\/1\.1 408 /)
    await once(socket, 'close')
  })

  test('announces how long a head may be over HTTP/2, ends what goes far beyond, and goes on', async (t) => {
    const { service, ca } = await start(t)
    const lines = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'a']))
    for (const head of [{ 'x-long': '~'.repeat(70_000) }, lines]) {
      const client = connectHttp2(service.url, { ca, maxSendHeaderBlockLength: 1_000_000 })
      client.on('error', () => {})
      t.after(() => client.destroy())
      await once(client, 'remoteSettings')
      assert.equal(client.remoteSettings.maxHeaderListSize, 16_384)
      await assert.rejects(askOn(client, { ':path': '/livez', ...head }))
      assert.equal((await answerOf(service.url, '/livez', { ca })).status, 200)
    }
  })

  test('stops at once though clients keep connections of both kinds open', async (t) => {
    const { service, ca } = await start(t)
    const agent = new Agent({ keepAlive: true, ca })
    t.after(() => agent.destroy())
    await answerOf(service.url, '/livez', { agent })
    const client = connectHttp2(service.url, { ca })
    t.after(() => client.destroy())
    await askOn(client, { ':path': '/livez' })
    const silent = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', ca })
    silent.on('error', () => {})
    await new Promise((resolve) => silent.on('secureConnect', resolve))
    await service.stop()
    await assert.rejects(answerOf(service.url, '/livez', { ca }), /ECONNREFUSED/)
  })
})

describe('The authority of a service', () => {
  test('signs for its own names alone: a certificate for any other is refused by who trusts it', async (t) => {
    const names = ['localhost', '127.0.0.1', '::1', '*.lab.example']
    const authority = makeAuthority(Date.now(), names)
    assert.deepEqual(namesBeyond(authority, [...names, 'lab.example', '0:0::1']), [])
    assert.deepEqual(namesBeyond(authority, ['bank.example', '10.0.0.1', '::2']), [
      'bank.example',
      '10.0.0.1',
      '::2',
    ])
    for (const [shown, isTaken] of [
      [['127.0.0.1'], true],
      [['127.0.0.1', 'room.lab.example'], true],
      [['127.0.0.1', 'bank.example'], false],
      [['127.0.0.1', '10.0.0.1'], false],
    ] as const) {
      const { create } = tlsServers(issueServerCertificate(authority, shown, Date.now()))
      const { url } = await startSmallApp(t, [], {}, { createServer: create })
      const asked = answerOf(url.replace('http:', 'https:'), '/livez', { ca: authority.certificate })
      if (isTaken) assert.equal((await asked).status, 200)
      else await assert.rejects(asked, /permitted subtree|PERMITTED|certificate/i)
    }
  })

  test('is not used for a name that it was not made for, and the error says what to do', async (t) => {
    const data = await temporaryFolder(t)
    const { service } = await start(t, { data })
    await service.stop()
    await assert.rejects(
      start(t, { data, tlsName: 'skills.example' }),
      /is not valid for the names skills\.example\. Remove tls-authority and tls-ca\.pem/,
    )
  })

  test('is made once in the data folder, its key for the owner alone, and signs at each start', async (t) => {
    const data = await temporaryFolder(t)
    const { service, ca } = await start(t, { data })
    await service.stop()
    assert.equal(statSync(path.join(data, 'tls-authority')).mode & 0o777, 0o600)
    const again = await start(t, { data })
    assert.equal(again.ca, ca)
    assert.equal((await answerOf(again.service.url, '/livez', { ca })).status, 200)
    assert.equal(new X509Certificate(ca).ca, true)
  })

  test('is one authority for all who start on a folder at once, of whom one gets it', async (t) => {
    for (let round = 0; round < 4; round += 1) {
      const data = path.join(await temporaryFolder(t), 'data')
      const args = ['serve', '--port', '0', '--tls', '--data', data]
      const programs = Array.from({ length: 3 }, () => runProgram(t, args))
      const urls = await Promise.allSettled(programs.map(({ url }) => url))
      const running = urls.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      assert.equal(running.length, 1)
      const ca = readFileSync(path.join(data, 'tls-ca.pem'), 'utf8')
      assert.equal((await answerOf(running[0] ?? '', '/livez', { ca })).status, 200)
      for (const [index, program] of programs.entries()) {
        if (urls[index]?.status === 'fulfilled') continue
        assert.equal(await program.ended, 4)
        assert.match(program.stderr(), /is in use by another process/)
      }
      for (const program of programs) program.process.kill('SIGKILL')
    }
  })

  test('is not made by who does not get the folder, nor any other secret', async (t) => {
    const data = await temporaryFolder(t)
    const lock = lockFolder(data)
    await assert.rejects(
      startSkillkeeper({ port: 0, logLevel: 'silent', data, tls: true }),
      /in use by another process/,
    )
    assert.deepEqual(
      readdirSync(data).filter((name) => !name.startsWith('lock')),
      [],
    )
    lock?.close()
    const { service } = await start(t, { data })
    await service.stop()
  })

  test('writes its certificate for clients again when that file is gone, and refuses a damaged key', async (t) => {
    const data = await temporaryFolder(t)
    const { service, ca } = await start(t, { data })
    await service.stop()
    unlinkSync(path.join(data, 'tls-ca.pem'))
    const again = await start(t, { data })
    assert.equal(readFileSync(path.join(data, 'tls-ca.pem'), 'utf8'), ca)
    await again.service.stop()
    writeFileSync(path.join(data, 'tls-authority'), 'no certificate', { mode: 0o600 })
    await assert.rejects(start(t, { data }), /tls-authority contains no certificate authority/)
  })

  test('is not there without TLS', async (t) => {
    const data = await temporaryFolder(t)
    const service = await startSkillkeeper({ port: 0, data, logLevel: 'silent' })
    t.after(() => service.stop())
    assert.equal(service.certificateAuthority, undefined)
    assert.equal(existsSync(path.join(data, 'tls-authority')), false)
  })

  test('signs a new certificate a month before the old one lapses, which new connections get without a restart', async (t) => {
    const clock = createHandClock(Date.now())
    const { service, ca } = await start(t, { clock })
    const first = await shownBy(service, ca)
    await moveTo(clock, Date.parse(first.validTo) - 30 * dayMs - 1)
    assert.equal((await shownBy(service, ca)).fingerprint256, first.fingerprint256)
    await moveTo(clock, clock.now() + 1)
    const second = await shownBy(service, ca)
    assert.equal(Date.parse(second.validTo) > Date.parse(first.validTo), true)
    assert.equal(second.verify(new X509Certificate(ca).publicKey), true)
    assert.equal(second.checkIP('127.0.0.1'), '127.0.0.1')
  })
})

describe('A certificate that is given', () => {
  test('is shown, and turns TLS on by itself', async (t) => {
    const { ca, ...files } = await given(t)
    const { service } = await start(t, files)
    assert.equal(service.certificateAuthority, undefined)
    assert.equal((await answerOf(service.url, '/livez', { ca })).status, 200)
  })

  test('is replaced within a minute when its files change, and stays when the new ones are of no use', async (t) => {
    const clock = createHandClock(Date.now())
    const { ca, authority, ...files } = await given(t)
    const log: string[] = []
    const { service } = await start(t, {
      ...files,
      clock,
      logLevel: 'info',
      log: { write: (line) => void log.push(line) },
    })
    const first = await shownBy(service, ca)
    const next = issueServerCertificate(authority, ['127.0.0.1'], Date.now())
    writeFileSync(files.tlsCert, next.certificate)
    await moveTo(clock, clock.now() + 60_000)
    assert.equal((await shownBy(service, ca)).fingerprint256, first.fingerprint256)
    assert.match(log.join(''), /could not be renewed; the old one stays in use/)
    // Read while both are being written.
    for (const file of [files.tlsCert, files.tlsKey]) writeFileSync(file, '')
    await moveTo(clock, clock.now() + 60_000)
    assert.equal((await shownBy(service, ca)).fingerprint256, first.fingerprint256)
    writeFileSync(files.tlsCert, next.certificate)
    writeFileSync(files.tlsKey, next.key)
    await moveTo(clock, clock.now() + 60_000)
    const second = await shownBy(service, ca)
    assert.equal(second.toString(), next.certificate)
    assert.doesNotMatch(log.join(''), /PRIVATE KEY/)
  })

  test('that cannot be read, or has another key, keeps the service from starting', async (t) => {
    const { ca: _, authority, ...files } = await given(t)
    await assert.rejects(
      start(t, { ...files, tlsCert: '/nowhere.pem' }),
      /tls-cert.*cannot be used: there is no such file/,
    )
    writeFileSync(files.tlsKey, issueServerCertificate(authority, ['localhost'], Date.now()).key)
    await assert.rejects(start(t, files), /cannot be used: .*key values mismatch/)
    for (const file of [files.tlsKey, files.tlsCert]) {
      writeFileSync(file, '')
      await assert.rejects(start(t, files), /cannot be used/)
    }
  })

  test('needs both files, and no names; a database needs one that is given', async (t) => {
    await assert.rejects(start(t, { tlsCert: 'a.pem' }), /tls-cert and tls-key require each other/)
    await assert.rejects(
      start(t, { tlsCert: 'a', tlsKey: 'b', tlsName: 'x' }),
      /tls-name applies only to certificates of the service's own authority/,
    )
    const database = {
      databaseUrl: 'postgres://127.0.0.1:1/none',
      sealingKey: Buffer.alloc(32).toString('base64'),
    }
    await assert.rejects(start(t, database), /tls requires tls-cert and tls-key/)
  })
})

describe('The program with --tls', () => {
  test('is trusted by a client in Node.js that is given the authority by NODE_EXTRA_CA_CERTS', async (t) => {
    const data = path.join(await temporaryFolder(t), 'data')
    const program = runProgram(t, [
      'serve',
      '--tls',
      '--port',
      '0',
      '--data',
      data,
      '--tls-name',
      'skills.example',
    ])
    const url = await program.url
    assert.match(url, /^https:/)
    const client = `console.log((await fetch('${url}/readyz')).status)`
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: path.join(data, 'tls-ca.pem') }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', client], {
      env,
    })
    assert.equal(stdout, '200\n')
    assert.doesNotMatch(program.stderr(), /PRIVATE KEY/)
    program.process.kill('SIGTERM')
    assert.equal(await program.ended, 0)
  })

  test('takes the setting from the environment, and ends with 2 when it is neither true nor false', async (t) => {
    const args = ['serve', '--port', '0', '--data', ':memory:']
    const program = runProgram(t, args, { env: { SKILLKEEPER_TLS: 'true' } })
    assert.match(await program.url, /^https:/)
    const wrong = runProgram(t, args, { env: { SKILLKEEPER_TLS: 'yes' } })
    assert.equal(await wrong.ended, 2)
    assert.match(wrong.stderr(), /SKILLKEEPER_TLS has the invalid value "yes"\. Allowed: true or false/)
  })
})

describe('curl', () => {
  test('trusts the service by its authority, at the names of the real service too', async (t) => {
    const data = await temporaryFolder(t)
    const { service } = await start(t, { data })
    const { port } = new URL(service.url)
    const curl = async (...words: string[]) => {
      const { stdout } = await promisify(execFile)('curl', [
        '-sS',
        '--cacert',
        path.join(data, 'tls-ca.pem'),
        ...words,
      ])
      return JSON.parse(stdout)
    }
    const to = ['--connect-to', `::127.0.0.1:${port}`]
    for (const version of ['--http1.1', '--http2']) {
      assert.ok(await curl(version, `${service.url}/livez`))
      assert.ok(await curl(version, ...to, 'https://api.eu.amazonalexa.com/livez'))
    }
  })
})

async function start(t: TestContext, options: StartOptions = {}): Promise<{ service: Service; ca: string }> {
  const { ca: _, authority: __, ...settings } = options as StartOptions & Partial<Given>
  const service = await startSkillkeeper({
    port: 0,
    tls: true,
    data: ':memory:',
    logLevel: 'silent',
    ...settings,
  })
  t.after(() => service.stop())
  return { service, ca: service.certificateAuthority ?? (options as Partial<Given>).ca ?? '' }
}

interface Given {
  readonly ca: string
  readonly authority: ReturnType<typeof makeAuthority>
  readonly tlsCert: string
  readonly tlsKey: string
}

/** Files as from somebody else's authority. */
async function given(t: TestContext): Promise<Given> {
  const folder = await temporaryFolder(t)
  const authority = makeAuthority(Date.now(), ['127.0.0.1', 'localhost', 'skills.example'])
  const pair = issueServerCertificate(authority, ['127.0.0.1', 'skills.example'], Date.now())
  const tlsCert = path.join(folder, 'server.pem')
  const tlsKey = path.join(folder, 'server.key')
  writeFileSync(tlsCert, pair.certificate)
  writeFileSync(tlsKey, pair.key)
  return { ca: authority.certificate, authority, tlsCert, tlsKey }
}

/** Moves the clock, and waits until whoever was to look has looked and sleeps again. */
async function moveTo(clock: HandClock, at: number): Promise<void> {
  const sleepers = clock.wakeTimes().length
  clock.moveBy(at - clock.now())
  await clock.asleep(sleepers)
}

/** Resolves when the service takes no more connections. */
async function untilRefused({ url }: Service, ca: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const isOpen = await answerOf(url, '/livez', { ca }).then(
      () => true,
      () => false,
    )
    if (!isOpen) return
  }
  assert.fail('The service does not stop to listen.')
}

async function shownBy({ url }: Service, ca: string): Promise<X509Certificate> {
  // By the clock of this machine the certificate of a clock that was moved is not good yet.
  const socket = connect({
    port: Number(new URL(url).port),
    host: '127.0.0.1',
    ca,
    rejectUnauthorized: false,
  })
  await new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject))
  const shown = new X509Certificate(socket.getPeerCertificate().raw)
  socket.destroy()
  return shown
}

/** Enables the demo skill whose token server is the service itself; gives the status of its account link. */
async function linkAtItself({ url }: Service, ca: string): Promise<string> {
  const post = (to: string, body: string, headers: Record<string, string> = {}) =>
    answerOf(url, to, { ca, method: 'POST', body, headers })
  const client = { client_id: 'amzn1.application-oa2-client.demo', client_secret: 'demo-secret' }
  const scope = 'alexa::enterprise:management'
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...client, scope })
  const issued = await post('/auth/o2/token', form.toString())
  const redirectUri = 'http://127.0.0.1:9090/cb'
  const page = new URLSearchParams({
    client_id: 'amzn1.application-oa2-client.demo-lights',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'profile',
    decision: 'allow',
  })
  const { headers } = await post('/ap/oa', page.toString())
  const authCode = new URL(headers.location ?? '').searchParams.get('code')
  const enabled = await post(
    '/v1/skills/amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000002/enablements',
    JSON.stringify({
      unitId: 'amzn1.alexa.unit.did.ROOM101',
      stage: 'live',
      accountLinkRequest: { redirectUri, authCode, type: 'AUTH_CODE' },
    }),
    { authorization: `Bearer ${JSON.parse(issued.text).access_token}` },
  )
  assert.equal(enabled.status, 201, enabled.text)
  return JSON.parse(enabled.text).accountLink.status
}
