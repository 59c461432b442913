import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { type OperatorService, skill, startOperatorService, unit } from '../support/operator.ts'
import { operatorToken, startService } from '../support/service.ts'

describe('The operations log', () => {
  test('tells each change with who, when and the request it goes back to', async (t) => {
    const service = await startOperatorService(t, { activationDelayMs: 60_000 })
    const { enabled, disabled } = await enableAndDisable(service)
    const log = await service.ask('GET', `/operations?unitId=${unit('R101')}&order=oldest`)
    assert.equal(log.status, 200)
    const told = log.body.items
    assert.deepEqual(
      told.map(({ id, at, effectiveAt, detail, ...entry }) => entry),
      [
        { requestId: enabled, operation: 'enable', outcome: 'accepted', ...what },
        { requestId: disabled, operation: 'disable', outcome: 'done', ...what },
      ],
    )
    assert.deepEqual(
      told.map(({ at, effectiveAt }) => effectiveAt && Date.parse(effectiveAt) - Date.parse(at)),
      [60_000, undefined],
    )
    assert.ok(told.every(({ at }) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(at)))
  })

  test('finds the entries of one request, of one operation, with one outcome', async (t) => {
    const service = await startOperatorService(t, { activationDelayMs: 60_000 })
    const { disabled } = await enableAndDisable(service)
    const operations = async (query: string): Promise<string[]> => {
      const { body } = await service.ask('GET', `/operations?${query}`)
      return body.items.map((entry) => entry.operation)
    }
    assert.deepEqual(await operations(`requestId=${disabled}`), ['disable'])
    assert.deepEqual(await operations('operation=catalog'), ['catalog'])
    assert.deepEqual(await operations('outcome=accepted'), ['enable'])
    assert.deepEqual(await operations(`skillId=${skill('other')}`), [])
    assert.deepEqual(await operations(`organizationId=${unit('ORG1')}&operation=disable`), ['disable'])
  })

  test('is narrowed to who did it, from one time on and before another', async (t) => {
    const service = await startService(t)
    const path = `/v1/skills/${hospital.nurseCall}/enablements`
    const begin = service.clock.now()
    const clients = [hospital.admin, hospital.wardAdmin, hospital.admin]
    for (const clientId of clients) {
      service.clock.moveBy(60_000)
      const token = await service.token(clientId)
      await service.call('POST', path, { token, body: { unitId: hospital.room, stage: 'live' } })
    }
    const at = (minutes: number) => new Date(begin + minutes * 60_000).toISOString()
    const rows: readonly [query: string, minutes: number[]][] = [
      [`actor=${hospital.admin}`, [3, 1]],
      [`actor=${hospital.wardAdmin}`, [2]],
      ['actor=nobody', []],
      [`since=${at(2)}`, [3, 2]],
      [`until=${at(2)}`, [1]],
      [`since=${at(2)}&until=${at(3)}`, [2]],
      [`since=${at(3).replace(':00.000Z', 'Z')}`, [3]],
      [`since=${at(2)}&actor=${hospital.admin}&outcome=done`, [3]],
      [`since=${at(4)}`, []],
    ]
    const find = (query: string) =>
      service.call('GET', `/_skillkeeper/operations?operation=enable&${query}`, { token: operatorToken })
    for (const [query, minutes] of rows) {
      const found: { items: { at: string }[] } = JSON.parse((await find(query)).text)
      assert.deepEqual(
        found.items.map((entry) => entry.at),
        minutes.map(at),
        query,
      )
    }
    for (const query of [
      'since=now',
      'until=2026-02-30T00:00Z',
      `since=${at(2)}&until=${at(2)}`,
      'actor=a%20b',
    ]) {
      assert.equal((await find(query)).status, 400, query)
    }
  })

  test('comes in pages, the newest first unless asked otherwise', async (t) => {
    const service = await startOperatorService(t)
    await enableAndDisable(service)
    const ids = async (order: string): Promise<string[]> => {
      const all: string[] = []
      for (let after = ''; ; ) {
        const { body } = await service.ask('GET', `/operations?maxResults=1${order}${after}`)
        all.push(...body.items.map((entry) => entry.id))
        if (body.paginationContext.after === undefined) return all
        after = `&after=${body.paginationContext.after}`
      }
    }
    const newest = await ids('')
    assert.ok(newest.length >= 3)
    assert.deepEqual(newest, [...newest].sort().reverse())
    assert.deepEqual(await ids('&order=oldest'), [...newest].reverse())
  })

  test('refuses a filter that it does not know', async (t) => {
    const service = await startOperatorService(t)
    for (const query of ['operation=dance', 'outcome=maybe', 'order=random', 'unitId=x', 'maxResults=1000']) {
      assert.equal((await service.ask('GET', `/operations?${query}`)).status, 400, query)
    }
  })
})

const what = {
  actor: 'nurse-station',
  organizationId: unit('ORG1'),
  unitId: unit('R101'),
  skillId: skill('call'),
}

async function enableAndDisable(service: OperatorService): Promise<{ enabled: string; disabled: string }> {
  const token = await service.tokenOf('nurse-station', 'the secret of the nurse station')
  const path = `/v1/skills/${skill('call')}/enablements`
  const enabled = await service.call(token, 'POST', path, { unitId: unit('R101'), stage: 'live' })
  const disabled = await service.call(token, 'DELETE', `${path}?unitId=${unit('R101')}`)
  assert.equal(disabled.status, 204)
  return { enabled: enabled.requestId, disabled: disabled.requestId }
}
