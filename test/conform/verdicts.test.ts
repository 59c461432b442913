import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/conform/exchange.ts'
import { createRecording } from '../../src/conform/proxy/recording.ts'
import { identityOf } from '../../src/conform/verdict/difference.ts'
import { rowOf, rules } from '../../src/conform/verdict/ledger.ts'
import { Report } from '../../src/conform/verdict/report.ts'
import { type Altered, type Asked, startAlteringProxy } from '../support/altering-proxy.ts'
import { hospital, hospitalCatalog, unit } from '../support/catalogs.ts'
import { enablements, ofUnit, type Recorder, replay, startRecorder } from '../support/conform.ts'
import { temporaryFolder } from '../support/program.ts'

const { menu, nurseCall, otherRoom, pharmacy, radio, room, roomLights } = hospital
const list = '/v1/skills/enablements'
const live = (unitId: string) => ({ body: { unitId, stage: 'live' } })

describe('Not comparable is', () => {
  test('what capacity decided: 429 and 5xx, and no answer at all', async (t) => {
    const statuses = [429, 500, 502, 503]
    const recorder = await recorderWith(t, (answer) => {
      answer.status = statuses.shift() ?? 200
    })
    for (let calls = 0; calls < 4; calls++) await recorder.send('GET', list + ofUnit(room))
    assert.deepEqual(
      await reasonsOf(recorder),
      [429, 500, 502, 503].map((status) => `The capacity of the upstream decided: ${status}.`),
    )
  })

  test('a status that time changes, and nothing else of its record', async (t) => {
    const recorder = await recorderWith(t, (answer, { method }) => {
      const body = answer.body as { status: string; stage?: string }
      if (method === 'GET') body.status = 'ENABLING'
      if (recorder.proxy.totals.passed > 2) body.stage = 'more'
    })
    await recorder.send('POST', enablements(nurseCall), live(room))
    recorder.service.clock.moveBy(5000)
    await recorder.send('GET', enablements(nurseCall) + ofUnit(room))
    await recorder.send('GET', enablements(nurseCall) + ofUnit(room))
    await recorder.send('GET', enablements(nurseCall) + ofUnit(room))
    await recorder.stop()
    const { totals, notComparable, differences } = await replay(recorder.file)
    assert.deepEqual(totals, { exchanges: 4, same: 1, different: 1, known: 0, notComparable: 2 })
    assert.match(notComparable[0]?.reason ?? '', /^Time decides/)
    assert.deepEqual(
      differences.map(({ place, row }) => [place, row]),
      [['stage', null]],
    )
  })

  test('what differs on a unit after a write of which nobody knows whether it was done', async (t) => {
    const recorder = await recorderWith(t, (answer, { method, path }) => {
      if (method === 'POST' && path.includes(nurseCall)) answer.status = 503
    })
    const { send } = recorder
    await send('GET', list + ofUnit(room))
    await send('POST', enablements(nurseCall), live(room))
    await send('GET', list + ofUnit(otherRoom))
    await send('POST', enablements(menu), live(otherRoom))
    await send('DELETE', enablements(menu) + ofUnit(room))
    await send('GET', list + ofUnit(room))
    await recorder.stop()
    const { totals, differences } = await replay(recorder.file)
    assert.deepEqual(differences, [])
    assert.deepEqual([totals.exchanges, totals.different], [6, 0])
  })

  test('an item of a skill that no answer shows, wherever an item without an ID stands beside it', async (t) => {
    const recorder = await startRecorder(t)
    const noId = { unitId: room }
    const [one, two] = [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId }))
    for (const unitId of [room, otherRoom]) await recorder.send('GET', list + ofUnit(unitId))
    const lists = [
      [one, noId],
      [noId, one],
      [one, noId, two, noId],
      [one, two, noId],
    ]
    for (const items of lists)
      await recorder.send('POST', `${enablements(menu)}/batchDelete`, { body: { items } })
    await recorder.stop()
    const { totals, differences } = await replay(recorder.file)
    assert.deepEqual(differences, [])
    assert.deepEqual([totals.exchanges, totals.different], [2 + lists.length, 0])
  })

  test('a page whose token is older than the recording', async (t) => {
    const recorder = await startRecorder(t)
    const { send, service, tokens } = recorder
    for (const skill of [nurseCall, roomLights, menu])
      await service.call('POST', enablements(skill), { token: tokens.admin, ...live(room) })
    const path = `${list}${ofUnit(room)}&maxResults=1`
    const first = await service.call('GET', path, { token: tokens.admin })
    const token = first.body.paginationContext.nextToken
    await send('GET', `${path}&nextToken=${token}`)
    const [reason] = await reasonsOf(recorder)
    assert.match(reason ?? '', /older than the recording/)
  })

  test('a code that the token server of the skill refused', async (t) => {
    const recorder = await startRecorder(t)
    const accountLinkRequest = { redirectUri: 'https://localhost/', authCode: 'x', type: 'AUTH_CODE' }
    await recorder.send('POST', enablements(menu), {
      body: { unitId: room, stage: 'live', accountLinkRequest },
    })
    const [reason] = await reasonsOf(recorder)
    assert.match(reason ?? '', /authorization code/)
  })
})

