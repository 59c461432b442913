import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { type Hospital, recordOf, startHospital } from '../support/enablements.ts'
import type { Answer } from '../support/service.ts'

const { room, otherRoom, nurseCall, menu } = hospital
const locales = ['en-US', 'es-US']
const nameFree = { nameFreeInvocationRequest: { locales } }

describe('Name-free interaction', () => {
  test('is shown by get, list and batch get with its locales when it is expanded (row T7)', async (t) => {
    const { enable, getExpanded, listExpanded, getBatch } = await start(t)
    await enable(nurseCall, room, nameFree)
    const expected = { ...recordOf(nurseCall, room, 'ENABLING'), nameFreeInvocation: { locales } }
    assert.deepEqual((await getExpanded(nurseCall, room)).body, expected)
    assert.deepEqual((await listExpanded(room)).body.items, [expected])
    const results = [{ itemId: 0, unitId: room, enablements: [expected] }]
    assert.deepEqual((await getBatch(room, ['nameFreeInvocation'])).body, { paginationContext: {}, results })
  })

  test('is not shown unless it is asked for, nor where there is none (rows T6 and T7)', async (t) => {
    const { enable, get, list, getBatch, getExpanded } = await start(t)
    const enabled = await enable(nurseCall, room, nameFree)
    assert.equal('nameFreeInvocation' in enabled.body, false)
    const plain = recordOf(nurseCall, room, 'ENABLING')
    assert.deepEqual((await get(nurseCall, room)).body, plain)
    assert.deepEqual((await list(room)).body.items, [plain])
    for (const expand of [undefined, []]) assert.doesNotMatch((await getBatch(room, expand)).text, /nameFree/)
    await enable(menu, otherRoom)
    assert.deepEqual((await getExpanded(menu, otherRoom)).body, recordOf(menu, otherRoom, 'ENABLING'))
  })

  test('is replaced by a later enable, and ends with one that does not ask for it (row T7)', async (t) => {
    const { enable, batch, getExpanded } = await start(t)
    const shown = async () => (await getExpanded(nurseCall, room)).body
    const after = async (asked: string[] | undefined, send: (more: object) => Promise<Answer>) => {
      await send(asked === undefined ? {} : { nameFreeInvocationRequest: { locales: asked } })
      assert.deepEqual(await shown(), {
        ...recordOf(nurseCall, room, 'ENABLING'),
        ...(asked && { nameFreeInvocation: { locales: asked } }),
      })
    }
    await after(['en-US'], (more) => enable(nurseCall, room, more))
    await after(['de-DE', 'fr-FR'], (more) => enable(nurseCall, room, more))
    await after(undefined, (more) => enable(nurseCall, room, more))
    await after(['ja-JP'], (more) => batch(nurseCall, room, more))
    await after(undefined, (more) => batch(nurseCall, room, more))
  })

  test('is kept over a restart', async (t) => {
    const data = await temporaryFolder(t)
    const before = await start(t, { data })
    await before.enable(nurseCall, room, nameFree)
    await before.stop()
    const after = await start(t, { data })
    const { body } = await after.getExpanded(nurseCall, room)
    assert.deepEqual((body as unknown as { nameFreeInvocation: object }).nameFreeInvocation, { locales })
  })

  test('takes 1 to 100 locales of BCP 47, as they are written (row T7)', async (t) => {
    const { enable, batch, getExpanded } = await start(t)
    const good = [
      'en',
      'en-us',
      'zh-Hans-CN',
      'es-419',
      'sl-rozaj',
      'de-1996',
      'de-DE-u-co-phonebk',
      'fr-x-hotel',
    ]
    const many = Array.from({ length: 100 }, () => 'en-US')
    for (const asked of [good, many, ['en-US', 'en-US']]) {
      const request = { nameFreeInvocationRequest: { locales: asked } }
      assert.equal((await enable(menu, room, request)).status, 201)
      const { body } = await getExpanded(menu, room)
      assert.deepEqual((body as unknown as { nameFreeInvocation: object }).nameFreeInvocation, {
        locales: asked,
      })
    }
    const bad: [request: unknown, problem: RegExp][] = [
      ['en-US', /^nameFreeInvocationRequest is missing or invalid/],
      [{}, /^nameFreeInvocationRequest.locales is missing or invalid/],
      [{ locales: [] }, /^nameFreeInvocationRequest.locales is missing or invalid: 1 to 100 locales/],
      [{ locales: [...many, 'en-US'] }, /^nameFreeInvocationRequest.locales is/],
      [{ locales: 'en-US' }, /^nameFreeInvocationRequest.locales is/],
      ...['', 'english language', 'en_US', 'e', 'en-', 'en-US-', '-US', '*', 'en-u', 'en-US\n', 7].map(
        (one): [unknown, RegExp] => [
          { locales: ['en-US', one] },
          /^nameFreeInvocationRequest.locales\[1\] is missing or invalid: A locale in the form of BCP 47/,
        ],
      ),
    ]
    for (const [nameFreeInvocationRequest, problem] of bad) {
      const refused = await enable(menu, otherRoom, { nameFreeInvocationRequest })
      assert.equal(refused.status, 400, JSON.stringify(nameFreeInvocationRequest))
      assert.match(refused.body.message, problem)
      const item = await batch(menu, otherRoom, { nameFreeInvocationRequest })
      assert.equal(item.status, 400)
      assert.match(item.body.errors[0]?.errorDescription ?? '', problem)
    }
  })
})

