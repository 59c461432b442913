// Whatever a peer does, what it held comes back by itself. Requests of all kinds are cut at every stage, over HTTP/1.1,
// TLS and HTTP/2; after each lot nothing is held any more, and a new client is served.
import assert from 'node:assert/strict'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect as connectPlain } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { startSkillkeeper } from '../../src/app/index.ts'
import { answerOf } from '../support/asking.ts'
import { hospital, hospitalCatalog, secretOf } from '../support/catalogs.ts'
import { listen } from '../support/listen.ts'

/** Lots of cut requests for each transport, and how many requests a lot has at most. */
const lots = 15
const requestsMax = 40

interface Request {
  readonly method: string
  readonly path: string
  readonly hasToken: boolean
  readonly body: string
}

/** Where a request is cut. `working`: all of it is sent. `answering`: when the first bytes of the answer are there. */
const stages = ['connected', 'head', 'body', 'working', 'answering'] as const
type Stage = (typeof stages)[number]

interface Cut {
  readonly request: Request
  readonly stage: Stage
  /** How many times the request is sent on the connection, one behind the other. */
  readonly times: number
  /** The connection is reset, not closed. */
  readonly isHard: boolean
  /** The body comes in chunks, the last one broken. */
  readonly isBroken: boolean
}

const enable = `/v1/skills/${hospital.radio}/enablements`
const enableBody = (unitId: string) => JSON.stringify({ unitId, stage: 'live' })
const linkBody = JSON.stringify({
  unitId: hospital.room,
  stage: 'live',
  accountLinkRequest: { redirectUri: 'https://hospital.example/cb', authCode: 'code', type: 'AUTH_CODE' },
})
const requests: readonly Request[] = [
  { method: 'POST', path: '/x', hasToken: false, body: '{"a":1}' },
  { method: 'DELETE', path: '/x', hasToken: false, body: 'nothing' },
  { method: 'OPTIONS', path: enable, hasToken: false, body: 'nothing' },
  { method: 'PUT', path: '/v1/skills/enablements', hasToken: true, body: '{}' },
  { method: 'POST', path: '/livez', hasToken: false, body: '{}' },
  { method: 'GET', path: '/%', hasToken: false, body: '' },
  { method: 'GET', path: '/livez', hasToken: false, body: '' },
  { method: 'GET', path: '/readyz', hasToken: false, body: '' },
  { method: 'GET', path: '/metrics', hasToken: false, body: '' },
  { method: 'GET', path: '/openapi.json', hasToken: false, body: '' },
  { method: 'POST', path: '/auth/o2/token', hasToken: false, body: 'grant_type=client_credentials' },
  { method: 'POST', path: enable, hasToken: false, body: enableBody(hospital.room) },
  { method: 'POST', path: enable, hasToken: true, body: enableBody(hospital.room) },
  { method: 'POST', path: enable, hasToken: true, body: linkBody },
  { method: 'DELETE', path: `${enable}?unitId=${hospital.room}`, hasToken: true, body: '' },
  { method: 'GET', path: `/v1/skills/enablements?unitId=${hospital.room}`, hasToken: true, body: '' },
  { method: 'POST', path: `${enable}/batch`, hasToken: true, body: '{"items":[]}' },
  { method: 'GET', path: '/_skillkeeper/operations', hasToken: false, body: '' },
]

const cuts: fc.Arbitrary<Cut> = fc.record({
  request: fc.constantFrom(...requests),
  stage: fc.constantFrom(...stages),
  times: fc.constantFrom(1, 1, 1, 3, 20, 200),
  isHard: fc.boolean(),
  isBroken: fc.boolean(),
})

for (const transport of ['HTTP/1.1', 'HTTP/1.1 over TLS', 'HTTP/2'] as const) {
  describe(`Connections of ${transport} that are cut at any stage`, () => {
    test('leave nothing behind, and a new client is served', async (t) => {
      const target = await startTarget(t, transport !== 'HTTP/1.1')
      const cut = transport === 'HTTP/2' ? cutHttp2 : cutHttp1
      const property = fc.asyncProperty(
        fc.array(cuts, { minLength: 1, maxLength: requestsMax }),
        async (lot) => {
          await Promise.all(lot.map((one) => cut(target, one)))
          await target.comesToRest()
        },
      )
      await fc.assert(property, { numRuns: lots, endOnFailure: true })
    })
  })
}

interface Target {
  readonly url: string
  readonly ca: string
  readonly token: string
  /** Resolves when nothing is held any more; a new client must be served meanwhile. */
  comesToRest(): Promise<void>
}