describe('The fresh service gets what the calls show:', () => {
  test('enablements that were there before, in every stage, linked and not, with their locales', async (t) => {
    const recorder = await recorderWith(t, (answer) => {
      const { items } = (answer.body ?? {}) as {
        items?: { skill: { id: string }; accountLink: { status: string } }[]
      }
      for (const item of items ?? []) if (item.skill.id === radio) item.accountLink.status = 'LINKED'
    })
    const { send, service, tokens, stop, file } = recorder
    const token = tokens.admin
    const nameFreeInvocationRequest = { locales: ['de-DE'] }
    await service.call('POST', enablements(nurseCall), {
      token,
      body: { unitId: room, stage: 'development', nameFreeInvocationRequest },
    })
    await service.call('POST', enablements(radio), { token, ...live(room) })
    const items = [{ itemId: 1, unitId: room, stage: 'certification' }]
    await service.call('POST', `${enablements(menu)}/batch`, { token, body: { items } })
    service.clock.moveBy(5000)
    await send('GET', `${list}${ofUnit(room)}&expand=nameFreeInvocation`)
    await send('DELETE', enablements(menu) + ofUnit(room))
    await send('GET', `${list}${ofUnit(room)}&expand=nameFreeInvocation`)
    await send('GET', `${list}/../${menu}/enablements${ofUnit(room)}`)
    await stop()
    const { totals, differences } = await replay(file)
    assert.deepEqual(differences, [])
    assert.equal(totals.same, 4)
  })

  test('and what they showed first counts: what they show later against it is a difference', async (t) => {
    let gets = 0
    const recorder = await recorderWith(t, (answer, { method }) => {
      if (method !== 'GET') return
      gets += 1
      if (gets === 2) Object.assign(answer, { status: 404, body: { type: 'NOT_FOUND', message: 'x' } })
    })
    const { send } = recorder
    await send('POST', enablements(nurseCall), live(room))
    recorder.service.clock.moveBy(5000)
    for (let times = 0; times < 3; times++) await send('GET', enablements(nurseCall) + ofUnit(room))
    await recorder.stop()
    const { totals, differences } = await replay(recorder.file)
    assert.deepEqual([totals.same, totals.different], [3, 1])
    assert.deepEqual(
      differences.map(({ kind, expected, actual, row }) => [kind, expected, actual, row]),
      [['status', '404', '200', '24']],
    )
  })

  test('a catalog says what they cannot: no address in it is called', async (t) => {
    const recorder = await recorderWith(t, (answer, { method, path }) => {
      // The code is good for the upstream.
      if (method !== 'POST' || !path.includes(pharmacy)) return
      const record = { skill: { id: pharmacy, stage: 'live' }, unit: { id: room }, status: 'ENABLING' }
      Object.assign(answer, { status: 201, body: { ...record, accountLink: { status: 'LINKED' } } })
    })
    const accountLinkRequest = { redirectUri: 'https://localhost/', authCode: 'good', type: 'AUTH_CODE' }
    await recorder.send('POST', enablements(pharmacy), {
      body: { unitId: room, stage: 'live', accountLinkRequest },
    })
    await recorder.stop()
    const { differences, totals } = await replay(recorder.file, { catalog: hospitalCatalog })
    assert.deepEqual(differences, [])
    assert.equal(totals.same, 1)
  })

  test('a record that the service cannot have is reported, and ends nothing', async (t) => {
    const recorder = await recorderWith(t, (answer, { path }) => {
      if (!path.startsWith(list)) return
      const { items } = answer.body as { items: object[] }
      items.push({
        skill: { id: menu, stage: 'live' },
        unit: { id: room },
        nameFreeInvocation: { locales: ['not a locale'] },
      })
    })
    await recorder.send('GET', list + ofUnit(room))
    await recorder.send('GET', enablements(menu) + ofUnit(otherRoom))
    const [reason] = await reasonsOf(recorder)
    assert.match(reason ?? '', /cannot have what the answer shows/)
  })
})

