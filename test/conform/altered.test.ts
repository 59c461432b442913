// A second Skillkeeper whose answers are changed on their way: each change is found, and named with its row of the ledger.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Altered, type Asked, startAlteringProxy } from '../support/altering-proxy.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { enablements, ofUnit, type Recorder, replay, startRecorder } from '../support/conform.ts'

const { menu, nurseCall, otherRoom, radio, room, roomLights, unknownUnit, ward } = hospital
const list = '/v1/skills/enablements'

// biome-ignore lint/suspicious/noExplicitAny: an answer of which the test knows what is in it
type Body = any
type Change = (body: Body, answer: Altered) => unknown

interface Alteration {
  readonly what: string
  /** The call whose answer is changed: its method, and what its path ends with. */
  readonly at: readonly [method: string, end: string]
  readonly change: Change
  /** Unless it is what the recording shows. */
  readonly catalog?: object
  /** The kind and the place of each difference, with its row. */
  readonly finds: readonly (readonly [what: string, row: string | null])[]
}

const atGet = ['GET', enablements(nurseCall) + ofUnit(room)] as const
const atList = ['GET', `${list}${ofUnit(room)}`] as const
const atEnable = ['POST', enablements(nurseCall)] as const
const atBatchGet = ['POST', '/batchGet'] as const
const atBatch = ['POST', '/batch'] as const
const atDisable = ['DELETE', ofUnit(room)] as const
const atUnits = ['GET', `parentId=${ward}&expand=all`] as const

const alterations: readonly Alteration[] = [
  {
    what: 'another status of get',
    at: atGet,
    change: (_, a) => Object.assign(a, { status: 404 }),
    finds: [['status', '24']],
  },
  {
    what: 'another status of disable',
    at: atDisable,
    change: (_, a) => Object.assign(a, { status: 200 }),
    finds: [['status', '25']],
  },
  {
    what: 'another status of enable',
    at: atEnable,
    change: (_, a) => Object.assign(a, { status: 200 }),
    finds: [['status', 'E9']],
  },
  {
    what: 'a conflict',
    at: atEnable,
    catalog: hospitalCatalog,
    change: (_, a) => Object.assign(a, { status: 409, body: { type: 'CONFLICT', message: 'x' } }),
    finds: [['status', '18']],
  },
  {
    what: 'another status of a batch',
    at: atBatch,
    catalog: hospitalCatalog,
    change: (_, a) => Object.assign(a, { status: 403 }),
    finds: [['status', '33']],
  },
  {
    what: 'a missing object',
    at: atGet,
    change: (body) => delete body.accountLink,
    finds: [['extra accountLink', '23']],
  },
  {
    what: 'a missing field in a list',
    at: atList,
    change: (body) => delete body.items[1].skill.stage,
    finds: [['extra items[].skill.stage', '17']],
  },
  {
    what: 'a missing name of an element',
    at: atList,
    change: (body) => delete body.items[0].skill.id,
    finds: [['extra items[].skill.id', null]],
  },
  {
    what: 'a missing element',
    at: atList,
    change: (body) => body.items.pop(),
    finds: [['extra items[]', 'L9']],
  },
  {
    what: 'an element more',
    at: atList,
    change: (body) => body.items.push(body.items[0]),
    finds: [['missing items[]', 'L9']],
  },
  {
    what: 'a field that nobody knows',
    at: atGet,
    change: (body) => {
      body.createdAt = '2026-01-01'
    },
    finds: [['missing createdAt', null]],
  },
  {
    what: 'an unknown field of the elements',
    at: atList,
    change: (body) => {
      for (const item of body.items) item.unit.level = 3
    },
    finds: [['missing items[].unit.level', null]],
  },
  {
    what: 'another type',
    at: atUnits,
    change: (body) => {
      body.results[0].level = '3'
    },
    finds: [['type results[].level', 'U12']],
  },
  {
    what: 'null for an object',
    at: atGet,
    change: (body) => {
      body.accountLink = null
    },
    finds: [['type accountLink', '23']],
  },
  {
    what: 'a null page token',
    at: atList,
    change: (body) => {
      body.paginationContext.nextToken = null
    },
    finds: [['missing paginationContext.nextToken', '29']],
  },
  {
    what: 'another stage',
    at: atGet,
    change: (body) => {
      body.skill.stage = 'development'
    },
    finds: [['value skill.stage', '17']],
  },
  {
    what: 'another spelling of the skill',
    at: atGet,
    change: (body) => {
      body.skill.id = body.skill.id.replace('ask', 'alexa')
    },
    finds: [['value skill.id', '1']],
  },
  {
    what: 'another link',
    at: atGet,
    // It says that the skill links no accounts.
    catalog: hospitalCatalog,
    change: (body) => {
      body.accountLink.status = 'LINKED'
    },
    finds: [['value accountLink.status', '23']],
  },
  {
    what: 'another status of a record',
    at: atGet,
    change: (body) => {
      body.status = 'DISABLING'
    },
    finds: [['value status', '31']],
  },
  {
    what: 'the elements of batch get in another order',
    at: atBatchGet,
    change: (body) => body.results.reverse(),
    finds: [['order results', 'T4']],
  },
  {
    what: 'errors in another order',
    at: atBatch,
    change: (body) => body.errors.reverse(),
    finds: [['order errors', '32']],
  },
  {
    what: 'locales in another order',
    at: atBatchGet,
    change: (body) =>
      body.results[0].enablements
        .find((one: Body) => one.nameFreeInvocation)
        .nameFreeInvocation.locales.reverse(),
    finds: [['order results[].enablements[].nameFreeInvocation.locales', 'T7']],
  },
  {
    what: 'the error code as the page misspells it',
    at: atBatch,
    change: (body) => {
      for (const error of body.errors) {
        error.erorrCode = error.errorCode
        delete error.errorCode
      }
    },
    finds: [
      ['missing errors[].erorrCode', 'C4'],
      ['extra errors[].errorCode', 'C4'],
    ],
  },
  {
    what: 'an item ID as text',
    at: atBatch,
    change: (body) => {
      body.errors[0].itemId = '1'
    },
    finds: [['type errors[].itemId', '35']],
  },
  {
    what: 'another form of an error',
    at: atBatch,
    change: (_, a) => Object.assign(a, { body: { type: 'INVALID_PARAM', message: 'x' } }),
    finds: [
      ['missing type', 'C10'],
      ['missing message', 'C10'],
      ['extra errors', '39'],
    ],
  },
  {
    what: 'no request ID',
    at: atGet,
    change: (_, { headers }) => delete headers['x-amzn-requestid'],
    finds: [['extra header x-amzn-requestid', 'A2']],
  },
  {
    what: 'another content type',
    at: atGet,
    change: (_, { headers }) => Object.assign(headers, { 'content-type': 'text/json' }),
    finds: [['value header content-type', 'A3']],
  },
  {
    what: 'no JSON',
    at: atGet,
    change: (_, answer) =>
      Object.assign(answer, { body: '<html>', headers: { ...answer.headers, 'content-type': 'text/html' } }),
    finds: [
      ['value header content-type', 'A3'],
      ['type', null],
    ],
  },
]