describe('A get', () => {
  test('A get of a stage finds what is enabled in that stage, and else is 404 (row T5)', async (t) => {
    const { call, enable, adminToken: token } = await start(t)
    await enable(menu, room, { stage: 'development' })
    const ask = (stage: string) =>
      call('GET', `/v1/skills/${menu}/enablements?unitId=${room}&stage=${stage}`, { token })
    assert.deepEqual((await ask('development')).body, recordOf(menu, room, 'ENABLING', 'development'))
    for (const stage of ['live', 'certification']) {
      const { status, body } = await ask(stage)
      assert.deepEqual([status, body.type], [404, 'NOT_FOUND'])
      assert.match(body.message, new RegExp(`is not enabled for the unit .* in the stage ${stage}`))
    }
    for (const stage of ['%20', 'LIVE', 'all']) assert.equal((await ask(stage)).status, 400)
  })
})

describe('What a get or a list expands', () => {
  test('is one attribute, or several with commas between; any that is not known is 400 (row T6)', async (t) => {
    const { call, enable, adminToken: token } = await start(t)
    await enable(menu, room, nameFree)
    const paths = [`/v1/skills/${menu}/enablements`, '/v1/skills/enablements']
    for (const path of paths) {
      const ask = (expand: string) => call('GET', `${path}?unitId=${room}&expand=${expand}`, { token })
      for (const good of ['nameFreeInvocation', 'nameFreeInvocation,%20nameFreeInvocation'])
        assert.match((await ask(good)).text, /es-US/)
      for (const bad of [
        '%20',
        'all',
        'namefreeinvocation',
        'nameFreeInvocation,all',
        'nameFreeInvocation,',
      ]) {
        const { status, body } = await ask(bad)
        assert.equal(status, 400, bad)
        assert.match(body.message, /^expand is missing or invalid: .* The only one is nameFreeInvocation/)
      }
    }
  })
})

interface NameFreeHospital extends Hospital {
  getExpanded(skillId: string, unitId: string): Promise<Answer>
  listExpanded(unitId: string): Promise<Answer>
  batch(skillId: string, unitId: string, more: object): Promise<Answer>
  getBatch(unitId: string, expand: readonly string[] | undefined): Promise<Answer>
}

async function start(
  t: TestContext,
  options: Parameters<typeof startHospital>[1] = {},
): Promise<NameFreeHospital> {
  const service = await startHospital(t, options)
  const token = service.adminToken
  const expand = 'expand=nameFreeInvocation'
  return {
    ...service,
    getExpanded: (skillId, unitId) =>
      service.call('GET', `/v1/skills/${skillId}/enablements?unitId=${unitId}&${expand}`, { token }),
    listExpanded: (unitId) =>
      service.call('GET', `/v1/skills/enablements?unitId=${unitId}&${expand}`, { token }),
    batch: (skillId, unitId, more) =>
      service.call('POST', `/v1/skills/${skillId}/enablements/batch`, {
        token,
        body: { items: [{ itemId: 1, unitId, stage: 'live', ...more }] },
      }),
    getBatch: (unitId, expand) =>
      service.call('POST', '/v1/skills/enablements/batchGet', {
        token,
        body: { items: [{ itemId: 0, unitId }], expand },
      }),
  }
}