describe('Pages of one list', () => {
  /** The upstream shows its records in the opposite order. */
  const reversed = async (url: string) => {
    const turn = async (answer: Altered, { path, headers }: Asked) => {
      const query = new URL(path, url).searchParams
      if (query.get('maxResults') !== '2') return
      const own = { authorization: String(headers.authorization) }
      const all = await fetch(`${url}${list}${ofUnit(room)}`, { headers: own })
      const { items } = (await all.json()) as { items: object[] }
      const from = Number(query.get('nextToken')?.slice('page-'.length) ?? 0)
      const next = from + 2 < items.length ? { nextToken: `page-${from + 2}` } : {}
      answer.status = 200
      answer.body = { paginationContext: next, items: items.toReversed().slice(from, from + 2) }
    }
    return await startAlteringProxy(url, turn)
  }

  async function readPages({ send, service, tokens }: Recorder, pages: number): Promise<void> {
    for (const skill of [nurseCall, roomLights, menu, radio]) {
      service.clock.moveBy(1)
      await service.call('POST', enablements(skill), { token: tokens.admin, ...live(room) })
    }
    service.clock.moveBy(5000)
    await send('GET', list + ofUnit(room))
    for (let page = 0; page < pages; page++)
      await send(
        'GET',
        `${list}${ofUnit(room)}&maxResults=2${page === 0 ? '' : `&nextToken=page-${2 * page}`}`,
      )
  }

  test('may have their records in any order', async (t) => {
    const recorder = await startRecorder(t, { before: reversed })
    await readPages(recorder, 2)
    await recorder.stop()
    const { totals, differences } = await replay(recorder.file)
    assert.deepEqual(differences, [])
    assert.deepEqual(totals, { exchanges: 3, same: 3, different: 0, known: 0, notComparable: 0 })
  })

  test('cannot be compared without the last one', async (t) => {
    const recorder = await startRecorder(t, { before: reversed })
    await readPages(recorder, 1)
    const [reason] = await reasonsOf(recorder)
    assert.match(reason ?? '', /no order is promised/)
  })
})

describe('A report', () => {
  const difference = {
    operation: 'getEnablement',
    status: 200,
    kind: 'value',
    place: 'x',
    expected: '1',
    actual: '2',
  } as const
  const exchange: Exchange = {
    at: '2026-01-01T12:00:00.000Z',
    request: { method: 'GET', path: `/v1/skills/enablements${ofUnit(unit('A'))}`, headers: {} },
    response: { status: 200, headers: {} },
  }

  test('has each difference once, and its totals add up whatever comes later', () => {
    const report = new Report([{ ...difference, place: 'known' }])
    report.add(exchange, [difference, difference])
    report.add(exchange, [difference, { ...difference, place: 'known' }])
    report.add(exchange, [{ ...difference, place: 'known' }])
    report.add(exchange, []).giveUp('late')
    const late = report.add(exchange, [])
    late.add([{ ...difference, place: 'late' }])
    late.giveUp('later still')
    report.add(exchange, [], 'a reason')
    report.add(exchange, [])
    const { totals, differences, notComparable } = report.content()
    assert.deepEqual(totals, { exchanges: 7, same: 1, different: 3, known: 1, notComparable: 2 })
    assert.deepEqual(
      differences.map(({ place, isKnown }) => [place, isKnown]),
      [
        ['x', false],
        ['late', false],
        ['known', true],
      ],
    )
    assert.deepEqual(notComparable, [
      { reason: 'late', exchanges: 1 },
      { reason: 'a reason', exchanges: 1 },
    ])
    assert.equal(new Set(differences.map(identityOf)).size, 3)
  })

  test('names only rows that the ledger has, and none where nothing is decided', () => {
    const ledger = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')
    const missing = rules.filter(({ row }) => !ledger.includes(`\n| ${row} |`)).map(({ row }) => row)
    assert.deepEqual(missing, [])
    assert.equal(rowOf({ ...difference, place: 'items[].createdAt' }), undefined)
  })
})

test('A recording of calls that are not of the API says so', async (t) => {
  const folder = temporaryFolder(t)
  const recording = createRecording(`${folder}/run.jsonl`, { upstream: 'x', at: 'x', allowsWrites: false })
  const request = { method: 'GET', headers: {} }
  const response = { status: 200, headers: {} }
  for (const path of ['/livez', '/_skillkeeper/keys', '/'])
    recording.write({ at: '2026-01-01T12:00:00.000Z', request: { ...request, path }, response })
  recording.close()
  const { notComparable } = await replay(`${folder}/run.jsonl`)
  assert.deepEqual(notComparable, [{ reason: 'The path is not one of the API.', exchanges: 3 }])
})

type Alter = (answer: Altered, asked: Asked) => void

function recorderWith(t: Parameters<typeof startRecorder>[0], alter: Alter): Promise<Recorder> {
  return startRecorder(t, { before: (url) => startAlteringProxy(url, alter) })
}

async function reasonsOf(recorder: Recorder): Promise<string[]> {
  await recorder.stop()
  const { notComparable, differences } = await replay(recorder.file)
  assert.deepEqual(differences, [])
  return notComparable.map(({ reason }) => reason)
}