async function startTarget(t: TestContext, tls: boolean): Promise<Target> {
  const tokenServer = await listen(() => (request, response) => {
    // Some are answered, some are cut: what waits for it must end either way.
    request
      .resume()
      .on('end', () =>
        Number(request.socket.remotePort) % 2 ? response.end('{}') : request.socket.destroy(),
      )
  })
  t.after(() => tokenServer.stop())
  const service = await startSkillkeeper({
    port: 0,
    tls,
    data: ':memory:',
    logLevel: 'silent',
    rateLimit: 0,
    requestsMax: 30,
    connectionsMax: 5000,
    catalog: catalogWith(`${tokenServer.url}/token`),
  })
  t.after(() => service.stop())
  const ca = service.certificateAuthority ?? ''
  const ask = (path: string, options: object) =>
    answerOf(service.url, path, { ...(tls && { ca }), agent: false, ...options })
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: hospital.admin,
    client_secret: secretOf(hospital.admin),
    scope: 'alexa::enterprise:management',
  })
  const issued = await ask('/auth/o2/token', { method: 'POST', body: form.toString() })
  const token: string = JSON.parse(issued.text).access_token
  return {
    url: service.url,
    ca,
    token,
    async comesToRest() {
      let gauges: readonly string[] = []
      for (let asked = 0; asked < 300; asked += 1) {
        const { text } = await ask('/metrics', {})
        gauges = text
          .split('\n')
          .filter((line) => /^skillkeeper_(requests_in_flight|requests_open|connections_open) /.test(line))
        if (gauges.every((line) => line.endsWith(' 1'))) break
      }
      // The one that asks is counted.
      assert.deepEqual(gauges, [
        'skillkeeper_requests_in_flight 1',
        'skillkeeper_requests_open 1',
        'skillkeeper_connections_open 1',
      ])
      const list = `/v1/skills/enablements?unitId=${hospital.room}`
      assert.equal((await ask(list, { headers: { authorization: `Bearer ${token}` } })).status, 200)
    },
  }
}

function catalogWith(accessTokenUri: string): object {
  const skills = hospitalCatalog.skills.map((skill) =>
    skill.accountLinking ? { ...skill, accountLinking: { ...skill.accountLinking, accessTokenUri } } : skill,
  )
  return { ...hospitalCatalog, skills }
}

async function cutHttp1({ url, ca, token }: Target, cut: Cut): Promise<void> {
  const { hostname, port, protocol } = new URL(url)
  const socket =
    protocol === 'https:'
      ? connectTls({ host: hostname, port: Number(port), ca, ALPNProtocols: ['http/1.1'] })
      : connectPlain(Number(port), hostname)
  // The server may cut first.
  socket.on('error', () => {})
  const closed = happens(socket, 'close')
  await happens(socket, protocol === 'https:' ? 'secureConnect' : 'connect')
  if (cut.stage !== 'connected') await send(socket, textOf(cut, token), cut.stage)
  if (cut.isHard && protocol === 'http:') socket.resetAndDestroy()
  else socket.destroy()
  await closed
}

async function send(socket: Duplex, text: string, stage: Stage): Promise<void> {
  if (stage !== 'answering') {
    await new Promise<void>((resolve) => socket.write(text, () => resolve()))
    return
  }
  socket.write(text)
  await happens(socket, 'data')
}

function textOf({ request, stage, times, isBroken }: Cut, token: string): string {
  const { method, path, hasToken, body } = request
  const authorization = hasToken ? `Authorization: Bearer ${token}\r\n` : ''
  const framing = isBroken ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${body.length}\r\n`
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}${framing}`
  const sentBody = isBroken ? `${body.length.toString(16)}\r\n${body}\r\nno chunk\r\n` : body
  const whole = `${head}\r\n${sentBody}`
  const before = whole.repeat(times - 1)
  switch (stage) {
    case 'connected':
      return ''
    case 'head':
      return before + head
    case 'body':
      return `${before}${head}\r\n${sentBody.slice(0, -1)}`
    case 'working':
    case 'answering':
      return before + whole
  }
}

async function cutHttp2({ url, ca, token }: Target, cut: Cut): Promise<void> {
  const session = connectHttp2(url, { ca })
  session.on('error', () => {})
  await happens(session, 'connect')
  const closed = happens(session, 'close')
  if (cut.stage !== 'connected') await openStreams(session, cut, token)
  session.destroy()
  await closed
}

async function openStreams(session: ClientHttp2Session, cut: Cut, token: string): Promise<void> {
  const { request, stage, times, isHard } = cut
  const streams = Array.from({ length: times }, () => {
    const headers = {
      ':method': request.method,
      ':path': request.path,
      ...(request.hasToken && { authorization: `Bearer ${token}` }),
    }
    const stream = session.request(headers, { endStream: false })
    stream.on('error', () => {})
    if (stage === 'body') stream.write(request.body.slice(0, -1) || 'x')
    if (stage === 'working' || stage === 'answering') stream.end(request.body)
    return stream
  })
  const [first] = streams
  if (first === undefined) return
  if (stage === 'answering') await happens(first, 'data')
  // The others go with the session.
  if (isHard) for (const stream of streams) stream.close(8)
}

/** Also when it cannot happen any more, since the server has cut first. */
function happens(emitter: NodeJS.EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => {
    emitter.once(event, () => resolve())
    emitter.once('close', () => resolve())
  })
}
