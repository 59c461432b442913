import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { startSkillkeeper } from '../../src/app/index.ts'
import { endpointFault } from '../../src/cli/service/endpoint.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { startCommandLine } from '../support/command-line.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'

const { nurseCall, pharmacy, room, otherRoom } = hospital
const nobody = {
  SKILLKEEPER_CLIENT_ID: '',
  SKILLKEEPER_CLIENT_SECRET: '',
  SKILLKEEPER_OPERATOR_TOKEN: 'the-token-of-the-operator',
}

describe('What to do is told', { concurrency: 2 }, () => {
  test('to whoever names another address than that of a service', () => {
    for (const [endpoint, meant] of [
      ['http://127.0.0.1:5337', undefined],
      ['https://skills.example/', undefined],
      ['https://proxy.example/skillkeeper', undefined],
      ['https://proxy.example/skillkeeper/', undefined],
      ['https://proxy.example/v1beta', undefined],
      ['http://a.example/v1', 'http://a.example'],
      ['http://a.example/v1/', 'http://a.example'],
      ['http://a.example/v2/units', 'http://a.example'],
      ['http://a.example/v1/skills/x/enablements', 'http://a.example'],
      ['http://a.example/auth/o2/token', 'http://a.example'],
      ['http://a.example/_skillkeeper', 'http://a.example'],
      ['http://a.example/openapi.json', 'http://a.example'],
      ['https://proxy.example/skillkeeper/v1', 'https://proxy.example/skillkeeper'],
      ['http://a.example/?unitId=x', 'http://a.example'],
      ['http://a.example/#top', 'http://a.example'],
      ['http://user:word@a.example', 'http://a.example'],
      ['127.0.0.1:5337', 'http://127.0.0.1:5337'],
      ['localhost:5337', 'http://localhost:5337'],
      ['a.example', 'http://a.example'],
      ['//a.example', 'http://a.example'],
      ['ftp://a.example', 'http://a.example'],
    ] as const) {
      const fault = endpointFault(endpoint)
      if (meant === undefined) assert.equal(fault, undefined, endpoint)
      else
        assert.match(
          fault ?? '',
          new RegExp(`(--endpoint |Did you mean )${meant.replaceAll('.', '\\.')}\\??$`),
          endpoint,
        )
    }
  })

  test('to whoever takes http for https, or the reverse, or does not trust the authority', async (t) => {
    const data = path.join(temporaryFolder(t), 'data')
    const secure = await startSkillkeeper({ port: 0, data, tls: true, catalog: hospitalCatalog })
    t.after(() => secure.stop())
    const { run, service } = await startCommandLine(t)
    const other = (url: string) =>
      url.startsWith('https') ? url.replace('https', 'http') : url.replace('http', 'https')
    for (const command of [['list', room], ['operations']]) {
      const at = async (endpoint: string, env: Record<string, string> = {}) =>
        (await run([...command, '--endpoint', endpoint, '--timeout', '5'], { env })).stderr
      assert.match(await at(other(secure.url)), new RegExp(`uses https, not http: --endpoint ${secure.url}`))
      assert.match(
        await at(`${other(service.url)}/_world/w1`),
        new RegExp(`uses http, not https: --endpoint ${service.url}/_world/w1, or`),
      )
      assert.match(
        await at(secure.url),
        /tls-ca\.pem in the data folder: put NODE_EXTRA_CA_CERTS=FOLDER\/tls-ca\.pem/,
      )
      assert.doesNotMatch(
        await at(secure.url, { NODE_EXTRA_CA_CERTS: path.join(data, 'tls-ca.pem') }),
        /NODE_EXTRA_CA_CERTS|speaks/,
      )
    }
    const elsewhere = secure.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
    const trusting = { NODE_EXTRA_CA_CERTS: path.join(data, 'tls-ca.pem') }
    const named = await run(['list', room, '--endpoint', elsewhere], { env: trusting })
    assert.match(named.stderr, /is for other names\. .*--tls-name/)
  })

  test('to whoever calls without credentials a service that has no demo client', async (t) => {
    const { run } = await startCommandLine(t)
    const { exitCode, stderr } = await run(['list', room], { env: nobody })
    assert.equal(exitCode, 1)
    assert.match(
      stderr,
      /No credentials are set, .*SKILLKEEPER_CLIENT_ID and SKILLKEEPER_CLIENT_SECRET, or .*config set/,
    )
    // Whoever has named a client is told to look at that one.
    const wrong = await run(['list', room], { env: { SKILLKEEPER_CLIENT_SECRET: 'wrong' } })
    assert.match(wrong.stderr, /check the client ID, the secret/)
  })

  test('to whoever enables a skill that links accounts, in one unit or in many', async (t) => {
    const { run } = await startCommandLine(t)
    for (const args of [
      ['enable', pharmacy, room],
      ['batch', pharmacy, room, otherRoom],
    ]) {
      const { stderr } = await run(args)
      assert.match(stderr, /SKILLKEEPER_AUTH_CODE with --redirect-uri URI .*skillkeeper delegated set/)
      assert.equal(stderr.split('SKILLKEEPER_AUTH_CODE').length, 2)
    }
    assert.doesNotMatch((await run(['enable', nurseCall, room])).stderr, /AUTH_CODE/)
  })

  test('to whoever gives secrets where there is no terminal', async (t) => {
    const { run, write, folder } = await startCommandLine(t)
    write('wrong.json', 'clientSecret=hush-hush')
    write('empty.json', '')
    write('other.json', '{"secret":"hush-hush"}')
    write('good.json', '{"clientSecret":"hush-hush"}')
    const form =
      /a JSON object such as \{"clientSecret": "…"\}, with any of clientSecret, refreshToken, token, operatorToken/
    for (const [source, input, reason] of [
      ['wrong.json', undefined, /wrong\.json is not JSON\./],
      ['empty.json', undefined, /empty\.json is empty\./],
      ['other.json', undefined, /other\.json must be/],
      ['-', '', /Standard input is empty\./],
      ['-', 'hush-hush', /Standard input is not JSON\./],
      ['-', '[]', /Standard input must be/],
      ['none.json', undefined, /none\.json cannot be read: there is no such file/],
    ] as const) {
      const options = input === undefined ? {} : { input }
      const { exitCode, stderr } = await run(['config', 'set', 'ward', '--secrets-from', source], options)
      assert.equal(exitCode, 2, source)
      assert.match(stderr, reason)
      if (source !== 'none.json') assert.match(stderr, form)
      assert.doesNotMatch(stderr, /hush/)
    }
    for (const [source, input] of [
      ['good.json', undefined],
      ['-', '{"clientSecret":"hush-hush"}'],
    ] as const) {
      const options = input === undefined ? {} : { input }
      const { exitCode, stderr } = await run(['config', 'set', 'ward', '--secrets-from', source], options)
      assert.equal(exitCode, 0, stderr)
      assert.match(readFileSync(path.join(folder, 'profiles.json'), 'utf8'), /hush-hush/)
      writeFileSync(path.join(folder, 'profiles.json'), '{"profiles":{}}')
    }
    const asked = await run(['config', 'set', 'ward', '--secret', 'clientSecret'])
    assert.match(asked.stderr, /there is no terminal for a prompt\. .*--secrets-from FILE/)
    const place = await run(['config', 'set', 'ward', '--endpoint', 'http://a.example/v1'])
    assert.match(place.stderr, /--endpoint http:\/\/a\.example$/m)
  })

  test('to whoever misspells an option of serve', async (t) => {
    for (const [option, meant] of [
      ['--prot', '--port'],
      ['--catalogue', '--catalog'],
      ['--loglevel', '--log-level'],
      ['--dat', '--data'],
      ['--tls-crt', '--tls-cert'],
    ] as const) {
      const program = runProgram(t, ['serve', option, 'x'])
      assert.equal(await program.ended, 2)
      assert.match(
        program.stderr(),
        new RegExp(`unknown option '${option}'\\n\\(Did you mean .*${meant}`),
        option,
      )
      assert.match(program.stderr(), /skillkeeper serve --help shows the usage/)
    }
  })
})