describe('A changed answer of the upstream is found and named:', { concurrency: 2 }, () => {
  for (const { what, at, change, finds, catalog } of alterations)
    test(what, async (t) => {
      let struck = 0
      const recorder = await startRecorder(t, {
        before: (url) =>
          startAlteringProxy(url, (answer, asked) => {
            if (!isAt(at, asked)) return
            struck += 1
            change(answer.body, answer)
          }),
      })
      await makeCalls(recorder)
      await recorder.stop()
      assert.equal(struck, 1, 'The answer that is changed is not there, or there several times.')
      const { differences, totals } = await replay(recorder.file, { catalog })
      assert.deepEqual(
        differences.map(({ kind, place, row }) => [`${kind} ${place}`.trim(), row]),
        finds,
      )
      assert.equal(totals.different, 1)
      for (const { method, path } of differences) assert.ok(isAt(at, { method, path }), `${method} ${path}`)
    })
})

function isAt([method, end]: Alteration['at'], asked: Pick<Asked, 'method' | 'path'>): boolean {
  return asked.method === method && asked.path.endsWith(end)
}

async function makeCalls({ send, service }: Recorder): Promise<void> {
  // The unit and the role of the client are known then.
  await send('GET', `/v2/units/${room}`)
  await send('POST', enablements(nurseCall), { body: { unitId: room, stage: 'live' } })
  const nameFreeInvocationRequest = { locales: ['en-US', 'es-US'] }
  await send('POST', enablements(roomLights), {
    body: { unitId: room, stage: 'live', nameFreeInvocationRequest },
  })
  await send('POST', enablements(radio), { body: { unitId: otherRoom, stage: 'live' } })
  service.clock.moveBy(5000)
  await send('GET', enablements(nurseCall) + ofUnit(room))
  await send('GET', list + ofUnit(room))
  const bad = [
    { itemId: 1, unitId: unknownUnit, stage: 'live' },
    { itemId: 2, unitId: room, stage: 'never' },
  ]
  await send('POST', `${enablements(menu)}/batch`, { body: { items: bad } })
  const items = [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId }))
  await send('POST', `${list}/batchGet`, { body: { items, expand: ['nameFreeInvocation'] } })
  await send('GET', `/v2/units?parentId=${ward}&expand=all`)
  await send('DELETE', enablements(nurseCall) + ofUnit(room))
}
