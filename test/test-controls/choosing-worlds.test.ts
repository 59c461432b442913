import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { askHttp2 } from '../support/asking.ts'
import { hospital } from '../support/catalogs.ts'
import { type Controlled, startControlled } from '../support/controlled.ts'
import { openConnection } from '../support/raw-connection.ts'
import { operatorToken } from '../support/service.ts'

const enablements = `/v1/skills/${hospital.nurseCall}/enablements`

/** A service whose worlds each have one enablement: of their own. */
async function startThree(t: TestContext) {
  const service = await startControlled(t)
  const worlds = new Map<string, string>()
  for (const [id, unitId] of [
    ['w1', hospital.room],
    ['w2', hospital.otherRoom],
  ] as const) {
    const base = await service.create({ id, ...(id === 'w2' && { port: 0 }) })
    const token = await service.token(base)
    await service.ask('POST', base + enablements, { token, body: { unitId, stage: 'live' } })
    worlds.set(id, token)
  }
  worlds.set('default', await service.token(service.url))
  const { body } = await service.control('GET', '/worlds/w2')
  return { ...service, tokens: worlds, portUrl: String(body.portUrl) }
}

/** Which world answers: the enablements tell. */
async function answering(
  { ask }: Pick<Controlled, 'ask'>,
  base: string,
  question: { token?: string | undefined; headers?: Record<string, string> },
): Promise<string | number> {
  const found = await Promise.all(
    [hospital.room, hospital.otherRoom].map((unitId) =>
      ask('GET', `${base}${enablements}?unitId=${unitId}`, question),
    ),
  )
  const statuses = found.map(({ status }) => status)
  if (statuses.some((status) => status !== 200 && status !== 404)) return statuses[0] ?? 0
  if (found.some(({ body }) => body.message?.includes('no world'))) return 404
  return statuses[0] === 200 ? 'w1' : statuses[1] === 200 ? 'w2' : 'default'
}

