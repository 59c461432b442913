import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { RefusalView } from '../../src/protocol/refusals.ts'
import { hospital, unit } from '../support/catalogs.ts'
import { commandLineOf, startCommandLine } from '../support/command-line.ts'
import { startService } from '../support/service.ts'

const { nurseCall, room, otherRoom, organization, ward } = hospital
const largeWard = unit('LARGE-WARD')
/** So that what is told by the clock of this machine, such as an hour ago, comes after it. */
const longAgo = Date.UTC(2020, 0, 1)

describe('The command line, for the operator,', { concurrency: 2 }, () => {
  test('shows what the catalog has, page after page', async (t) => {
    const { run } = await startCommandLine(t, 130)
    const organizations = await run(['catalog', 'show', 'organizations'])
    assert.match(organizations.stdout, /^NAME +SOLUTION +COUNTRY +ID\n/)
    assert.match(organizations.stdout, /^Hospital +healthcare +US +\S+HOSPITAL$/m)
    const wards = await run(['catalog', 'show', 'units', organization, '--output', 'csv'])
    assert.equal(wards.stdout, `name,level,unitId\nLarge ward,1,${largeWard}\nWard,1,${ward}\n`)
    const rooms = await run(['catalog', 'show', 'units', largeWard, '--output', 'json'])
    assert.equal(JSON.parse(rooms.stdout).length, 130)
    assert.match((await run(['catalog', 'show', 'skills'])).stdout, /Nurse call/)
    assert.doesNotMatch((await run(['catalog', 'show', 'clients', '--output', 'json'])).stdout, /secret of/)
  })

  test('adds to the catalog, and tells every problem of a file that is wrong', async (t) => {
    const { run, write } = await startCommandLine(t)
    write('more.json', '{"skills":[{"id":"amzn1.ask.skill.new","name":"New","stages":["live"]}]}')
    const added = await run(['catalog', 'add', 'more.json', '--output', 'json'])
    assert.equal(added.exitCode, 0, added.stderr)
    assert.match(added.stderr, /^1 records of more\.json were added or changed\.\n/)
    write('wrong.json', '{"skills":[{"id":"x","name":"New","stages":[]}]}')
    const refused = await run(['catalog', 'add', 'wrong.json'])
    assert.equal(refused.exitCode, 1)
    assert.match(refused.stderr, /skills\[0\]\.id[\s\S]*skills\[0\]\.stages/)
    assert.equal((await run(['catalog', 'add', 'none.json'])).exitCode, 2)
  })

  test('saves the catalog as a file that adds nothing, changes one record and makes a new secret', async (t) => {
    const { run, folder } = await startCommandLine(t)
    const saved = await run(['catalog', 'save', 'saved.json'])
    assert.equal(saved.exitCode, 0, saved.stderr)
    const text = readFileSync(path.join(folder, 'saved.json'), 'utf8')
    assert.equal((await run(['catalog', 'save'])).stdout, text)
    assert.match(text, /"secret": \{\s+"stored": true\s+\}/)
    assert.match((await run(['catalog', 'check', 'saved.json'])).stdout, /is a valid catalog/)
    assert.match((await run(['catalog', 'add', 'saved.json'])).stderr, /^0 records/)

    const changed = await run(['catalog', 'change', 'skill', nurseCall, '{"name": "Call a nurse"}'])
    assert.equal(JSON.parse(changed.stdout).name, 'Call a nurse')
    const refused = await run(['catalog', 'change', 'client', hospital.admin, '{"colour": "red"}'])
    assert.equal(refused.exitCode, 1)
    assert.match(refused.stderr, /A property is unknown/)
    assert.equal((await run(['catalog', 'change', 'client', hospital.admin, '{'])).exitCode, 2)
    assert.equal((await run(['catalog', 'change', 'room', hospital.room, '{}'])).exitCode, 2)

    const secret = await run(['catalog', 'secret', hospital.admin])
    assert.match(secret.stdout, /^[\w-]{43}\n$/)
    assert.equal((await run(['catalog', 'secret', 'nobody'])).exitCode, 1)
  })

  test('shows the newest entries of the operations log, filtered', async (t) => {
    const { run, service } = await startCommandLine(t)
    const token = await service.token(hospital.admin)
    for (const unitId of [room, otherRoom]) {
      await service.call('POST', `/v1/skills/${nurseCall}/enablements`, {
        token,
        body: { unitId, stage: 'live' },
      })
    }
    const { stdout } = await run(['operations', '--operation', 'enable', '--last', '1', '--output', 'json'])
    const [entry, ...others] = JSON.parse(stdout)
    assert.deepEqual([entry.unitId, entry.actor, others], [otherRoom, hospital.admin, []])
    const table = await run(['operations', '--unit', room])
    assert.match(table.stdout, new RegExp(`enable +accepted .*${room}`))
  })

  test('narrows the operations log to who did it, and to a time', async (t) => {
    const { run, service } = commandLineOf(t, await startService(t, { startAt: longAgo }))
    const token = await service.token(hospital.admin)
    const begin = service.clock.now()
    for (const unitId of [room, otherRoom]) {
      service.clock.moveBy(60_000)
      await service.call('POST', `/v1/skills/${nurseCall}/enablements`, {
        token,
        body: { unitId, stage: 'live' },
      })
    }
    const units = async (...options: string[]) => {
      const { stdout, stderr } = await run([
        'operations',
        '--operation',
        'enable',
        '--output',
        'json',
        ...options,
      ])
      assert.equal(stderr, '')
      return JSON.parse(stdout).map((entry: { unitId: string }) => entry.unitId)
    }
    const at = (minutes: number) => new Date(begin + minutes * 60_000).toISOString()
    assert.deepEqual(await units('--actor', hospital.admin), [room, otherRoom])
    assert.deepEqual(await units('--actor', 'operator'), [])
    assert.deepEqual(await units('--since', at(2)), [otherRoom])
    assert.deepEqual(await units('--until', at(2)), [room])
    assert.deepEqual(await units('--since', at(1), '--until', at(2), '--outcome', 'accepted'), [room])
    assert.deepEqual(await units('--since', '1d'), [])
    assert.deepEqual(await units('--since', at(0).slice(0, 10), '--until', '1s'), [room, otherRoom])
  })

  test('shows what was refused, and why', async (t) => {
    const { run, service } = commandLineOf(t, await startService(t, { startAt: longAgo }))
    const token = await service.token(hospital.admin)
    const refused = await service.call('POST', `/v1/skills/${nurseCall}/enablements`, {
      token,
      body: { unitId: room, stage: 'LIVE' },
    })
    const items = [{ itemId: 7, unitId: hospital.unknownUnit, stage: 'live' }]
    await service.call('POST', `/v1/skills/${nurseCall}/enablements/batch`, { token, body: { items } })
    const { stdout } = await run(['refusals', '--output', 'json'])
    const kept: RefusalView[] = JSON.parse(stdout)
    assert.deepEqual(
      kept.map(({ operation, reason, itemId }) => [operation, reason, itemId]),
      [
        ['enable', 'request', undefined],
        ['batch_enable', 'unit', 7],
      ],
    )
    const requestId = refused.headers.get('x-amzn-requestid') ?? ''
    const rows: readonly [options: string[], count: number][] = [
      [['--unit', room], 1],
      [['--unit', otherRoom], 0],
      [['--request', requestId], 1],
      [['--skill', nurseCall, '--client', hospital.admin], 2],
      [['--operation', 'batch_enable', '--code', 'INVALID_PARAM', '--reason', 'unit'], 1],
      [['--last', '1'], 1],
      [['--since', '1d'], 0],
    ]
    for (const [options, count] of rows) {
      const shown = await run(['refusals', '--output', 'json', ...options])
      assert.equal(JSON.parse(shown.stdout).length, count, options.join(' '))
    }
    const table = await run(['refusals', '--unit', room])
    assert.match(table.stdout, /^AT +OPERATION +CODE +REASON +CALLER +/)
    assert.match(table.stdout, /stage is missing or invalid/)
  })

  test('takes no time that there is not', async (t) => {
    const { run } = await startCommandLine(t)
    for (const time of ['yesterday', '2026-02-31', '2026-13-01', '2026-01-01T25:00', '5', '5w', '-1h', '']) {
      const { exitCode, stderr } = await run(['refusals', '--since', time])
      assert.equal(exitCode, 2, time)
      assert.match(stderr, /Allowed: 15m, 2h or 7d ago, or a time \(UTC\)/)
    }
  })

  test('follows the operations log until it is stopped', async (t) => {
    const { start, service } = await startCommandLine(t)
    const token = await service.token(hospital.admin)
    const enable = (unitId: string) =>
      service.call('POST', `/v1/skills/${nurseCall}/enablements`, { token, body: { unitId, stage: 'live' } })
    await enable(room)
    const followed = start(['operations', '--operation', 'enable', '--follow', '--output', 'json'])
    const shown = async (unitId: string) => {
      while (!followed.stdout().includes(unitId)) await new Promise((resolve) => setImmediate(resolve))
    }
    await shown(room)
    await enable(otherRoom)
    await shown(otherRoom)
    followed.process.kill('SIGINT')
    await followed.ended
    assert.equal(followed.stdout().trim().split('\n').length, 2)
  })

  test('needs the token of the operator', async (t) => {
    const { run, service } = await startCommandLine(t)
    const none = await run(['operations'], { env: { SKILLKEEPER_OPERATOR_TOKEN: '' } })
    assert.equal(none.exitCode, 2)
    assert.match(none.stderr, /SKILLKEEPER_OPERATOR_TOKEN=\$\(cat /)
    const wrong = await run(['operations'], { env: { SKILLKEEPER_OPERATOR_TOKEN: 'not-the-right-token' } })
    assert.equal(wrong.exitCode, 1)
    assert.match(wrong.stderr, /refused it with 401/)
    const amazon = await run(['operations', '--region', 'NA'], { env: { SKILLKEEPER_ENDPOINT: '' } })
    assert.match(amazon.stderr, /Amazon's service does not support this command/)
    assert.ok(service.url)
  })
})
