import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { completeSettings } from '../../src/app/settings/read-settings.ts'
import { send, startControlled } from '../support/controlled.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { runProgram } from '../support/program.ts'
import { operatorToken, startService } from '../support/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const controls = [
  ['GET', '/worlds'],
  ['POST', '/worlds'],
  ['DELETE', '/worlds/default'],
  ['GET', '/clock'],
  ['PUT', '/clock'],
  ['POST', '/clock/advance'],
  ['POST', '/clock/wait'],
  ['PUT', '/activation'],
  ['POST', '/activation/release'],
  ['POST', '/snapshots'],
  ['POST', '/reset'],
  ['POST', '/faults'],
  ['GET', '/journal'],
  ['POST', '/journal/verify'],
  ['POST', '/tokens'],
  ['GET', '/enablements'],
] as const

/** What a process has loaded of the test controls after it has answered requests and stopped. */
async function loadedWith(options: object): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    const { startSkillkeeper } = await import(${JSON.stringify(new URL('../../src/app/index.ts', import.meta.url).href)})
    const service = await startSkillkeeper(${JSON.stringify({ port: 0, data: ':memory:', logLevel: 'silent', ...options })})
    for (const path of ['/v1/skills/enablements', '/_skillkeeper/test/worlds', '/_world/default/livez', '/readyz'])
      await (await fetch(service.url + path)).text()
    await service.stop()
    console.log(JSON.stringify(loaded.filter((url) => /test-controls|test-service/.test(url))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
  })
  return JSON.parse(stdout)
}

describe('Without --test-controls', () => {
  test('no control has a path, and no path, header or host names a world', async (t) => {
    if (process.env.SKILLKEEPER_TEST_ENGINE === 'world') return t.skip('The service has test controls there.')
    const { call, url } = await startService(t)
    for (const [method, control] of controls) {
      const answer = await call(method, `/_skillkeeper/test${control}`, { token: operatorToken })
      assert.equal(answer.status, 404, `${method} ${control}`)
    }
    assert.equal((await call('GET', '/_world/default/livez')).status, 404)
    // They say nothing here: the one world answers.
    for (const [name, value] of [
      ['x-skillkeeper-world', 'w7'],
      ['host', 'w7.localhost'],
    ] as const) {
      const { status, body } = await send('GET', `${url}/readyz`, { headers: { [name]: value } })
      assert.deepEqual([status, body], [200, { status: 'ready' }])
    }
  })

  test('a service loads none of their code, and with them it does', async () => {
    assert.deepEqual(await loadedWith({}), [])
    assert.ok((await loadedWith({ testControls: true })).length > 20)
  })

  test('the OpenAPI document does not describe them', async (t) => {
    const { ask } = await startControlled(t)
    const { body } = await ask('GET', '/openapi.json')
    assert.deepEqual(
      Object.keys(body.paths).filter((name) => name.includes('/test/')),
      [],
    )
  })
})

describe('Test controls', () => {
  const refused = (settings: object) => {
    try {
      completeSettings(settings)
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }

  test('are never for a database that others may share', async (t) => {
    assert.match(
      refused({ testControls: true, databaseUrl: 'postgres://u@h/d' }) ?? '',
      /never for a shared database/,
    )
    const program = runProgram(t, ['serve', '--test-controls', '--database-url', 'postgres://u@127.0.0.1/d'])
    assert.equal(await program.ended, 2)
    assert.match(program.stderr(), /test-controls and database-url exclude each other/)
  })

  test('are for this machine, unless that is lifted', async (t) => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'skills.example']) {
      assert.match(refused({ testControls: true, host }) ?? '', /loopback address only/, host)
      assert.equal(refused({ testControls: true, testControlsOpen: true, host }), undefined)
    }
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      assert.equal(refused({ testControls: true, host }), undefined)
    assert.match(refused({ testControlsOpen: true }) ?? '', /needs test-controls/)
    const program = runProgram(t, ['serve', '--test-controls', '--host', '0.0.0.0'])
    assert.equal(await program.ended, 2)
  })

  test('need the token of the operator, and each path is there with it', async (t) => {
    const { ask } = await startControlled(t)
    for (const [method, control] of controls) {
      assert.equal((await ask(method, `/_skillkeeper/test${control}`)).status, 401, control)
      const { status } = await ask(method, `/_skillkeeper/test${control}`, { token: operatorToken })
      assert.notEqual(status, 404, `${method} ${control}`)
    }
  })

  test('are named in the line that says ready, in the log and by /readyz; a token is made in memory', async (t) => {
    const program = runProgram(t, ['serve', '--test-controls', '--log-format', 'json'])
    const url = await program.url
    const [, token = ''] = /\(test controls, token (\S+)\)\n/.exec(program.stdout()) ?? []
    const { status } = await send('GET', `${url}/_skillkeeper/test/worlds`, { token })
    assert.equal(status, 200)
    assert.deepEqual((await send('GET', `${url}/readyz`)).body, { status: 'ready', testControls: true })
    program.process.kill()
    await program.ended
    assert.match(program.stderr(), /"testControls":true/)
    const given = runProgram(t, ['serve'], {
      env: { SKILLKEEPER_TEST_CONTROLS: 'true', SKILLKEEPER_OPERATOR_TOKEN: operatorToken },
    })
    await given.url
    assert.match(given.stdout(), /\(test controls\)\n/)
    assert.doesNotMatch(given.stdout(), new RegExp(operatorToken))
  })
})

describe('A folder for tests', () => {
  test('is used by no service without test controls, by no export and no import', async (t) => {
    const folder = await temporaryFolder(t)
    const made = runProgram(t, ['serve', '--test-controls', '--data', path.join(folder, 'tests')])
    await made.url
    made.process.kill()
    await once(made.process, 'exit')
    const before = readdirSync(path.join(folder, 'tests')).sort()
    for (const args of [['serve'], ['export', 'out.jsonl'], ['import', 'in.jsonl']]) {
      const program = runProgram(t, [...args, '--data', path.join(folder, 'tests')])
      assert.equal(await program.ended, 4, args[0])
      assert.match(program.stderr(), /was made for tests: the times in it may be wrong/)
    }
    assert.deepEqual(readdirSync(path.join(folder, 'tests')).sort(), before)
  })

  test('is not one that has something else in it', async (t) => {
    const folder = path.join(await temporaryFolder(t), 'production')
    const service = runProgram(t, ['serve', '--data', folder])
    await service.url
    service.process.kill()
    await once(service.process, 'exit')
    const program = runProgram(t, ['serve', '--test-controls', '--data', folder])
    assert.equal(await program.ended, 4)
    assert.match(program.stderr(), /was not made for tests: it has \S+ in it/)
    const again = runProgram(t, ['serve', '--data', folder])
    assert.match(await again.url, /^http/)
  })
})
