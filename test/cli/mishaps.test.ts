import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { explain } from '../../src/cli/service/explain.ts'
import { WaitTimeoutError } from '../../src/client/index.ts'
import { hospital, secretOf } from '../support/catalogs.ts'
import { startCommandLine } from '../support/command-line.ts'
import { listen } from '../support/listen.ts'

const { admin, nurseCall, menu, room, otherRoom } = hospital

describe('The command line, when something is not as it should be,', { concurrency: 2 }, () => {
  test('ends in silence when nobody reads its result any more', async (t) => {
    const { start } = await startCommandLine(t)
    const cut = start(['catalog', 'show', 'skills'])
    cut.process.stdout?.destroy()
    assert.deepEqual([await cut.ended, cut.stderr()], [0, ''])
  })

  test('sends nothing where it could not keep how far a batch has come, or what failed', async (t) => {
    const { run, write, folder } = await startCommandLine(t)
    write('rooms.txt', room)
    mkdirSync(path.join(folder, 'rooms.txt.progress'))
    const noJournal = await run(['batch', nurseCall, '--file', 'rooms.txt'])
    assert.equal(noJournal.exitCode, 1)
    assert.match(
      noJournal.stderr,
      /^skillkeeper: The progress .* to rooms\.txt\.progress: it is a folder\. .*copy rooms\.txt .*\n$/,
    )
    const noFailed = await run(['batch', nurseCall, room, '--failed', 'none/failed.csv'])
    assert.equal(noFailed.exitCode, 1)
    assert.match(noFailed.stderr, /^skillkeeper: The units that fail .*none\/failed\.csv: .*--failed FILE\n$/)
    const overwrites = await run(['batch', nurseCall, '--file', 'rooms.txt', '--failed', './rooms.txt'])
    assert.equal(overwrites.exitCode, 2)
    assert.equal(readFileSync(path.join(folder, 'rooms.txt'), 'utf8'), room)
    assert.equal((await run(['list', room, '--output', 'json'])).stdout, '[]\n')
  })

  test('keeps what another batch has left, and begins where another has done nothing', async (t) => {
    const { run, write, folder } = await startCommandLine(t)
    write('units.failed.csv', `unitId\n${otherRoom}\n`)
    assert.equal((await run(['batch', nurseCall, room])).exitCode, 0)
    assert.ok(existsSync(path.join(folder, 'units.failed.csv')))
    write('rooms.txt', room)
    write('rooms.txt.progress', 'of a batch that found no service\n')
    const begun = await run(['batch', nurseCall, '--file', 'rooms.txt'])
    assert.deepEqual([begun.exitCode, begun.stderr], [0, '1 units are accepted, 0 refused.\n'])
  })

  test('waits for units that came from standard input, and has looked at all of them before it sends', async (t) => {
    const { start, run, service } = await startCommandLine(t)
    const args = ['batch', nurseCall, '--file', '-', '--wait']
    const waiting = start(args, { input: `${room}\n${otherRoom}\n` })
    while (!/accepted/.test(waiting.stderr())) await new Promise((resolve) => setImmediate(resolve))
    await service.settled()
    assert.equal(await waiting.ended, 0, waiting.stderr())
    assert.match(waiting.stderr(), /2 units are ENABLED\.\n$/)
    const rows = Array.from({ length: 300 }, () => `${room},live`)
    const wrong = await run(['batch', menu, '--file', '-'], {
      input: ['unitId,stage', ...rows, `${room},lvie`].join('\n'),
    })
    assert.equal(wrong.exitCode, 2)
    assert.equal((await run(['list', room, '--skill', menu, '--output', 'json'])).stdout, '[]\n')
  })

  test('says that what answers the operator is no Skillkeeper, and where the token is', async (t) => {
    const { run } = await startCommandLine(t)
    const other = await listen(() => (_, response) => response.writeHead(502).end('<html>Bad gateway</html>'))
    t.after(() => other.stop())
    const foreign = await run(['operations', '--endpoint', other.url])
    assert.equal(foreign.exitCode, 1)
    assert.match(
      foreign.stderr,
      /^skillkeeper: The server that responded with 502 is not a Skillkeeper service\. .*--endpoint .*\n$/,
    )
    const wrong = await run(['operations'], { env: { SKILLKEEPER_OPERATOR_TOKEN: 'not-the-right-token' } })
    assert.match(wrong.stderr, /SKILLKEEPER_OPERATOR_TOKEN=\$\(cat /)
    assert.match(
      (await run(['operations', '--verbose'])).stderr,
      /^GET \S+\/_skillkeeper\/operations\S*: 200\n$/,
    )
  })

  test('asks for the refresh token that Amazon wants before it calls', async (t) => {
    const { run } = await startCommandLine(t)
    const { exitCode, stderr } = await run(['list', room, '--region', 'EU'], {
      env: { SKILLKEEPER_ENDPOINT: '', HTTPS_PROXY: 'http://127.0.0.1:9' },
    })
    assert.equal(exitCode, 2)
    assert.match(stderr, /Refresh token of .* is missing.*SKILLKEEPER_REFRESH_TOKEN/)
  })

  test('gives the secrets of a profile to no service that is named nearer', async (t) => {
    const { run, service } = await startCommandLine(t)
    const input = JSON.stringify({ clientSecret: secretOf(admin) })
    const none = { SKILLKEEPER_ENDPOINT: '', SKILLKEEPER_CLIENT_ID: '', SKILLKEEPER_CLIENT_SECRET: '' }
    const set = [
      'config',
      'set',
      'mercy',
      '--endpoint',
      service.url,
      '--client-id',
      admin,
      '--secrets-from',
      '-',
    ]
    await run(set, { env: none, input })
    // The option wins over the profile of the environment: the demo client is tried, which this catalog does not have.
    const byOption = await run(['list', room, '--endpoint', service.url], {
      env: { ...none, SKILLKEEPER_PROFILE: 'mercy' },
    })
    assert.match(byOption.stderr, /the client of the demo catalog was used/)
    // And the profile of the option over the service of the environment.
    const byProfile = await run(['list', room, '--profile', 'mercy'], {
      env: { ...none, SKILLKEEPER_ENDPOINT: 'http://127.0.0.1:9' },
    })
    assert.equal(byProfile.exitCode, 0, byProfile.stderr)
    await run(['config', 'set', 'lab', '--client-id', admin], { env: none })
    const listed = await run(['config', 'list', '--output', 'csv'])
    assert.match(listed.stdout, new RegExp(`^lab,,,${admin}$`, 'm'))
  })

  test('names the help of the command that was called in a wrong way', async (t) => {
    const { run } = await startCommandLine(t)
    for (const command of [['batch'], ['config', 'use']]) {
      const { exitCode, stderr } = await run(command)
      assert.equal(exitCode, 2)
      assert.match(stderr, new RegExp(`skillkeeper ${command.join(' ')} --help shows the usage`))
    }
  })

  test('ends with 6 whenever a wait was too long', () => {
    const error = new WaitTimeoutError([{ unitId: room, state: 'ENABLING' }], undefined)
    assert.equal(explain(error).exitCode, 6)
  })
})
