// Requests as the known clients of the real service send them, byte for byte: Amazon's command line (axios), its Postman
// collection, its Node.js script, and scripts in Python.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, hospitalCatalog, secretOf, skill } from '../support/catalogs.ts'
import { startHospital } from '../support/enablements.ts'
import { openConnection, type RawAnswer } from '../support/raw-connection.ts'

const { room, otherRoom, ward, nurseCall, menu, pharmacy } = hospital
const refreshToken = 'Atzr|of-a-known-client'
const axios = ['Accept: application/json, text/plain, */*', 'User-Agent: axios/1.7.2']
const json = 'Content-Type: application/json'
const expand = 'expand=nameFreeInvocation'

describe("Amazon's command line", () => {
  test('gets a token with its scopes numbered, empty headers, and a form as what it accepts (row K10)', async (t) => {
    const { send } = await start(t)
    const headers = [
      'Accept: application/x-www-form-urlencoded',
      'Content-Type: application/x-www-form-urlencoded',
      'Authorization:',
      'Asp-Cli:',
    ]
    const scopes = ['alexa::enterprise:management', 'profile']
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: hospital.admin,
      client_secret: secretOf(hospital.admin),
      ...Object.fromEntries(scopes.map((scope, index) => [`scope[${index}]`, scope])),
    })
    const { status, text } = await send('POST', '/auth/o2/token', headers, form.toString())
    assert.equal(status, 200, text)
    assert.equal(JSON.parse(text).refresh_token, refreshToken)
  })

  test('sends its own header, pages of ten, and always what to expand (row K2)', async (t) => {
    const { asCommandLine } = await start(t)
    await asCommandLine('POST', one(menu), {
      unitId: room,
      stage: 'live',
      nameFreeInvocationRequest: { locales: ['en-US'] },
    })
    const got = await asCommandLine('GET', `${one(menu)}?unitId=${room}&${expand}`)
    const listed = await asCommandLine('GET', `${list}?unitId=${room}&${expand}&maxResults=10`)
    const batch = await asCommandLine('POST', `${list}/batchGet`, {
      paginationContext: { maxResults: 10 },
      items: [{ itemId: 0, unitId: room }],
      expand: ['nameFreeInvocation'],
    })
    assert.deepEqual([got.status, listed.status, batch.status], [200, 200, 200])
    assert.deepEqual(got.body.nameFreeInvocation, { locales: ['en-US'] })
    assert.deepEqual(listed.body.items, [got.body])
    // It takes the unit from the first record of each result.
    assert.deepEqual(batch.body.results[0].enablements[0].unit.id, room)
    assert.deepEqual(batch.body.results[0].enablements, [got.body])
  })

  test('pastes page tokens and IDs into its URLs as they are (row K1)', async (t) => {
    const { asCommandLine } = await start(t)
    for (const skillId of manySkills)
      await asCommandLine('POST', one(skillId), { unitId: room, stage: 'live' })
    const path = `${list}?unitId=${room}&${expand}&maxResults=10`
    const first = await asCommandLine('GET', path)
    const { nextToken } = first.body.paginationContext
    const second = await asCommandLine('GET', `${path}&nextToken=${nextToken}`)
    assert.deepEqual([first.body.items.length, second.status, second.body.items.length], [10, 200, 2])
  })

  test('counts items from 0 or 1, names a unit twice, and has its properties in another order (rows K7 and K8)', async (t) => {
    const { asCommandLine } = await start(t)
    const writes = [
      { stage: 'live', itemId: 1, unitId: room },
      { unitId: otherRoom, stage: 'live', itemId: 2 },
      { stage: 'live', itemId: 3, unitId: room },
    ]
    const reads = { items: [room, otherRoom, room].map((unitId, itemId) => ({ unitId, itemId })) }
    const records = async () => {
      const { body } = await asCommandLine('POST', `${list}/batchGet`, { expand: [], ...reads })
      return body.results.map(({ itemId, unitId }: { itemId: number; unitId: string }) => [itemId, unitId])
    }
    assert.equal((await asCommandLine('POST', `${one(menu)}/batch`, { items: writes })).status, 202)
    assert.deepEqual(await records(), [
      [0, room],
      [1, otherRoom],
      [2, room],
    ])
    assert.equal((await asCommandLine('POST', `${one(menu)}/batchDelete`, { items: writes })).status, 202)
    assert.deepEqual(await records(), [])
  })

  test('repeats any POST whose answer it did not get, and finds all as it was (row K5)', async (t) => {
    const { asCommandLine } = await start(t)
    const items = [room, ward].map((unitId, itemId) => ({ stage: 'live', itemId, unitId }))
    const posts: [path: string, body: object, status: number][] = [
      [one(menu), { unitId: room, stage: 'live' }, 201],
      [`${one(menu)}/batch`, { items }, 202],
      [`${list}/batchGet`, { items }, 200],
      [`${one(menu)}/batchDelete`, { items }, 202],
    ]
    for (const [path, body, status] of posts) {
      const first = await asCommandLine('POST', path, body)
      const again = await asCommandLine('POST', path, body)
      assert.deepEqual([first.status, again.status, again.text], [status, status, first.text])
    }
  })

  test('sends one partition name with all items of a batch (row K6)', async (t) => {
    const { asCommandLine } = await start(t)
    const items = [room, ward].map((unitId, index) => ({
      itemId: index + 1,
      unitId,
      stage: 'live',
      partitionName: 'Room101',
    }))
    assert.equal((await asCommandLine('POST', `${one(menu)}/batch`, { items })).status, 202)
  })

  test('gets an object or nothing for an answer, whatever goes wrong (rows K4 and K9)', async (t) => {
    const { asCommandLine } = await start(t)
    const items = [{ itemId: 1, unitId: room, stage: 'live' }]
    const calls: [method: string, path: string, body: object | undefined, status: number][] = [
      ['GET', `${one('healthcare')}?unitId=${room}&${expand}`, undefined, 400],
      ['GET', `${one(room)}?unitId=${room}`, undefined, 400],
      ['DELETE', `${one('healthcare')}?unitId=${room}`, undefined, 400],
      ['POST', `${one('healthcare')}/batch`, { items }, 400],
      ['POST', `${one(room)}/batchDelete`, { items }, 400],
      ['POST', one('undefined'), { unitId: room, stage: 'live' }, 400],
      ['POST', one(menu), { unitId: menu, stage: 'live' }, 400],
      ['POST', one(pharmacy), { unitId: room, stage: 'live' }, 400],
      ['DELETE', `${one(menu)}?unitId=${room}&stage=live`, undefined, 404],
      ['PUT', one(menu), {}, 405],
      ['GET', '/', undefined, 404],
      ['POST', `${one(menu)}/batch`, { items }, 202],
      ['DELETE', `${one(menu)}?unitId=${room}&stage=live`, undefined, 204],
    ]
    for (const [method, path, body, expected] of calls) {
      const { status, text } = await asCommandLine(method, path, body)
      assert.equal(status, expected, `${method} ${path}: ${text}`)
      assert.match(text, /^(\{.*\})?$/)
      assert.equal(text === '', status < 300)
    }
  })
})

