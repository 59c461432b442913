import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { startControlled } from '../support/controlled.ts'

const { room, otherRoom, ward, nurseCall, menu } = hospital
const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`

describe('A restore', () => {
  test('under load lets no request fail: those that come meanwhile wait', async (t) => {
    const { ask, control, create, token } = await startControlled(t)
    const base = await create({ id: 'w' })
    const accessToken = await token(base)
    const here = (method: string, path: string, body?: unknown) => control(method, path, body, base)
    const call = (method: string, path: string, body?: unknown) =>
      ask(method, base + path, { token: accessToken, body })
    const enable = (unitId: string, skillId: string) =>
      call('POST', pathOf(skillId), { unitId, stage: 'live' })
    await enable(room, nurseCall)
    const { body: snapshot } = await here('POST', '/snapshots', {})
    let isOver = false
    const statuses = new Map<string, number>()
    const count = (what: string, { status }: { status: number }) => {
      const key = `${what} ${status}`
      statuses.set(key, (statuses.get(key) ?? 0) + 1)
    }
    const lane = async (what: string, ask: (at: number) => Promise<{ status: number }>) => {
      for (let at = 0; !isOver; at += 1) count(what, await ask(at))
    }
    const units = [room, otherRoom, ward]
    const lanes = [
      lane('enable', (at) => enable(units[at % 3] ?? room, menu)),
      lane('enable', (at) => enable(units[at % 3] ?? room, nurseCall)),
      lane('disable', (at) => call('DELETE', `${pathOf(menu)}?unitId=${units[at % 3]}`)),
      lane('list', () => call('GET', `/v1/skills/enablements?unitId=${room}`)),
      lane('batch', () =>
        call('POST', `${pathOf(menu)}/batch`, {
          items: units.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })),
        }),
      ),
      lane('token', async () => {
        await token(base)
        return { status: 200 }
      }),
      lane('ready', () => call('GET', '/readyz')),
      lane('refused', () => call('GET', `${pathOf(nurseCall)}?unitId=${hospital.unknownUnit}`)),
      lane('clock', () => here('GET', '/clock')),
      lane('release', () => here('POST', '/activation/release', {})),
      lane('stored', () => here('GET', `/enablements?unitId=${room}&skillId=${nurseCall}`)),
      lane('mint', () => here('POST', '/tokens', { clientId: hospital.admin })),
      lane('advance', () => here('POST', '/clock/advance', { by: 'PT0.1S' })),
    ]
    for (let round = 0; round < 30; round += 1) {
      count('restore', await here('POST', `/snapshots/${snapshot.id}/restore`))
      count('snapshot', await here('POST', '/snapshots', {}))
      if (round % 10 === 9) count('reset', await here('POST', '/reset', { to: 'empty' }))
    }
    isOver = true
    await Promise.all(lanes)
    const failed = [...statuses.keys()].filter((key) => !/ (20[0-4]|404)$/.test(key))
    assert.deepEqual(failed, [], JSON.stringify([...statuses]))
    // Every kind of request got through.
    for (const key of [
      'enable 201',
      'disable 204',
      'list 200',
      'batch 202',
      'token 200',
      'restore 204',
      'advance 200',
    ])
      assert.ok((statuses.get(key) ?? 0) > 0, `${key} in ${JSON.stringify([...statuses])}`)
    await here('POST', `/snapshots/${snapshot.id}/restore`)
    const { body } = await call('GET', `/v1/skills/enablements?unitId=${room}`)
    assert.deepEqual(
      body.items.map(({ skill }: { skill: { id: string } }) => skill.id),
      [nurseCall],
    )
  })
})
