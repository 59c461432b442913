import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { catalogWithRooms, roomId } from '../support/clients.ts'
import { commandLineOf, startCommandLine } from '../support/command-line.ts'
import { startService } from '../support/service.ts'
import { startUnreliableProxy } from '../support/unreliable-proxy.ts'

const { nurseCall, menu, room, otherRoom, unknownUnit } = hospital
const rows = (count: number) => Array.from({ length: count }, (_, index) => roomId(index))

describe('skillkeeper batch', { concurrency: 2 }, () => {
  test('enables a skill in the units of a CSV, whose rows win over the options', async (t) => {
    const { run, write, service } = await startCommandLine(t, 250)
    const csv = rows(250).map((id, index) => `"Room, #${index}",${id},${index === 3 ? 'development' : ''}`)
    write('rooms.csv', ['name,room,stage', ...csv].join('\r\n'))
    const { exitCode, stdout, stderr } = await run([
      ...['batch', menu, '--file', 'rooms.csv', '--unit-column', 'room', '--stage', 'live'],
    ])
    assert.deepEqual(
      [exitCode, stdout, stderr],
      [0, '', 'rooms.csv: not used: the column name.\n250 units are accepted, 0 refused.\n'],
    )
    await service.settled()
    for (const [index, stage] of [
      [3, 'development'],
      [249, 'live'],
    ] as const) {
      const got = await run(['get', menu, roomId(index), '--output', 'json'])
      assert.deepEqual(JSON.parse(got.stdout).skill, { stage, id: menu })
    }
  })

  test('killed half-way and started again, it sends only what was not accepted', async (t) => {
    const { start, run, write, service, folder } = await startCommandLine(t, 500)
    write('rooms.txt', `# The rooms\n${rows(500).join('\n')}\n`)
    const proxy = await startUnreliableProxy(service.url)
    t.after(() => proxy.stop())
    // The token and two batches pass; the answer to the third never comes.
    proxy.plan('pass', 'pass', 'pass', 'hold')
    const args = ['batch', nurseCall, '--file', 'rooms.txt', '--concurrency', '1']
    const env = { SKILLKEEPER_ENDPOINT: proxy.url }
    const killed = start(args, { env })
    await proxy.held(1)
    killed.process.kill('SIGKILL')
    assert.equal(await killed.ended, 'SIGKILL')
    assert.ok(existsSync(path.join(folder, 'rooms.txt.progress')))

    const before = proxy.requests()
    const resumed = await run(args, { env })
    assert.equal(
      resumed.stderr,
      '200 units were accepted in an earlier run; continuing with the others.\n500 units are accepted, 0 refused.\n',
    )
    assert.equal(resumed.exitCode, 0)
    // A token and the three batches that are left.
    assert.equal(proxy.requests() - before, 4)
    assert.ok(!existsSync(path.join(folder, 'rooms.txt.progress')))
  })

  test('stopped by Ctrl-C it says how to go on, and ends with 130', async (t) => {
    const { start, write, service, folder } = await startCommandLine(t, 300)
    write('rooms.txt', rows(300).join('\n'))
    const proxy = await startUnreliableProxy(service.url)
    t.after(() => proxy.stop())
    proxy.plan('pass', 'pass', 'hold')
    const stopped = start(['batch', nurseCall, '--file', 'rooms.txt', '--concurrency', '1'], {
      env: { SKILLKEEPER_ENDPOINT: proxy.url },
    })
    await proxy.held(1)
    stopped.process.kill('SIGINT')
    assert.equal(await stopped.ended, 130)
    assert.equal(
      stopped.stderr(),
      '100 units are accepted, 0 refused, 200 not sent.\n  200 not sent: The batch stopped before this unit.\nskillkeeper: Stopped. Run the same command again to continue.\n',
    )
    assert.match(readFileSync(path.join(folder, 'rooms.txt.progress'), 'utf8'), /^[0-9a-f]{64}\n0-99\n$/)
  })

  test('does not go on with a journal of another batch, unless it is to begin anew', async (t) => {
    const { run, write } = await startCommandLine(t)
    write('rooms.txt', room)
    write('rooms.txt.progress', 'of another batch\n0-0\n')
    const refused = await run(['batch', nurseCall, '--file', 'rooms.txt'])
    assert.equal(refused.exitCode, 2)
    assert.match(refused.stderr, /rooms\.txt\.progress .* --restart/)
    const anew = await run(['batch', nurseCall, '--file', 'rooms.txt', '--restart'])
    assert.deepEqual([anew.exitCode, anew.stderr], [0, '1 units are accepted, 0 refused.\n'])
  })

  test('writes the units that are refused to a file that it takes again', async (t) => {
    const { run, write, folder } = await startCommandLine(t, 150)
    const missing = roomId(999)
    write(
      'rooms.csv',
      ['unitId,partitionName', ...rows(150).map((id) => `${id},`), `${missing},Room-9`].join('\n'),
    )
    const first = await run(['batch', nurseCall, '--file', 'rooms.csv'])
    assert.equal(first.exitCode, 5)
    assert.match(
      first.stderr,
      /^150 units are accepted, 1 refused\.\n {2}1: unitId is invalid: the unit … can't be found\.\n.*--retry-from rooms\.csv\.failed\.csv\n$/,
    )
    const failedFile = path.join(folder, 'rooms.csv.failed.csv')
    assert.equal(statSync(failedFile).mode & 0o777, 0o600)
    assert.equal(
      readFileSync(failedFile, 'utf8'),
      'unitId,stage,partitionName,redirectUri,authCode,locales,status,errorCode,errorDescription\n' +
        `${missing},,Room-9,,,,400,INVALID_PARAM,unitId is invalid: the unit ${missing} can't be found.\n`,
    )

    const again = await run(['batch', nurseCall, '--retry-from', 'rooms.csv.failed.csv'])
    assert.equal(again.exitCode, 5)
    assert.ok(existsSync(failedFile))
    write('catalog.json', JSON.stringify(catalogWithRooms(1000)))
    assert.equal((await run(['catalog', 'add', 'catalog.json'])).exitCode, 0)
    const third = await run(['batch', nurseCall, '--retry-from', 'rooms.csv.failed.csv'])
    assert.deepEqual([third.exitCode, third.stderr], [0, '1 units are accepted, 0 refused.\n'])
    assert.ok(!existsSync(failedFile))
  })

  test('takes units from standard input, and keeps those that could not be sent when the service goes away', async (t) => {
    const { run, service, folder } = await startCommandLine(t, 120)
    const input = `${rows(120).join('\n')}\n`
    const whole = await run(['batch', nurseCall, '--file', '-'], { input })
    assert.deepEqual([whole.exitCode, whole.stderr], [0, '120 units are accepted, 0 refused.\n'])
    const proxy = await startUnreliableProxy(service.url)
    t.after(() => proxy.stop())
    proxy.plan('pass', 'pass')
    proxy.otherwise(() => 'drop')
    const cut = await run(['batch', menu, '--file', '-', '--timeout', '1', '--concurrency', '1'], {
      input,
      env: { SKILLKEEPER_ENDPOINT: proxy.url },
    })
    assert.equal(cut.exitCode, 5)
    const kept = readFileSync(path.join(folder, 'units.failed.csv'), 'utf8').trim().split('\n')
    assert.equal(kept.length, 1 + 20)
  })

  test('disables a skill in many units, and list tells what is on in them', async (t) => {
    const { run, write, service } = await startCommandLine(t, 30)
    write(
      'rooms.csv',
      [
        'unitId,locales',
        `${roomId(0)},en-US es-US`,
        ...rows(30)
          .slice(1)
          .map((id) => `${id},`),
      ].join('\n'),
    )
    assert.equal((await run(['batch', nurseCall, '--file', 'rooms.csv'])).exitCode, 0)
    assert.equal((await run(['enable', menu, roomId(2)])).exitCode, 0)
    await service.settled()
    const on = await run(['list', '--file', 'rooms.csv', '--skill', nurseCall, '--output', 'json'])
    const enablements = JSON.parse(on.stdout)
    assert.deepEqual(
      enablements.map((one: { unit: { id: string } }) => one.unit.id),
      rows(30),
    )
    assert.deepEqual(enablements[0].nameFreeInvocation, { locales: ['en-US', 'es-US'] })

    const disabled = await run(['batch', nurseCall, '--file', 'rooms.csv', '--disable', '--stage', 'live'])
    assert.deepEqual([disabled.exitCode, disabled.stderr], [0, '30 units are accepted, 0 refused.\n'])
    const left = await run(['list', roomId(1), roomId(2), unknownUnit, '--output', 'csv'])
    assert.equal(
      left.stdout,
      `status,stage,accountLink,skillId,unitId\nENABLED,live,NOT_LINKED,${menu},${roomId(2)}\n`,
    )
    assert.equal(left.exitCode, 5)
    assert.match(
      left.stderr,
      new RegExp(`^2 of 3 units are listed, 1 refused, 0 not read\\.\n {2}1: .*\n {5}${unknownUnit}\n$`),
    )
    const wrong = await run(['batch', nurseCall, room, '--disable', '--wait'])
    assert.equal(wrong.exitCode, 2)
  })

  test('killed in the middle of trying again, it goes on too, and the file has what is left', async (t) => {
    const { start, run, write, service, folder } = await startCommandLine(t, 500)
    const missing = roomId(999)
    write('left.csv', ['unitId', ...[missing, ...rows(500)]].join('\r\n'))
    const proxy = await startUnreliableProxy(service.url)
    t.after(() => proxy.stop())
    // The token; the first batch without and with the unit that is refused; the second one.
    proxy.plan('pass', 'pass', 'pass', 'pass', 'hold')
    const args = ['batch', nurseCall, '--retry-from', 'left.csv', '--concurrency', '1']
    const env = { SKILLKEEPER_ENDPOINT: proxy.url }
    const killed = start(args, { env })
    await proxy.held(1)
    killed.process.kill('SIGKILL')
    assert.equal(await killed.ended, 'SIGKILL')
    const before = proxy.requests()
    const resumed = await run(args, { env })
    assert.equal(resumed.exitCode, 5)
    assert.match(
      resumed.stderr,
      /^199 units were accepted in an earlier run; .*\n500 units are accepted, 1 refused\.\n {2}1: .*\nThe units that were not accepted are in left\.csv\./,
    )
    // A token; a batch without and with the unit that is refused; three batches.
    assert.equal(proxy.requests() - before, 6)
    assert.deepEqual(readdirSync(folder).toSorted(), ['left.csv'])
    assert.match(
      readFileSync(path.join(folder, 'left.csv'), 'utf8'),
      new RegExp(`^unitId,.*\\n${missing},.*400,INVALID_PARAM,.*\\n$`),
    )
  })

  test('tries again under a throttle: what is not sent stays in the file with its reason, and the totals add up', async (t) => {
    const service = await startService(t, { catalog: catalogWithRooms(400), rateLimit: 2 })
    const { run, write, folder } = commandLineOf(t, service)
    write(
      'left.csv',
      `unitId,stage\n${rows(400)
        .map((id) => `${id},development`)
        .join('\n')}\n`,
    )
    // The clock of the service stands still: after two requests it takes none.
    const args = ['batch', nurseCall, '--retry-from', 'left.csv', '--concurrency', '4']
    const { exitCode, stderr } = await run(args)
    assert.notEqual(exitCode, 0)
    const [, accepted, notSent] =
      /^(\d+) units are accepted, 0 refused, (\d+) not sent\.\n {2}\2 not sent: .* \(429\)\n/m.exec(stderr) ??
      []
    assert.equal(Number(accepted) + Number(notSent), 400, stderr)
    const left = readFileSync(path.join(folder, 'left.csv'), 'utf8').trim().split('\n').slice(1)
    assert.equal(left.length, Number(notSent))
    for (const line of left) assert.match(line, /^\S+,development,,,,,429,,The client may make /)
  })

  test('tells with --dry-run what it would send, from a file or a pipe, and does nothing', async (t) => {
    const { run, write, folder, service } = await startCommandLine(t, 4)
    const [one = '', two = '', three = ''] = rows(3)
    const lines = [
      'Room No;Unit ID;Stage',
      `1;${one};`,
      ';;',
      `2;${two};development`,
      `1;${one};`,
      `3;${three};`,
    ]
    write('rooms.csv', Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'))
    const args = ['batch', nurseCall, '--file', 'rooms.csv', '--dry-run']
    const planned = await run(args, { env: { SKILLKEEPER_ENDPOINT: 'http://127.0.0.1:1' } })
    assert.deepEqual(
      [planned.exitCode, planned.stdout, planned.stderr],
      [
        0,
        [
          'rooms.csv: semicolons between the columns, UTF-16.',
          '  Room No: not used',
          '  Unit ID: unitId',
          '  Stage: stage',
          `${nurseCall} would be enabled in 3 units:`,
          '  development: 1',
          '  live: 2',
          'Nothing was sent.',
          '',
        ].join('\n'),
        'rooms.csv: 4 rows, 3 units; repeated: line 5.\nrooms.csv: not used: the column Room No.\n',
      ],
    )
    assert.deepEqual(readdirSync(folder), ['rooms.csv'])
    assert.equal((await run(['list', one, two, '--output', 'json'])).stdout, '[]\n')
    execFileSync('mkfifo', [path.join(folder, 'pipe')])
    const throughPipe = async (...options: string[]) => {
      const ended = run(['batch', nurseCall, '--file', 'pipe', ...options])
      await writeFile(path.join(folder, 'pipe'), `${rows(4).join('\n')}\n`)
      return await ended
    }
    assert.match(
      (await throughPipe('--dry-run', '--disable')).stdout,
      /one unit per line, UTF-8\.\n.* would be disabled in 4 units:\n {2}any stage: 4\nNothing was sent\.\n$/,
    )
    // It can be read once, and has no journal beside it.
    const sent = await throughPipe()
    assert.deepEqual([sent.exitCode, sent.stderr], [0, '4 units are accepted, 0 refused.\n'])
    assert.deepEqual(readdirSync(folder).toSorted(), ['pipe', 'rooms.csv'])
    await service.settled()
    assert.equal((await run(['wait', nurseCall, '--file', 'rooms.csv', '--deadline', '5'])).exitCode, 0)
    write('rooms.csv.progress', 'of another batch\n0-0\n')
    assert.match((await run(args)).stderr, /rooms\.csv\.progress .* --restart/)
  })

  test('looks at the whole file before it sends anything', async (t) => {
    const { run, write, service } = await startCommandLine(t)
    const wrong: readonly [string, RegExp][] = [
      [`unitId,stage\n${room},live\n${otherRoom},lvie\n`, /line 3 has the stage lvie/],
      [`unitId\n${room}\n"unfinished`, /line 3 begins a cell with a quotation mark that is never closed/],
      [
        `unitId,stage\r\n${room},live\n${otherRoom};live\n`,
        /line 3 has \S+ROOM-2;live where the ID of a unit/,
      ],
      ['name;unit\nWard;x\n', /has no column unitId; it begins with: name ; unit\. .*--unit-column/],
      ['unitId\n', /has no units/],
    ]
    for (const [content, message] of wrong) {
      write('units.csv', content)
      const { exitCode, stderr } = await run(['batch', nurseCall, '--file', 'units.csv'])
      assert.equal(exitCode, 2, stderr)
      assert.match(stderr, message)
    }
    assert.match(
      (await run(['batch', nurseCall, '--file', 'none.csv'])).stderr,
      /none\.csv cannot be read: there is no such file/,
    )
    assert.match((await run(['batch', nurseCall])).stderr, /No unit is specified/)
    assert.match((await run(['batch', nurseCall, room, '--file', 'units.csv'])).stderr, /not both/)
    const token = await service.token(hospital.admin)
    const { body } = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.deepEqual(body.items, [])
  })

  test('waits until all are ENABLED; wait ends with 6 and names what is missing when the time is over', async (t) => {
    const { start, run, service } = await startCommandLine(t)
    const waiting = start(['batch', nurseCall, room, otherRoom, unknownUnit, '--wait'])
    while (!/accepted/.test(waiting.stderr())) await new Promise((resolve) => setImmediate(resolve))
    await service.settled()
    assert.equal(await waiting.ended, 5)
    assert.match(waiting.stderr(), /2 units are ENABLED\.\n$/)
    await service.call('DELETE', `/v1/skills/${nurseCall}/enablements?unitId=${otherRoom}`, {
      token: await service.token(hospital.admin),
    })
    const late = await run(['wait', nurseCall, otherRoom, '--deadline', '1'])
    assert.equal(late.exitCode, 6)
    // On a busy machine the time may be over before the first answer.
    assert.match(
      late.stderr,
      /1 units are not ENABLED after 1 seconds: 1 (not enabled at all|unknown)\n {2}\S+ROOM-2: (ABSENT|UNKNOWN)\nUnits that are ENABLING .*: skillkeeper batch\.\n$/,
    )
    const otherStage = await run(['wait', nurseCall, room, '--deadline', '1', '--stage', 'development'])
    assert.equal(otherStage.exitCode, 6, otherStage.stderr)
    const down = await run(['wait', nurseCall, room, '--deadline', '1', '--endpoint', 'http://127.0.0.1:1'])
    assert.equal(down.exitCode, 6, down.stderr)
    assert.match(down.stderr, /unknown \(No complete response arrived: .*\)/)
    const never = await run(['wait', nurseCall, unknownUnit])
    assert.equal(never.exitCode, 1)
    assert.match(never.stderr, /NOWHERE can't be found/)
  })
})
