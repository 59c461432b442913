import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { hospital, secretOf } from '../support/catalogs.ts'
import { startCommandLine } from '../support/command-line.ts'

const { admin, nurseCall, room, stranger } = hospital
/** Nothing of the environment says whom to call. */
const noVariables = {
  SKILLKEEPER_ENDPOINT: '',
  SKILLKEEPER_CLIENT_ID: '',
  SKILLKEEPER_CLIENT_SECRET: '',
  SKILLKEEPER_OPERATOR_TOKEN: '',
}

describe('Profiles of the command line', { concurrency: 2 }, () => {
  test('keep a service and credentials in a file that nobody else may read, and never show a secret', async (t) => {
    const { run, folder, service } = await startCommandLine(t)
    const options = { env: noVariables }
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
    const input = JSON.stringify({ clientSecret: secretOf(admin) })
    assert.equal((await run(set, { ...options, input })).exitCode, 0)
    const file = path.join(folder, 'profiles.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(readFileSync(file, 'utf8'), /secret of/)

    assert.equal((await run(['enable', nurseCall, room], options)).exitCode, 0)
    const shown = await run(['config', 'show', 'mercy'], options)
    assert.deepEqual(JSON.parse(shown.stdout), {
      endpoint: service.url,
      clientId: admin,
      clientSecret: '(kept)',
    })
    const listed = await run(['config', 'list', '--output', 'csv'], options)
    assert.equal(listed.stdout, `profile,default,service,clientId\nmercy,yes,${service.url},${admin}\n`)
  })

  test('are chosen by name, changed and removed', async (t) => {
    const { run } = await startCommandLine(t)
    await run(['config', 'set', 'one', '--region', 'EU', '--client-id', admin])
    await run(['config', 'set', 'two', '--endpoint', 'http://127.0.0.1:9'])
    await run(['config', 'set', 'one', '--endpoint', 'http://127.0.0.1:8'])
    await run(['config', 'use', 'two'])
    const { stdout } = await run(['config', 'list', '--output', 'csv'])
    assert.equal(
      stdout,
      `profile,default,service,clientId\none,,http://127.0.0.1:8,${admin}\ntwo,yes,http://127.0.0.1:9,\n`,
    )
    await run(['config', 'remove', 'two'])
    const unknown = await run(['list', room, '--profile', 'two'])
    assert.equal(unknown.exitCode, 2)
    assert.match(unknown.stderr, /There is no profile two .*\(existing: one\).*config set two/)
  })

  test('do not give their secrets to another service that is named', async (t) => {
    const { run, service } = await startCommandLine(t)
    const input = JSON.stringify({ clientSecret: secretOf(admin) })
    const set = ['config', 'set', 'amazon', '--region', 'NA', '--client-id', admin, '--secrets-from', '-']
    await run(set, { env: noVariables, input })
    // The demo client of a service on this machine is tried, which this catalog does not have.
    const { exitCode, stderr } = await run(['list', room, '--endpoint', service.url], { env: noVariables })
    assert.equal(exitCode, 1)
    assert.match(stderr, /the client of the demo catalog was used/)
    const asked = await run(['list', room, '--endpoint', service.url, '--profile', 'amazon'], {
      env: noVariables,
    })
    assert.equal(asked.exitCode, 0, asked.stderr)
  })

  test('are refused when others may read them, or when the file is wrong', async (t) => {
    const { run, write, folder } = await startCommandLine(t)
    write('profiles.json', '{"profiles":{}}')
    chmodSync(path.join(folder, 'profiles.json'), 0o644)
    const open = await run(['config', 'list'])
    assert.equal(open.exitCode, 2)
    assert.match(open.stderr, /other users may read it\. Run: chmod 600 /)
    chmodSync(path.join(folder, 'profiles.json'), 0o600)
    for (const [content, message] of [
      ['{"profiles":', /line 1, column 13/],
      ['{"profiles":{"a":{"regoin":"EU"}}}', /profiles\.a\.regoin is unknown/],
      ['{"profiles":{"a":{"region":"XX"}}}', /profiles\.a\.region must be one of "NA", "EU", "FE"/],
      ['[]', /must be an object/],
    ] as const) {
      write('profiles.json', content)
      const { exitCode, stderr } = await run(['config', 'list'])
      assert.equal(exitCode, 2)
      assert.match(stderr, message)
    }
  })

  test('need no secret in the file: the environment may have it, and without a terminal nobody asks', async (t) => {
    const { run, service } = await startCommandLine(t)
    await run(['config', 'set', 'mercy', '--endpoint', service.url, '--client-id', stranger], {
      env: noVariables,
    })
    const missing = await run(['list', hospital.foreignRoom], { env: noVariables })
    assert.equal(missing.exitCode, 2)
    assert.match(missing.stderr, /Client secret of .* is missing, and there is no terminal for a prompt/)
    const env = { ...noVariables, SKILLKEEPER_CLIENT_SECRET: secretOf(stranger) }
    assert.equal((await run(['list', hospital.foreignRoom], { env })).exitCode, 0)
  })

  test('and their variables do not keep the service from starting', async (t) => {
    const { start } = await startCommandLine(t)
    const program = start(['serve', '--port', '0', '--data', ':memory:'])
    assert.match(await program.url, /^http:/)
  })
})
