// An address of a database holds a password. Whatever is wrong with it, and wherever it was written, nobody gets to see it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { startSkillkeeper } from '../../src/app/index.ts'
import { hideAddresses } from '../../src/app/log/hide-addresses.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'

const addresses = [
  'postgres://clerk:hu/sh@h/db',
  'postgres://clerk:hu#sh@h/db',
  'postgres://clerk:hu?sh@h/db',
  'postgres://clerk:hush%@h/db',
  'jdbc:postgresql://h/db?user=clerk&password=hush',
  'postgres://clerk:hush@one,two/db',
  'postgres://clerk:hush@h:65536/db',
  'postgres://clerk:hush@h:port/db',
  'postgres://clerk:hush@h/db?sslmode=verify',
  'postgres://clerk:hush@h/db?sslmod=require',
  'mysql://clerk:hush@h/db',
  ' hush and rush ',
]
const secret = /hu.?sh|clerk|rush/

describe('An address that cannot be used is not shown,', { concurrency: 2 }, () => {
  for (const address of addresses) {
    test(`wherever it is given: ${address}`, async (t) => {
      const folder = temporaryFolder(t)
      const config = path.join(folder, 'settings.json')
      writeFileSync(config, JSON.stringify({ 'database-url': address }))
      const environment = { SKILLKEEPER_DATABASE_URL: address }
      for (const [args, env] of [
        [['serve', '--database-url', address], {}],
        [['serve'], environment],
        [['serve', '--config', config], {}],
        [['export', 'file', '--database-url', address], {}],
        [['import', config], environment],
      ] as const) {
        const { ended, all } = await run(t, args, env)
        assert.equal(ended, 2)
        assert.doesNotMatch(all, secret, args[0])
        assert.match(all, /database-url|DATABASE_URL/)
      }
    })
  }

  test('nor by a program that starts a service', async () => {
    for (const databaseUrl of addresses) {
      const error = await startSkillkeeper({ databaseUrl, port: 0 }).then(
        () => assert.fail(),
        (error: Error) => error,
      )
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        assert.doesNotMatch(`${cause.message} ${cause.stack} ${JSON.stringify(cause)}`, secret)
    }
  })

  test('nor where it was written by mistake', async (t) => {
    const address = 'postgres://clerk:hush@127.0.0.1:1/db?sslpassword=rush'
    for (const args of [
      ['serve', address],
      ['serve', `--databse-url=${address}`],
      ['serve', '--data', address],
      ['serve', '--catalog', address, '--data', ':memory:', '--port', '0'],
      ['serve', '--config', address],
      ['serve', '--token-info-url', address],
      ['serve', '--log-level', address],
      ['serve', '--port', address],
      ['export', address],
      ['import', address],
      ['import', '--data', address, 'file'],
      ['get', '--endpoint', address, 'skill', 'unit'],
    ]) {
      const { all } = await run(t, args, {})
      assert.doesNotMatch(all, secret, args.join(' '))
    }
  })

  test('nor when it is right and the database cannot be had', async (t) => {
    const address = 'postgres://clerk:hush@127.0.0.1:1/db?connect_timeout=1'
    const exported = await run(t, ['export', 'file', '--database-url', address], {})
    assert.deepEqual([exported.ended, secret.test(exported.all)], [4, false])
    const waiting = runProgram(t, ['serve', '--port', '0', '--database-url', address], {
      env: { SKILLKEEPER_SEALING_KEY: Buffer.alloc(32, 7).toString('base64') },
    })
    await new Promise<void>((resolve) => {
      waiting.process.stderr?.on('data', () => {
        if (waiting.stderr().includes('The database is down')) resolve()
      })
    })
    assert.doesNotMatch(waiting.stderr(), secret)
  })

  test('whatever stands around it in a text', () => {
    const odd = fc.stringMatching(/^[!-~]{0,12}$/)
    const scheme = fc.constantFrom(
      'postgres://',
      'postgresql://',
      'jdbc:postgresql://',
      'POSTGRES://',
      'https://',
    )
    fc.assert(
      fc.property(scheme, odd, odd, (scheme, before, behind) => {
        const shown = hideAddresses(`"${scheme}u:${before}Hush${behind}@host/db" is no number.`)
        assert.doesNotMatch(shown, /Hush/)
        assert.match(shown, /is no number\.$/)
      }),
    )
  })
})

async function run(t: TestContext, args: readonly string[], env: Readonly<Record<string, string>>) {
  const program = runProgram(t, args, { env, cwd: temporaryFolder(t) })
  const ended = await program.ended
  return { ended, all: program.stdout() + program.stderr() }
}
