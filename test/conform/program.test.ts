// `skillkeeper conform` as people run it: a process of its own, stopped by Ctrl-C.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { startSkillkeeper } from '../../src/app/index.ts'
import { readRecording } from '../../src/conform/proxy/recording.ts'
import { startAlteringProxy } from '../support/altering-proxy.ts'
import { hospital, hospitalCatalog, secretOf } from '../support/catalogs.ts'
import { type CommandLine, hasTerminal, startCommandLine } from '../support/command-line.ts'
import { enablements, ofUnit, startRecorder } from '../support/conform.ts'
import type { Program } from '../support/program.ts'

const { admin, menu, nurseCall, room } = hospital
const list = '/v1/skills/enablements'

describe('skillkeeper conform', { concurrency: 2 }, () => {
  test('records until Ctrl-C, shows the totals, and replays without a difference', async (t) => {
    const commands = await startCommandLine(t)
    const { program, url } = await startProxyProgram(commands, [
      'record',
      '--out',
      'run.jsonl',
      '--allow-writes',
    ])
    const env = { SKILLKEEPER_ENDPOINT: url }
    assert.equal((await commands.run(['list', room], { env })).exitCode, 0)
    assert.equal((await commands.run(['enable', nurseCall, room], { env })).exitCode, 0)
    assert.equal(await interrupted(program), 0)
    assert.match(program.stderr(), /passed on to .*\n.*switches a skill on or off in a real room/)
    assert.match(program.stdout(), /passed on +2\n.*for tokens[^\n]+2\n.*total +4\n/s)
    const text = readFileSync(path.join(commands.folder, 'run.jsonl'), 'utf8')
    for (const secret of ['Atza|', secretOf(admin)]) assert.ok(!text.includes(secret))

    const replayed = await commands.run(['conform', 'replay', 'run.jsonl'])
    assert.equal(replayed.exitCode, 0, replayed.stderr)
    assert.match(replayed.stdout, /^same +2$/m)
    assert.match(replayed.stdout, /^total +2$/m)
  })

  test('refuses writes, and sends nothing without an upstream', async (t) => {
    const commands = await startCommandLine(t)
    const { program, url } = await startProxyProgram(commands, ['record', '--out', 'run.jsonl'])
    const written = await commands.run(['enable', nurseCall, room], { env: { SKILLKEEPER_ENDPOINT: url } })
    assert.equal(written.exitCode, 1)
    assert.match(written.stderr, /--allow-writes .*a real room/)
    assert.equal(await interrupted(program), 0)
    assert.match(program.stdout(), /refused: they change something +1\n/)

    for (const command of ['record', 'shadow']) {
      const { exitCode, stderr } = await commands.run(['conform', command, '--out', 'other.jsonl'])
      assert.deepEqual([exitCode, existsSync(path.join(commands.folder, 'other.jsonl'))], [2, false])
      assert.match(stderr, /--upstream <URL>/)
      const help = await commands.run(['conform', command, '--help'])
      assert.match(help.stdout, /--allow-writes is given.*\n?.*real room/)
    }
  })

  test('killed in the middle leaves a recording of all calls that were answered', async (t) => {
    const commands = await startCommandLine(t)
    const { program, url } = await startProxyProgram(commands, ['record', '--out', 'run.jsonl'])
    const token = await commands.service.token(admin)
    let answered = 0
    const callers = Array.from({ length: 8 }, async () => {
      for (;;) {
        const response = await fetch(url + list + ofUnit(room), {
          headers: { authorization: `Bearer ${token}` },
        })
        await response.text()
        answered += 1
        if (answered === 100) program.process.kill('SIGKILL')
      }
    })
    await Promise.allSettled(callers)
    await program.ended
    const file = path.join(commands.folder, 'run.jsonl')
    assert.ok(readRecording(file).exchanges.length >= answered)
    // A kill of the machine cuts the last line.
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.slice(0, -20))
    const { exitCode, stderr } = await commands.run(['conform', 'replay', 'run.jsonl'])
    assert.match(stderr, /run\.jsonl: line \d+, the last one, was cut off/)
    assert.equal(exitCode, 0)
  })

  test('replay exits with 1 for a new difference, and with 0 once it is known', async (t) => {
    const commands = await startCommandLine(t)
    const recorder = await startRecorder(t, {
      before: (url) =>
        startAlteringProxy(url, (answer) => {
          Object.assign(answer.body as object, { createdAt: 'x\u001b[2J' })
        }),
    })
    await recorder.send('POST', enablements(nurseCall), { body: { unitId: room, stage: 'live' } })
    await recorder.stop()
    const replay = ['conform', 'replay', recorder.file]

    const found = await commands.run(replay)
    assert.equal(found.exitCode, 1)
    assert.match(found.stdout, /^no row +missing createdAt +string +none +1 +POST \/v1\/skills\//m)
    const { stdout } = await commands.run([...replay, '--json'])
    const { totals, differences } = JSON.parse(stdout)
    assert.deepEqual(totals, { exchanges: 1, same: 0, different: 1, known: 0, notComparable: 0 })
    assert.deepEqual(
      [differences[0].row, differences[0].method, differences[0].place, differences[0].isKnown],
      [null, 'POST', 'createdAt', false],
    )

    const accepted = await commands.run([...replay, '--accept', 'known.json'])
    assert.deepEqual([accepted.exitCode, existsSync(path.join(commands.folder, 'known.json'))], [0, true])
    assert.match(accepted.stderr, /--known known\.json/)
    const again = await commands.run([...replay, '--known', 'known.json'])
    assert.equal(again.exitCode, 0)
    assert.match(again.stdout, /^different, but known +1$/m)
    assert.match(again.stdout, /^no row \(known\)/m)
  })

  test('replay refuses what is no recording, no catalog and no list of known differences', async (t) => {
    const commands = await startCommandLine(t)
    const { file, send, stop } = await startRecorder(t)
    commands.write('empty.jsonl', readFileSync(file, 'utf8'))
    await send('GET', list + ofUnit(room))
    await stop()
    commands.write('not.json', 'no JSON')
    commands.write('number.json', '5')
    commands.write('other.json', '[{"operation":"x"}]')
    const cases: [args: string[], reason: RegExp][] = [
      [['none.jsonl'], /none\.jsonl cannot be used: there is no such file/],
      [['not.json'], /not\.json, line 1: /],
      [['empty.jsonl'], /empty\.jsonl has no calls/],
      [[file, '--catalog', 'not.json'], /not\.json is not JSON/],
      [[file, '--catalog', 'other.json'], /other\.json: /],
      [[file, '--catalog', 'number.json'], /number\.json has no catalog/],
      [[file, '--known', 'not.json'], /not\.json is not JSON/],
      [[file, '--known', 'other.json'], /other\.json has no known differences: \[0\]\.status/],
    ]
    for (const [args, reason] of cases) {
      const { exitCode, stderr } = await commands.run(['conform', 'replay', ...args])
      assert.equal(exitCode, 2, `${args}: ${stderr}`)
      assert.match(stderr, reason)
      assert.doesNotMatch(stderr, /^ +at /m)
    }
  })

  test('record refuses an upstream that is none, and a file that is there', async (t) => {
    const commands = await startCommandLine(t)
    commands.write('there.jsonl', 'mine')
    const record = ['conform', 'record', '--out', 'run.jsonl', '--upstream']
    const cases: [args: string[], exitCode: number, reason: RegExp][] = [
      [[...record, 'api.amazonalexa.com'], 2, /no http or https address/],
      [[...record, 'https://me:secret@api.amazonalexa.com'], 2, /without a user/],
      [[...record, 'http://127.0.0.1:5400', '--port', '5400'], 2, /the proxy itself/],
      [[...record, 'http://127.0.0.1:9', '--port', new URL(commands.service.url).port], 3, /cannot listen/],
      [
        ['conform', 'record', '--upstream', 'http://127.0.0.1:9', '--out', 'there.jsonl'],
        2,
        /is there already/,
      ],
      [
        ['conform', 'record', '--upstream', 'http://127.0.0.1:9', '--out', 'no/folder.jsonl'],
        2,
        /cannot be used/,
      ],
    ]
    for (const [args, code, reason] of cases) {
      const { exitCode, stderr } = await commands.run(args)
      assert.equal(exitCode, code, stderr)
      assert.match(stderr, reason)
      assert.doesNotMatch(stderr, /secret@/)
    }
    assert.equal(readFileSync(path.join(commands.folder, 'there.jsonl'), 'utf8'), 'mine')
  })

  test('shadow answers from the upstream, compares at once, and exits with 1 for a difference', async (t) => {
    const commands = await startCommandLine(t)
    const upstream = await startAlteringProxy(commands.service.url, (answer, { path: asked }) => {
      if (asked.includes(menu)) Object.assign(answer.body as object, { from: 'upstream' })
    })
    t.after(() => upstream.stop())
    const { program, url } = await startProxyProgram(
      commands,
      ['shadow', '--allow-writes', '--out', 'run.jsonl', '--json'],
      upstream.url,
    )
    const token = await commands.service.token(admin)
    const call = async (method: string, target: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(url + target, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      return await response.text()
    }
    await call('GET', list + ofUnit(room))
    await call('POST', enablements(nurseCall), { unitId: room, stage: 'live' })
    await call('GET', enablements(nurseCall) + ofUnit(room))
    assert.match(await call('GET', enablements(menu) + ofUnit(room)), /"from":"upstream"/)
    assert.equal(await interrupted(program), 1)
    const { totals, differences, proxy } = JSON.parse(program.stdout())
    assert.deepEqual([totals.exchanges, totals.different, proxy.passed], [4, 1, 4])
    assert.equal(totals.same + totals.notComparable, 3)
    assert.deepEqual([differences[0].kind, differences[0].place], ['missing', 'from'])
    assert.equal(readRecording(path.join(commands.folder, 'run.jsonl')).exchanges.length, 4)
  })

  test('record passes calls on to an upstream over TLS', async (t) => {
    const commands = await startCommandLine(t)
    const service = await startSkillkeeper({ port: 0, data: ':memory:', catalog: hospitalCatalog, tls: true })
    t.after(() => service.stop())
    commands.write('authority.pem', service.certificateAuthority ?? '')
    const { program, url } = await startProxyProgram(
      commands,
      ['record', '--out', 'run.jsonl'],
      service.url,
      {
        NODE_EXTRA_CA_CERTS: path.join(commands.folder, 'authority.pem'),
      },
    )
    const response = await fetch(url + list + ofUnit(room))
    assert.equal(response.status, 401)
    assert.match(await response.text(), /INVALID_LWA_TOKEN/)
    assert.equal(await interrupted(program), 0)
  })

  test('shows a table that fits the terminal', async (t) => {
    if (!hasTerminal()) return t.skip('This machine has no script(1).')
    const commands = await startCommandLine(t)
    const recorder = await startRecorder(t, {
      before: (url) =>
        startAlteringProxy(url, (answer) => void Object.assign(answer.body as object, { more: 1 })),
    })
    await recorder.send('GET', `${list}?unitId=${room}&expand=nameFreeInvocation&maxResults=10`)
    await recorder.stop()
    const { stdout } = await commands.run(['conform', 'replay', recorder.file], { terminal: 60 })
    const lines = stripVTControlCharacters(stdout).split('\r\n')
    assert.ok(
      lines.some((line) => /no row +missing more +number +none +1/.test(line)),
      stdout,
    )
    assert.ok(
      lines.every((line) => line.length <= 60),
      stdout,
    )
  })
})

async function startProxyProgram(
  commands: CommandLine,
  args: readonly string[],
  upstream = commands.service.url,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly program: Program; readonly url: string }> {
  const program = commands.start(['conform', ...args, '--upstream', upstream, '--port', '0'], { env })
  let ended = false
  void program.ended.then(() => {
    ended = true
  })
  for (;;) {
    const [, url] = /Calls to (\S+) are passed on/.exec(program.stderr()) ?? []
    if (url !== undefined) return { program, url }
    assert.ok(!ended, program.stderr())
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function interrupted(program: Program): Promise<number | string> {
  program.process.kill('SIGINT')
  return program.ended
}
