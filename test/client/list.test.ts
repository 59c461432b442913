import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AnswerError, type EnablementPage, SkillsClient } from '../../src/client/index.ts'
import { hospital, hospitalCatalog, skill } from '../support/catalogs.ts'
import { failure, startClientWorld } from '../support/clients.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'

const { room } = hospital
const skillIds = Array.from({ length: 25 }, (_, index) => skill(`many-${String(index).padStart(2, '0')}`))
const catalog = {
  ...hospitalCatalog,
  skills: skillIds.map((id) => ({ id, name: id, stages: ['live'] })),
}

describe('A list', () => {
  test('is a page when it is awaited, and everything when it is iterated', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog })
    for (const skillId of skillIds) await client.enable({ skillId, unitId: room, stage: 'live' })

    const page = await client.list({ unitId: room })
    assert.deepEqual([page.items.length, typeof page.nextToken], [10, 'string'])
    const second = await client.list({ unitId: room, maxResults: 3, nextToken: page.nextToken ?? '' })
    assert.deepEqual(
      second.items.map((item) => item.skill.id),
      skillIds.slice(10, 13),
    )

    const before = proxy.requests()
    const all = await Array.fromAsync(client.list({ unitId: room }))
    assert.deepEqual(
      all.map((item) => item.skill.id),
      skillIds,
    )
    assert.equal(proxy.requests() - before, 3)
  })

  test('gives its pages, and fetches none that nobody wants', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog })
    for (const skillId of skillIds) await client.enable({ skillId, unitId: room, stage: 'live' })
    const before = proxy.requests()
    const pages: EnablementPage[] = []
    for await (const page of client.list({ unitId: room, maxResults: 8 }).pages()) {
      pages.push(page)
      if (pages.length === 2) break
    }
    assert.deepEqual(
      pages.map(({ items }) => items.length),
      [8, 8],
    )
    assert.equal(new Set(pages.map(({ requestId }) => requestId)).size, 2)
    assert.equal(proxy.requests() - before, 2)
  })

  for (const [how, rest] of [
    ['no paginationContext', {}],
    ['an empty paginationContext', { paginationContext: {} }],
    ['a null paginationContext', { paginationContext: null }],
    ['a null token', { paginationContext: { nextToken: null } }],
    ['an empty token', { paginationContext: { nextToken: '' } }],
  ] as const) {
    test(`ends with ${how}`, async (t) => {
      const client = await clientOf(t, { items: [], ...rest })
      assert.deepEqual(await Array.fromAsync(client.list({ unitId: room })), [])
      assert.equal((await client.list({ unitId: room })).nextToken, undefined)
    })
  }

  test('that is no list is an AnswerError', async (t) => {
    for (const body of [{}, { items: {} }, { items: [{}] }, [], 'null']) {
      const client = await clientOf(t, body)
      assert.ok((await failure(client.list({ unitId: room }))) instanceof AnswerError)
    }
  })
})

async function clientOf(t: { after(end: () => Promise<void>): void }, body: unknown): Promise<SkillsClient> {
  const server = await startHostileServer({ '/v1/skills/enablements': answer(200, body) })
  t.after(() => server.stop())
  return new SkillsClient({ endpoint: server.url, credentials: 'Atza|token' })
}