describe('A request is for the world', () => {
  test('that its path, header, host, port or access token names, else for the default', async (t) => {
    const service = await startThree(t)
    const { url, tokens, portUrl } = service
    const host = new URL(url).port
    for (const id of ['w1', 'w2', 'default']) {
      const token = tokens.get(id)
      assert.equal(await answering(service, `${url}/_world/${id}`, { token }), id)
      const named = { 'x-skillkeeper-world': id }
      assert.equal(await answering(service, url, { token, headers: named }), id)
      for (const name of [`${id}.localhost:${host}`, `${id}.localhost`, `${id.toUpperCase()}.LocalHost`])
        assert.equal(await answering(service, url, { token, headers: { host: name } }), id, name)
      assert.equal(await answering(service, url, { token }), id, 'by the token')
    }
    assert.equal(await answering(service, portUrl, { token: tokens.get('w2') }), 'w2')
    // Two names of one world are one.
    const twice = { 'x-skillkeeper-world': 'w2', host: `w2.localhost:${host}` }
    assert.equal(
      await answering(service, `${portUrl}/_world/w2`, { token: tokens.get('w2'), headers: twice }),
      'w2',
    )
  })

  test('that the path of an absolute target names', async (t) => {
    const { url, tokens } = await startThree(t)
    const { port, host } = new URL(url)
    const target = `${url}/_world/w1${enablements}?unitId=${hospital.room}`
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1')
      let heard = ''
      socket.setEncoding('utf8').on('data', (part: string) => {
        heard += part
      })
      socket.on('end', () => resolve(heard)).on('error', reject)
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${tokens.get('w1')}\r\nConnection: close\r\n\r\n`,
      )
    })
    assert.match(text, /^HTTP\/1.1 200 /)
  })

  test('over TLS and HTTP/2 as over HTTP/1.1', async (t) => {
    const service = await startControlled(t, { tls: true, data: ':memory:' })
    const ca = service.service.certificateAuthority ?? ''
    const authority = new URL(service.url).host
    const asked = (headers: Record<string, string>) =>
      askHttp2(service.url, ca, {
        ':path': '/_skillkeeper/test/clock',
        authorization: `Bearer ${operatorToken}`,
        ...headers,
      })
    const statusOf = async (headers: Record<string, string>) => (await asked(headers)).headers[':status']
    assert.equal(await statusOf({ 'x-skillkeeper-world': 'default' }), 200)
    assert.equal(await statusOf({ 'x-skillkeeper-world': 'w9' }), 404)
    assert.equal(await statusOf({ ':path': '/_world/w9/_skillkeeper/test/clock' }), 404)
    assert.equal(await statusOf({ ':authority': `w9.localhost:${authority.split(':')[1]}` }), 404)
    assert.equal(await statusOf({ ':authority': `default.localhost:${authority.split(':')[1]}` }), 200)
  })

  test('and 400 names two, 404 one that is not there and is never made by chance', async (t) => {
    const service = await startThree(t)
    const { ask, url, portUrl, tokens } = service
    const token = tokens.get('w1')
    const two = [
      [`${url}/_world/w1`, { 'x-skillkeeper-world': 'w2' }],
      [`${url}/_world/w1`, { host: 'w2.localhost' }],
      [url, { 'x-skillkeeper-world': 'w1', host: 'w2.localhost' }],
      [url, { 'x-skillkeeper-world': 'w1, w2' }],
      [`${portUrl}/_world/w1`, {}],
      [portUrl, { 'x-skillkeeper-world': 'w1' }],
      [portUrl, { 'x-skillkeeper-world': 'default' }],
      // Both are unknown, but it is the two that is wrong.
      [`${url}/_world/w8`, { 'x-skillkeeper-world': 'w9' }],
    ] as const
    for (const [base, headers] of two) {
      const answer = await ask('GET', `${base}/readyz`, { headers: { ...headers } })
      assert.deepEqual([answer.status, answer.body.type], [400, 'INVALID_PARAM'], `${base} ${headers}`)
      assert.match(answer.body.message, /names two worlds: \S+ and \S+\.$/)
    }
    const unknown = [
      [`${url}/_world/w9`, {}],
      [`${url}/_world/W1`, {}],
      [`${url}/_world/w%31`, {}],
      [`${url}/_world/`, {}],
      [url, { 'x-skillkeeper-world': 'w9' }],
      [url, { host: 'w9.localhost' }],
    ] as const
    for (const [base, headers] of unknown) {
      for (const path of ['/livez', '/readyz', enablements, '/_skillkeeper/test/clock']) {
        const answer = await ask('GET', base + path, { token, headers: { ...headers } })
        assert.equal(answer.status, 404, base + path)
      }
    }
    const { body } = await service.control('GET', '/worlds')
    assert.deepEqual(
      body.items.map(({ id }: { id: string }) => id),
      ['default', 'w1', 'w2'],
    )
  })

  test('whose key signed the token; in another it is a stranger’s', async (t) => {
    const service = await startThree(t)
    const { ask, url, tokens } = service
    for (const [owner, token] of tokens)
      for (const id of tokens.keys()) {
        const { status, body } = await ask(
          'GET',
          `${url}/_world/${id}${enablements}?unitId=${hospital.ward}`,
          {
            token,
          },
        )
        if (owner === id) assert.equal(status, 404)
        else assert.deepEqual([status, body.type], [401, 'INVALID_LWA_TOKEN'], `${owner} in ${id}`)
      }
    // One operator for all of them.
    for (const id of tokens.keys())
      assert.equal(
        (await ask('GET', `${url}/_world/${id}/_skillkeeper/test/clock`, { token: operatorToken })).status,
        200,
      )
  })

  test('and what is at a port of its own ends with it', async (t) => {
    const service = await startThree(t)
    const { body: taken, status } = await service.control('POST', '/worlds', {
      port: Number(new URL(service.portUrl).port),
    })
    assert.equal(status, 400)
    assert.match(taken.message, /^port is invalid: Another program uses port/)
    assert.equal((await service.control('GET', '/worlds')).body.items.length, 3, 'No world is left of it.')
    assert.equal((await service.control('DELETE', '/worlds/w2')).status, 204)
    await assert.rejects(service.ask('GET', `${service.portUrl}/livez`), /ECONNREFUSED/)
  })

  test('that has its refusals and metrics, at every port; the default one has those for no world', async (t) => {
    const { ask, url, portUrl } = await startThree(t)
    const kept = async (base: string) => {
      const { body } = await ask('GET', `${base}/_skillkeeper/refusals`, { token: operatorToken })
      return body.items.map((one: { operation: string; code: string }) => `${one.operation} ${one.code}`)
    }
    const counted = async (base: string) => {
      const { text } = await ask('GET', `${base}/metrics`)
      return text.match(/requests_total\{operation="unknown".*/g) ?? []
    }
    await ask('GET', `${portUrl}/v1/skills/enablements?unitId=${hospital.room}`)
    await ask('GET', `${url}/_world/w9${enablements}`)
    for (const base of [url, portUrl]) {
      const connection = await openConnection(base)
      connection.write('this is no HTTP\r\n\r\n')
      await connection.closed
    }
    assert.deepEqual(await kept(url), ['unknown INVALID_PARAM', 'get NOT_FOUND'])
    assert.deepEqual(await kept(`${url}/_world/w1`), [])
    for (const base of [portUrl, `${url}/_world/w2`]) {
      assert.deepEqual(await kept(base), ['unknown INVALID_PARAM', 'list INVALID_LWA_TOKEN'])
      assert.deepEqual(await counted(base), ['requests_total{operation="unknown",outcome="INVALID_PARAM"} 1'])
    }
  })
})
