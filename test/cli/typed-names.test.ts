import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { hospital, unit } from '../support/catalogs.ts'
import { callerVariables, commandLineOf, startCommandLine } from '../support/command-line.ts'
import { programFile } from '../support/program.ts'
import { startService } from '../support/service.ts'

const { nurseCall, menu, room, otherRoom, organization, ward } = hospital

describe('In the place of an ID', { concurrency: 2 }, () => {
  test('a person may type its ending, or a name, in every command', async (t) => {
    const { run } = await startCommandLine(t)
    const json = ['--output', 'json']
    for (const [args, shown] of [
      [
        ['enable', 'nurse-call', 'ROOM-1', ...json],
        [nurseCall, room],
      ],
      [
        ['enable', 'Nurse Call', 'room 2', ...json],
        [nurseCall, otherRoom],
      ],
      [
        ['get', '…nurse-call', '…ROOM-1', ...json],
        [nurseCall, room],
      ],
      [['list', 'ROOM-1', ...json], [nurseCall]],
      [
        ['list', 'ROOM-1', 'Room 2', '--skill', 'rse-call', ...json],
        [room, otherRoom],
      ],
      [['units', 'get', 'OOM-1', ...json], [room]],
      [
        ['units', 'list', 'WARD', ...json],
        [room, otherRoom],
      ],
      [['catalog', 'show', 'units', 'HOSPITAL', ...json], [ward]],
      [['operations', '--unit', 'Room 2', '--skill', 'nurse call', ...json], [otherRoom]],
      [['operations', '--organization', 'Hospital', ...json], [room]],
      [['delegated', 'list', 'Hospital', ...json], ['[]']],
      [['enable', 'development-of-nothing', room], []],
    ] as const) {
      const { exitCode, stdout, stderr } = await run([...args])
      assert.equal(exitCode, shown.length === 0 ? 2 : 0, `${args.join(' ')}: ${stderr}`)
      for (const id of shown) assert.ok(stdout.includes(id), `${args.join(' ')}: ${stdout}`)
      if (shown.length > 0) assert.match(stderr, / is .*the (unit|skill) amzn1\./)
    }
    // What is a whole ID is asked of nobody, and told to nobody.
    assert.equal((await run(['get', nurseCall, room])).stderr, '')
    const batch = await run(['batch', 'menu', 'ROOM-1', 'Room 2'])
    assert.match(batch.stderr, /2 units are accepted/)
    assert.equal((await run(['disable', 'menu', 'ROOM-1'])).exitCode, 0)
    assert.equal((await run(['get', menu, room])).exitCode, 1)
  })

  test('what may be several is refused with what it may be, and what is nothing as that', async (t) => {
    const { run, write } = await startCommandLine(t, 30)
    write('rooms.csv', 'unitId\n')
    for (const [args, reason] of [
      [['get', 'nurse-call', '0'], /0 may be more than one unit\. [\s\S]*ROOM-1000 {2}Room 0\n/],
      [['get', 'nurse-call', 'Another hospital'], /(Another hospital, the unit|403)/],
      [['get', 'nurse-call', 'nowhere'], /No unit has the name nowhere.*catalog show units/],
      [['get', 'nothing', room], /No skill has the name nothing.*catalog show skills/],
      [['get', '', room], /The ID of the skill is empty/],
      [['batch', nurseCall, ''], /The ID of the unit is empty/],
      [['batch', nurseCall, 'rooms.csv'], /rooms\.csv is a file\. .*--file rooms\.csv/],
      [['batch', nurseCall, '-'], /--file -/],
    ] as const) {
      const { exitCode, stderr } = await run([...args])
      assert.notEqual(exitCode, 0, args.join(' '))
      assert.match(stderr, reason)
    }
  })

  test('a skill and a unit that are swapped are told as such, before anything is sent', async (t) => {
    const { run } = await startCommandLine(t)
    for (const args of [
      ['get', room, nurseCall],
      ['enable', room, nurseCall],
      ['disable', room, nurseCall],
      ['batch', room, nurseCall],
      ['wait', room],
      ['list', nurseCall],
      ['list', room, nurseCall],
      ['units', 'get', nurseCall],
      ['catalog', 'show', 'units', nurseCall],
      ['delegated', 'set', nurseCall, organization, '--redirect-uri', 'https://a.example/'],
      ['scopes', room, nurseCall],
      ['get', 'ROOM-1', 'nurse-call'],
    ]) {
      const { exitCode, stderr } = await run(args)
      assert.equal(exitCode, 2, args.join(' '))
      assert.match(stderr, /^skillkeeper: \S+ is (a|the) (unit|skill)\b.*, but a (unit|skill) is expected/)
    }
  })

  test('without the token of the operator what stands behind the last dot is enough for a unit', async (t) => {
    const { run } = await startCommandLine(t)
    for (const token of ['', 'the-token-of-another-service']) {
      const env = { SKILLKEEPER_OPERATOR_TOKEN: token }
      assert.equal((await run(['list', 'ROOM-1'], { env })).exitCode, 0)
      for (const args of [
        ['list', 'Room 1'],
        ['get', 'nurse-call', room],
      ]) {
        const { exitCode, stderr } = await run(args, { env })
        assert.equal(exitCode, 2)
        assert.match(stderr, /requires the operator's token\. .*operator-token/)
      }
    }
  })

  test('what a name says moves no cursor and hides nothing', async (t) => {
    const { run } = await startCommandLine(t)
    const { stdout, stderr } = await run(['config', 'use', 'a\u001b[2Jb\u202ec'])
    assert.equal(stdout, '')
    assert.match(stderr, /There is no profile a\ufffd\[2Jb\ufffdc\./)
  })

  test('a shell completes skills, units and files where they belong', async (t) => {
    const service = await startService(t)
    const { folder, write } = commandLineOf(t, service)
    write('rooms.csv', room)
    write('ROOM.csv', room)
    const cases: readonly (readonly [string, string])[] = [
      ['ba', 'batch'],
      ['batch x --stage cert', 'certification'],
      ['batch x --file ro', 'rooms.csv'],
      ['batch x --retry-from ro', 'rooms.csv'],
      ['get nurse', 'nurse-call'],
      ['get amzn1.ask.skill.nurse', nurseCall],
      ['get ro', 'room-lights'],
      ['get nurse-call ROOM', 'ROOM-1 ROOM-2'],
      ['list ROOM-1 ROOM', 'ROOM-1 ROOM-2'],
      ['list amzn1.alexa.unit.did.W', ward],
      ['list --skill me', 'menu'],
      ['operations --unit ROOM-2', 'ROOM-2'],
      ['operations --organization HOS', 'HOSPITAL'],
      ['units rename WA', 'WARD'],
      ['catalog show units WA', 'WARD'],
      ['get nothing-of-this-name', ''],
      ['catalog check ro', 'rooms.csv'],
      ['import ro', 'rooms.csv'],
    ]
    const script = `
      skillkeeper() { "${process.execPath}" "${programFile}" "$@"; }
      source <(skillkeeper complete bash)
      compopt() { :; } # works only while bash completes
      words() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); __skillkeeper_words_or_files; echo "\${COMPREPLY[@]}"; }
      ${cases.map(([line]) => `words skillkeeper ${line}`).join('\n')}`
    const env = { PATH: process.env.PATH, HOME: folder, ...callerVariables(service.url) }
    const { stdout, stderr } = await promisify(execFile)('bash', ['--noprofile', '--norc', '-c', script], {
      cwd: folder,
      env,
    })
    const offered = stdout.split('\n').slice(0, -1)
    assert.deepEqual(
      cases.map(([line], index) => [line, offered[index]?.split(' ').sort().join(' ')]),
      cases,
    )
    assert.equal(stderr, '')
    assert.equal(unit('ROOM-1'), room)
  })
})