describe("Amazon's Postman collection", () => {
  test('refreshes with HTTP Basic and finds all it needs in the answer (row K12)', async (t) => {
    const { send } = await start(t)
    const basic = Buffer.from(`${hospital.admin}:${secretOf(hospital.admin)}`).toString('base64')
    const headers = [
      `Authorization: Basic ${basic}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Postman-Token: 1',
    ]
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
    const { text } = await send('POST', '/auth/o2/token', headers, form.toString())
    const answer = JSON.parse(text)
    assert.deepEqual(
      [typeof answer.access_token, typeof answer.refresh_token, typeof answer.expires_in, answer.error],
      ['string', 'string', 'number', undefined],
    )
  })

  test('sends a batch with comments in it, and is told where they are (row K13)', async (t) => {
    const { send, authorization } = await start(t)
    const body = `{\n  "items": [\n    {\n      "itemId": 1, // of your choice\n      "unitId": "${room}"\n    }\n  ]\n}`
    const { status, text } = await send('POST', `${one(menu)}/batch`, [authorization, json], body)
    assert.equal(status, 400)
    assert.match(JSON.parse(text).errors[0].errorDescription, /line 4, column 20/)
  })

  test('asks a host by its name, subscribes with a unit and a stage only, and lists without a number (row K14)', async (t) => {
    const { send, authorization } = await start(t)
    const headers = [authorization, json, 'User-Agent: PostmanRuntime/7.43.0', 'Accept: */*']
    const body = JSON.stringify({ unitId: room, stage: 'live' })
    for (const host of ['api.amazonalexa.com', 'api.eu.amazonalexa.com', 'localhost:5337']) {
      assert.equal((await send('POST', one(nurseCall), headers, body, host)).status, 201)
      assert.equal((await send('GET', `${list}?unitId=${room}`, headers, undefined, host)).status, 200)
    }
  })
})

describe('A script', () => {
  test('A script in Python gets its token with JSON and no content type (row K11)', async (t) => {
    const { send } = await start(t)
    const wish = {
      grant_type: 'refresh_token',
      client_id: hospital.admin,
      client_secret: secretOf(hospital.admin),
      refresh_token: refreshToken,
    }
    const { status } = await send('POST', '/auth/o2/token', ['Accept: */*'], JSON.stringify(wish))
    assert.equal(status, 200)
  })

  test('A script in Python has a slash too many, and holds statuses against one number (rows K15 and K16)', async (t) => {
    const { send, authorization } = await start(t)
    const headers = [authorization, 'User-Agent: python-requests/2.32.3', 'Accept-Encoding: gzip, deflate']
    const body = JSON.stringify({ unitId: room, stage: 'live' })
    assert.equal((await send('POST', `/${one(menu)}`, headers, body)).status, 201)
    assert.equal((await send('GET', `${list}/?unitId=${room}`, headers)).status, 200)
    assert.equal((await send('DELETE', `/${one(menu)}/?unitId=${room}`, headers)).status, 204)
  })

  test('A script in Node.js says that it sends JSON, and sends none, with GET and DELETE (row K3)', async (t) => {
    const { send, authorization } = await start(t)
    const headers = [authorization, json, 'Content-Length: 0', ...axios]
    const body = JSON.stringify({ unitId: room, stage: 'live' })
    await send('POST', one(menu), [authorization, json], body)
    for (const without of [headers, headers.filter((line) => !line.startsWith('Content-Length'))]) {
      assert.equal((await send('GET', `${one(menu)}?unitId=${room}`, without)).status, 200)
      assert.equal((await send('GET', `${list}?unitId=${room}`, without)).status, 200)
    }
    assert.equal((await send('DELETE', `${one(menu)}?unitId=${room}`, headers)).status, 204)
  })
})

const list = '/v1/skills/enablements'
const one = (skillId: string) => `/v1/skills/${skillId}/enablements`
const manySkills = Array.from({ length: 12 }, (_, index) => skill(`many-${index}`))

type Send = (
  method: string,
  target: string,
  headers: readonly string[],
  body?: string,
  host?: string,
) => Promise<RawAnswer>

interface KnownClients {
  readonly send: Send
  /** The header with a good token. */
  readonly authorization: string
  /** As the command line sends what it is told to; the body of the answer as it reads it. */
  asCommandLine(
    method: string,
    target: string,
    body?: object,
    // biome-ignore lint/suspicious/noExplicitAny: what a client without types sees
  ): Promise<RawAnswer & { readonly body: any }>
}

async function start(t: TestContext): Promise<KnownClients> {
  const [admin, ...clients] = hospitalCatalog.clients
  const { url, adminToken } = await startHospital(t, {
    hostNames: 'api.amazonalexa.com,api.eu.amazonalexa.com',
    catalog: {
      ...hospitalCatalog,
      skills: [...hospitalCatalog.skills, ...manySkills.map((id) => ({ id, name: id, stages: ['live'] }))],
      clients: [{ ...admin, refreshToken }, ...clients],
    },
  })
  const connection = await openConnection(url)
  t.after(() => connection.socket.destroy())
  const send: Send = (method, target, headers, body, host = new URL(url).host) => {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, ...length]
    connection.write(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`)
    return connection.answer()
  }
  const authorization = `Authorization: Bearer ${adminToken}`
  return {
    send,
    authorization,
    async asCommandLine(method, target, body) {
      const headers = [authorization, 'Asp-Cli: v1.0.0', ...axios, ...(body === undefined ? [] : [json])]
      const answer = await send(method, target, headers, body && JSON.stringify(body))
      return { ...answer, body: answer.text === '' ? undefined : JSON.parse(answer.text) }
    },
  }
}
