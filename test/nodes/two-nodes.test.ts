/** Two nodes of the program on one PostgreSQL database, as processes of their own. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { emptyDatabase } from '../support/postgres.ts'
import { type Program, runProgram } from '../support/program.ts'

const skill = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'
const rooms = [101, 102, 103, 104].map((number) => `amzn1.alexa.unit.did.ROOM${number}`)
const demoClient = {
  SKILLKEEPER_CLIENT_ID: 'amzn1.application-oa2-client.demo',
  SKILLKEEPER_CLIENT_SECRET: 'demo-secret',
}

interface Page {
  readonly paginationContext: { readonly nextToken?: string }
  readonly items: readonly unknown[]
}

describe('Two nodes on one database', () => {
  test('a batch that one has accepted is ENABLED on the other, also when the first is killed', async (t) => {
    const [first, second] = await startNodes(t, ['--activation-delay', '1000'])
    const firstUrl = await first.url
    const secondUrl = await second.url
    const token = await getToken(firstUrl)

    const accepted = await call(`${firstUrl}/v1/skills/${skill}/enablements/batch`, token, {
      items: rooms.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })),
    })
    assert.equal(accepted.status, 202)
    assert.deepEqual(
      await statusesAt(secondUrl, token),
      rooms.map(() => 'ENABLING'),
    )
    first.process.kill('SIGKILL')
    await first.ended

    const waited = runProgram(t, ['wait', skill, ...rooms, '--endpoint', secondUrl], { env: demoClient })
    assert.equal(await waited.ended, 0, waited.stderr())
    assert.deepEqual(
      await statusesAt(secondUrl, token),
      rooms.map(() => 'ENABLED'),
    )
  })

  test('a token and a page token of one hold on the other', async (t) => {
    const [first, second] = await startNodes(t, [])
    const firstUrl = await first.url
    const secondUrl = await second.url
    const token = await getToken(firstUrl)
    for (const number of ['01', '03']) {
      const path = `/v1/skills/${skill.slice(0, -2)}${number}/enablements`
      assert.equal((await call(firstUrl + path, token, { unitId: rooms[0], stage: 'live' })).status, 201)
    }
    const list = `/v1/skills/enablements?unitId=${rooms[0]}&maxResults=1`
    const page = (await (await call(firstUrl + list, token)).json()) as Page
    const next = await call(`${secondUrl}${list}&nextToken=${page.paginationContext.nextToken}`, token)
    assert.equal(next.status, 200)
    assert.equal(((await next.json()) as Page).items.length, 1)
  })

  test('a node without the sealing key of the others does not start', async (t) => {
    const url = await emptyDatabase()
    const node = runProgram(t, ['serve', '--port', '0', '--database-url', url])
    assert.equal(await node.ended, 2)
    assert.match(node.stderr(), /SKILLKEEPER_SEALING_KEY/)
  })
})

async function startNodes(t: TestContext, options: readonly string[]): Promise<[Program, Program]> {
  const url = await emptyDatabase()
  const env = { SKILLKEEPER_SEALING_KEY: randomBytes(32).toString('base64') }
  const start = () => runProgram(t, ['serve', '--port', '0', '--database-url', url, ...options], { env })
  return [start(), start()]
}

async function getToken(url: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: demoClient.SKILLKEEPER_CLIENT_ID,
    client_secret: demoClient.SKILLKEEPER_CLIENT_SECRET,
    scope: 'alexa::enterprise:management',
  }
  const answer = await fetch(`${url}/auth/o2/token`, { method: 'POST', body: new URLSearchParams(form) })
  return ((await answer.json()) as { access_token: string }).access_token
}

function call(url: string, token: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` }
  return fetch(
    url,
    body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) },
  )
}

async function statusesAt(url: string, token: string): Promise<string[]> {
  return Promise.all(
    rooms.map(async (room) => {
      const answer = await call(`${url}/v1/skills/${skill}/enablements?unitId=${room}`, token)
      return ((await answer.json()) as { status: string }).status
    }),
  )
}
