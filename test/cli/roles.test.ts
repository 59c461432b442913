import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { secretOf } from '../support/catalogs.ts'
import { type CommandLine, commandLineOf } from '../support/command-line.ts'
import { account, app, person, rolesCatalog } from '../support/roles.ts'
import { startService } from '../support/service.ts'
import { hotel } from '../support/units.ts'

/** So that a time of this machine comes after it, and is no more than some years ahead. */
const startAt = Date.UTC(2020, 0, 1)

async function start(
  t: TestContext,
): Promise<CommandLine & { as(personId: string): Record<string, string> }> {
  const service = await startService(t, { catalog: rolesCatalog, rateLimit: 0, startAt })
  return {
    ...commandLineOf(t, service),
    as: (personId) => ({
      SKILLKEEPER_CLIENT_ID: app,
      SKILLKEEPER_CLIENT_SECRET: secretOf(app),
      SKILLKEEPER_REFRESH_TOKEN: `Atzr|refresh-token-of-${personId}`,
    }),
  }
}

describe('The command line, for roles,', { concurrency: 2 }, () => {
  test('hands a unit over to somebody by name, shows it, and takes it back', async (t) => {
    const { run, as } = await start(t)
    const owner = { env: as(person.owner) }
    const manager = { env: as(person.manager) }
    const before = await run(['units', 'get', hotel.room], manager)
    assert.equal(before.exitCode, 1, before.stderr)
    const given = await run(['roles', 'assign', hotel.floor, 'max@hotel.example'], owner)
    assert.equal(given.exitCode, 0, given.stderr)
    assert.match(given.stderr, /max@hotel\.example is Max Manager, amzn1\.account\.MANAGER\.\n/)
    assert.match(given.stderr, /amzn1\.account\.MANAGER is A4P\.UnitAdmin of \S+FLOOR\.\n/)
    assert.equal((await run(['units', 'get', hotel.room], manager)).exitCode, 0)
    const list = await run(['roles', 'list', hotel.floor, '--output', 'csv'], owner)
    assert.match(list.stdout, /^roleName,covers,expiresAt,principalId,unitId,roleId\n/)
    assert.match(list.stdout, /^A4P\.UnitAdmin,all below,,amzn1\.account\.MANAGER,\S+FLOOR,\S+$/m)
    const own = await run(['roles', 'of', person.manager, '--output', 'json'], manager)
    assert.equal(JSON.parse(own.stdout)[0].unitId, hotel.floor)
    const taken = await run(['roles', 'revoke', hotel.floor, 'Max Manager'], owner)
    assert.equal(taken.exitCode, 0, taken.stderr)
    assert.equal((await run(['units', 'get', hotel.room], manager)).exitCode, 1)
  })

  test('gives a role for the unit alone, for a time, and with another name', async (t) => {
    const { run, as } = await start(t)
    const owner = { env: as(person.owner) }
    const args = ['roles', 'assign', hotel.floor, account('ELSEWHERE'), '--role', 'viewer', '--unit-only']
    const given = await run([...args, '--until', '2030-01-01'], owner)
    assert.equal(given.exitCode, 0, given.stderr)
    const of = await run(['roles', 'of', account('ELSEWHERE'), hotel.floor, '--output', 'json'], owner)
    const [{ roleName, propagate, expiresAt }] = JSON.parse(of.stdout)
    assert.deepEqual([roleName, propagate, expiresAt], ['viewer', false, '2030-01-01T00:00:00.000Z'])
  })

  test('says what is wrong: an unknown name, a role that is none of the unit, a time that is no time', async (t) => {
    const { run, as } = await start(t)
    const owner = { env: as(person.owner) }
    const nobody = await run(['roles', 'assign', hotel.floor, 'Nobody'], owner)
    assert.deepEqual([nobody.exitCode, /Nobody is called Nobody/.test(nobody.stderr)], [2, true])
    const wrong = await run(['roles', 'assign', hotel.floor, person.guest, '--role', 'A4H.OrgAdmin'], owner)
    assert.equal(wrong.exitCode, 1)
    assert.match(
      wrong.stderr,
      /has no role A4H\.OrgAdmin: only an organization has it|only an organization has A4H/,
    )
    const time = await run(['roles', 'assign', hotel.floor, person.guest, '--until', 'soon'], owner)
    assert.equal(time.exitCode, 2)
  })
})

describe('The command line, for people,', { concurrency: 2 }, () => {
  test('adds, lists and removes them, and never shows a passphrase', async (t) => {
    const { run } = await start(t)
    const env = { SKILLKEEPER_PASSPHRASE: 'a long passphrase' }
    const added = await run(['people', 'add', 'Nora Reyes', '--email', 'nora@hotel.example'], { env })
    assert.equal(added.exitCode, 0, added.stderr)
    const [, id] = /^Nora Reyes is (amzn1\.account\.[0-9A-F]{32})\.$/m.exec(added.stderr) ?? []
    assert.ok(id, added.stderr)
    const list = await run(['people', 'list', '--output', 'json'])
    const nora = JSON.parse(list.stdout).find((one: { id: string }) => one.id === id)
    assert.deepEqual(nora, {
      id,
      name: 'Nora Reyes',
      email: 'nora@hotel.example',
      hasPassphrase: true,
      roles: [],
    })
    assert.equal((await run(['people', 'remove', 'nora@hotel.example'])).exitCode, 0)
    assert.equal((await run(['people', 'remove', id])).exitCode, 1)
    const hash = await run(['people', 'hash'], { env })
    assert.match(hash.stdout, /^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}\n$/)
  })
})
