// What faults do to connections, seen by a socket, by HTTP/2 and by our client.
import assert from 'node:assert/strict'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { type FaultRule, startTestService } from '../../src/testing/index.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { type Asking, skillPath, testWorlds } from '../support/test-world.ts'

const { nurseCall, room } = hospital
const openWorld = await testWorlds()

interface Seen {
  /** Everything that arrived. */
  readonly text: string
  /** How the connection ended: by the other side (`end`), or with the code of an error. */
  readonly end: string
}

/** Sends an enable over a connection of its own, and reads until the connection ends. */
async function enableRaw({ world, token }: Asking): Promise<Seen> {
  const { hostname, port, pathname } = new URL(world.url)
  const socket = connect(Number(port), hostname)
  const body = JSON.stringify({ unitId: room, stage: 'live' })
  let text = ''
  let end = 'end'
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => {
    text += part
  })
  socket.on('error', (error: Error & { code?: string }) => {
    end = error.code ?? error.message
  })
  socket.write(
    [
      `POST ${pathname}${skillPath()} HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Bearer ${token}`,
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
  await new Promise((resolve) => socket.once('close', resolve))
  return { text, end }
}

const stored = async ({ world }: Asking) => (await world.enablement(room, nurseCall))?.stage
const add = ({ world }: Asking, rule: FaultRule) =>
  world.faults.add({ match: { operation: 'enable' }, ...rule })

describe('A connection', () => {
  test('is reset, before the work or after it', async (t) => {
    const asking = await openWorld(t)
    const before = await add(asking, { effect: { connection: 'reset' } })
    assert.deepEqual(await enableRaw(asking), { text: '', end: 'ECONNRESET' })
    assert.equal(await stored(asking), undefined)
    await before.remove()
    await add(asking, { effect: { connection: 'reset' }, at: 'after' })
    assert.deepEqual(await enableRaw(asking), { text: '', end: 'ECONNRESET' })
    assert.equal(await stored(asking), 'live')
    const entries = await asking.world.journal.entries({ operation: 'enable' })
    assert.deepEqual(
      entries.map(({ response, fault, changed, why }) => [
        response.status,
        fault,
        changed.length,
        why.at(-1)?.step,
      ]),
      [
        [0, 'fault-1', 0, 'form'],
        [0, 'fault-2', 1, 'storage'],
      ],
    )
  })

  test('ends without an answer', async (t) => {
    const asking = await openWorld(t)
    await add(asking, { effect: { connection: 'empty' }, at: 'after' })
    assert.deepEqual(await enableRaw(asking), { text: '', end: 'end' })
    assert.equal(await stored(asking), 'live')
  })

  test('is cut within the answer, of which the work is stored', async (t) => {
    const asking = await openWorld(t)
    for (const bytes of [0, 40, 100_000]) {
      const fault = await add(asking, { effect: { connection: 'truncate', bytes } })
      const { text, end } = await enableRaw(asking)
      const [head = '', body] = text.split('\r\n\r\n')
      assert.match(head, /^HTTP\/1\.1 201 /)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      assert.equal(body?.length, Math.min(bytes, length - 1))
      assert.equal(end, 'end')
      assert.equal(await stored(asking), 'live')
      await fault.remove()
    }
  })

  test('is cut instead of an answer that has no body', async (t) => {
    const asking = await openWorld(t)
    await asking.enable()
    await asking.world.faults.add({ match: { operation: 'disable' }, effect: { connection: 'truncate' } })
    await assert.rejects(asking.ask('DELETE', `${skillPath()}?unitId=${room}`))
    assert.equal(await stored(asking), undefined)
  })

  test('gets the answer slowly, and all of it', async (t) => {
    const asking = await openWorld(t)
    await add(asking, { effect: { connection: 'dribble', bytesPerSecond: 2000 } })
    const { status, body } = await asking.enable()
    assert.deepEqual([status, body.status], [201, 'ENABLING'])
  })

  test('gets nothing, until its client goes or the world ends', async (t) => {
    const asking = await openWorld(t)
    await add(asking, { effect: { connection: 'hang' }, at: 'after' })
    const giveUp = new AbortController()
    const hanging = fetch(asking.world.url + skillPath(), {
      method: 'POST',
      headers: { authorization: `Bearer ${asking.token}` },
      body: JSON.stringify({ unitId: room, stage: 'live' }),
      signal: giveUp.signal,
    })
    // The journal has it while it hangs.
    const entry = await asking.world.journal.waitFor({ operation: 'enable' })
    assert.deepEqual([entry.response.status, entry.fault, entry.changed.length], [0, 'fault-1', 1])
    assert.equal(await stored(asking), 'live')
    giveUp.abort()
    await assert.rejects(hanging)
    const other = assert.rejects(asking.enable())
    await asking.world.journal.waitFor({ operation: 'enable', after: entry.seq })
    await asking.world.remove()
    await other
  })

  test('that hangs does not keep the service from stopping', async () => {
    const service = await startTestService({ catalog: hospitalCatalog })
    const world = await service.world()
    await world.faults.add({ early: true, effect: { connection: 'hang' } })
    const hanging = assert.rejects(fetch(`${world.url}/v1/skills/enablements?unitId=${room}`))
    await world.journal.waitFor({ operation: 'list' })
    await service.stop()
    await hanging
  })

  test('is seen by our client, which repeats what it may', async (t) => {
    const asking = await openWorld(t)
    const { world } = asking
    for (const effect of [
      { connection: 'reset' },
      { connection: 'empty' },
      { connection: 'truncate' },
    ] as const) {
      await world.faults.add({ match: { operation: 'enable' }, when: { times: 2 }, effect, at: 'after' })
      const client = world.client({ as: hospital.admin, sleep: 'real' })
      const { status } = await client.enable({ unitId: room, skillId: nurseCall, stage: 'live' })
      assert.ok(status === 'ENABLING' || status === 'ENABLED', `${effect.connection} ${status}`)
      await world.faults.clear()
    }
    await world.journal.expect({ operation: 'enable' }).times(9)
  })
})

describe('Over HTTP/2 a stream', () => {
  test('is reset, ended, cut or slow, and the connection goes on', async (t) => {
    const service = await startTestService({ catalog: hospitalCatalog, tls: true })
    t.after(() => service.stop())
    const ca = Reflect.get(service, 'certificateAuthority')
    const session = connectHttp2(service.url, {
      ...(typeof ca === 'string' ? { ca } : { rejectUnauthorized: false }),
    })
    t.after(() => session.close())
    const control = (method: string, path: string, body?: object) =>
      askHttp2(session, method, `/_skillkeeper/test${path}`, service.token, body)
    const { accessToken } = JSON.parse((await control('POST', '/tokens', { clientId: hospital.admin })).text)
    const enable = () => askHttp2(session, 'POST', skillPath(), accessToken, { unitId: room, stage: 'live' })
    const rows: readonly [effect: object, text: RegExp, code: number][] = [
      [{ connection: 'reset' }, /^$/, 10],
      [{ connection: 'empty' }, /^$/, 0],
      [{ connection: 'truncate', bytes: 5 }, /^.{5}$/, 10],
      [{ connection: 'dribble', bytesPerSecond: 5000 }, /^\{.*\}$/, 0],
      [{ status: 502, body: 'x' }, /^x$/, 0],
    ]
    for (const [effect, text, code] of rows) {
      await control('DELETE', '/faults')
      const added = await control('POST', '/faults', { match: { operation: 'enable' }, effect, at: 'after' })
      assert.equal(added.status, 201, added.text)
      const seen = await enable()
      assert.match(seen.text, text, JSON.stringify(effect))
      assert.equal(seen.code, code, JSON.stringify(effect))
    }
    await control('DELETE', '/faults')
    assert.equal((await enable()).status, 201)
  })
})

async function askHttp2(
  session: ReturnType<typeof connectHttp2>,
  method: string,
  path: string,
  token: string,
  body?: object,
): Promise<{ status: number; text: string; code: number }> {
  const stream = session.request({ ':method': method, ':path': path, authorization: `Bearer ${token}` })
  let status = 0
  let text = ''
  stream.setEncoding('utf8')
  stream.on('response', (headers: IncomingHttpHeaders) => {
    status = Number(headers[':status'])
  })
  stream.on('data', (part: string) => {
    text += part
  })
  stream.on('error', () => {})
  stream.end(body === undefined ? undefined : JSON.stringify(body))
  await new Promise<void>((resolve) => stream.on('close', resolve))
  return { status, text, code: stream.rstCode }
}
