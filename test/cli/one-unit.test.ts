import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addOtherCommands } from '../../src/cli/commands/other-commands.ts'
import { addServeCommand } from '../../src/cli/commands/serve.ts'
import { hospital } from '../support/catalogs.ts'
import { startCommandLine } from '../support/command-line.ts'

const { nurseCall, room } = hospital

describe('The command line, for one unit,', { concurrency: 2 }, () => {
  test('enables, shows, lists and disables', async (t) => {
    const { run, service } = await startCommandLine(t)
    const record = { skill: { stage: 'development', id: nurseCall }, unit: { id: room } }

    const enabled = await run(['enable', nurseCall, room, '--stage', 'development', '--output', 'json'])
    assert.equal(enabled.exitCode, 0, enabled.stderr)
    assert.deepEqual(JSON.parse(enabled.stdout), { ...record, status: 'ENABLING' })

    await service.settled()
    const got = await run(['get', nurseCall, room, '--output', 'csv'])
    assert.equal(
      got.stdout,
      `status,stage,accountLink,skillId,unitId\nENABLED,development,NOT_LINKED,${nurseCall},${room}\n`,
    )
    assert.equal((await run(['get', nurseCall, room, '--stage', 'development'])).exitCode, 0)
    const other = await run(['get', nurseCall, room, '--stage', 'live'])
    assert.equal(other.exitCode, 1)
    assert.match(other.stderr, /is not enabled for the unit .* in the stage live/)
    const listed = await run(['list', room])
    assert.equal(
      listed.stdout,
      `STATUS   STAGE        LINK        SKILL\nENABLED  development  NOT_LINKED  ${nurseCall}\n`,
    )
    assert.equal((await run(['list', room, '--output', 'csv'])).stdout, got.stdout)
    const otherSpelling = nurseCall.replace('.ask.', '.alexa.')
    assert.equal((await run(['list', room, '--skill', otherSpelling])).stdout, listed.stdout)
    const disabled = await run(['disable', nurseCall, room, '--stage', 'development'])
    assert.deepEqual([disabled.exitCode, disabled.stdout], [0, ''])
    assert.equal((await run(['list', room, '--output', 'json'])).stdout, '[]\n')
  })

  test('builds a tree of units, and takes its CSV for a batch', async (t) => {
    const { run, write } = await startCommandLine(t)
    const unitOf = async (...args: string[]) =>
      JSON.parse((await run(['units', ...args, '--output', 'json'])).stdout)
    const property = await unitOf('create', hospital.organization, 'West wing')
    const created = await unitOf('create', property.id, 'Room 1')
    assert.deepEqual(await unitOf('get', created.id), created)
    assert.deepEqual([created.name, created.level, created.parentId], ['Room 1', 2, property.id])

    assert.equal((await run(['units', 'rename', created.id, 'Room 1a'])).exitCode, 0)
    const csv = (await run(['units', 'list', property.id, '--depth', 'all', '--output', 'csv'])).stdout
    assert.equal(csv, `name,level,unitId,parentId\nRoom 1a,2,${created.id},${property.id}\n`)
    write('rooms.csv', csv)
    assert.equal((await run(['batch', nurseCall, '--file', 'rooms.csv'])).exitCode, 0)

    const refused = await run(['units', 'delete', created.id])
    assert.equal(refused.exitCode, 1)
    assert.equal((await run(['disable', nurseCall, created.id])).exitCode, 0)
    assert.equal((await run(['units', 'delete', created.id])).exitCode, 0)
    assert.equal((await run(['units', 'list', property.id, '--depth', '16'])).exitCode, 2)
  })

  test('says what the service says, with the request ID and what to do, and ends with 1', async (t) => {
    const { run } = await startCommandLine(t)
    const absent = await run(['get', nurseCall, room])
    assert.equal(absent.exitCode, 1)
    assert.match(
      absent.stderr,
      /^skillkeeper: The skill .* is not enabled for the unit .*\nRequest ID: \S+\n$/,
    )
    const forbidden = await run(['enable', nurseCall, hospital.foreignRoom])
    assert.match(forbidden.stderr, /catalog show clients/)
    const down = await run(['list', room, '--endpoint', 'http://127.0.0.1:9', '--timeout', '1'])
    assert.equal(down.exitCode, 1)
    assert.match(down.stderr, /Is the service running, and is the address correct\?/)
  })

  test('prints a token that holds, and tells of each request when it is asked to', async (t) => {
    const { run, service } = await startCommandLine(t)
    const { stdout, stderr } = await run(['token', '--verbose'])
    const token = stdout.trim()
    const answer = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.equal(answer.status, 200)
    assert.match(stderr, /^POST \S+\/auth\/o2\/token: 200 in \d+ ms, attempt 1/)
    assert.doesNotMatch(stderr, /secret of|Atza/)
  })

  test('never takes a secret as an option', async (t) => {
    const { run } = await startCommandLine(t)
    for (const option of ['--client-secret', '--token', '--refresh-token', '--auth-code']) {
      const { exitCode, stderr } = await run(['list', room, option, 'x'])
      assert.equal(exitCode, 2)
      assert.match(stderr, /unknown option/)
    }
  })

  test('begins the help of every command with an example', () => {
    const program = new Command('skillkeeper')
    addServeCommand(program)
    addOtherCommands(program)
    let count = 0
    function check(command: Command): void {
      const help: string[] = []
      command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp()
      if (command !== program) assert.match(help.join(''), /^Examples?:\s.*\bskillkeeper /s, command.name())
      count += 1
      for (const inner of command.commands) check(inner)
    }
    check(program)
    assert.ok(count > 20)
  })

  test('completes commands and options for the shell', async (t) => {
    const { run } = await startCommandLine(t)
    assert.match((await run(['complete', '--', 'bat'])).stdout, /^batch\t/)
    assert.match((await run(['complete', '--', 'batch', '--re'])).stdout, /^--retry-from\t/m)
    for (const shell of ['bash', 'zsh', 'fish', 'powershell'])
      assert.match((await run(['complete', shell])).stdout, /skillkeeper/)
  })
})
