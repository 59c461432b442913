/** What is stored goes from any storage to any other, by the two commands that an operator has for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { startSkillkeeper } from '../../src/app/index.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import { exportStorage, importStorage } from '../../src/app/move-storage.ts'
import { StartError } from '../../src/app/start-error.ts'
import type { StoragePlace } from '../../src/storage/engine/snapshot.ts'
import { ownTables, tables } from '../../src/storage/transfer/tables.ts'
import { hospital, hospitalCatalog, secretOf } from '../support/catalogs.ts'
import { startGate } from '../support/gate.ts'
import { linkingCatalog, linkingSkills, requestWith, revocationPath, tokenPath } from '../support/linking.ts'
import { startOperatorService } from '../support/operator.ts'
import { emptyDatabase, openDatabase, takeOwnServer } from '../support/postgres.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'
import { startSkillTokenServer } from '../support/skill-token-server.ts'

takeOwnServer()

const sealingKey = Buffer.alloc(32, 5).toString('base64')
const { blinds } = linkingSkills
const { room, otherRoom, nurseCall, admin } = hospital

type Kind = 'folder' | 'database'
const newPlace: Readonly<Record<Kind, (t: TestContext) => Promise<StoragePlace>>> = {
  folder: async (t) => ({ data: path.join(temporaryFolder(t), 'data'), databaseUrl: undefined }),
  database: async () => ({ data: 'not used', databaseUrl: await emptyDatabase() }),
}
const ways: readonly (readonly [Kind, Kind])[] = [
  ['folder', 'database'],
  ['database', 'folder'],
  ['folder', 'folder'],
  ['database', 'database'],
]

describe('Everything that is stored', () => {
  for (const [from, to] of ways) {
    test(`moves from a ${from} to a new ${to}, and all of it holds there as before`, async (t) => {
      const server = await startSkillTokenServer()
      t.after(() => server.stop())
      const gate = await startGate(server.url)
      t.after(() => gate.stop())
      const source = await newPlace[from](t)
      const target = await newPlace[to](t)
      const options = { ...settingsOf(source), catalog: linkingCatalog(server, gate.url), rateLimit: 0 }
      const first = await startOperatorService(t, options)
      const token = await first.tokenOf(admin, secretOf(admin))
      const enable = (skillId: string, body: object) =>
        first.call(token, 'POST', `/v1/skills/${skillId}/enablements`, { stage: 'live', ...body })
      const accountLinkRequest = requestWith(await server.newCode(server.basicClient.clientId))
      assert.equal((await enable(blinds, { unitId: room, accountLinkRequest })).status, 201)
      assert.equal((await enable(nurseCall, { unitId: otherRoom, partitionName: 'A,B' })).status, 201)
      const revoked = await first.tokenOf(admin, secretOf(admin))
      await revoke(first.url, revoked)
      const before = await first.ask('GET', '/operations?order=oldest')
      await first.stop()

      const file = await moved(t, source, target)
      assert.equal(statSync(file).mode & 0o777, 0o600)

      // No catalog is loaded into it: what is there has come with the export.
      const second = await startOperatorService(t, { ...settingsOf(target), catalog: {} })
      const after = await second.ask('GET', '/operations?order=oldest')
      assert.deepEqual(after.body.items.slice(0, before.body.items.length), before.body.items)
      const get = (with_: string, skillId: string, unitId: string) =>
        second.call(with_, 'GET', `/v1/skills/${skillId}/enablements?unitId=${unitId}`)
      assert.equal((await get(token, blinds, room)).body.accountLink.status, 'LINKED')
      assert.equal((await get(token, nurseCall, otherRoom)).body.status, 'ENABLED')
      assert.equal((await get(revoked, nurseCall, otherRoom)).status, 401)
      assert.equal((await get(await second.tokenOf(admin, secretOf(admin)), nurseCall, room)).status, 404)
      // The tokens of the link open: they are revoked at the skill's server.
      const gone = await second.call(token, 'DELETE', `/v1/skills/${blinds}/enablements?unitId=${room}`)
      assert.equal(gone.status, 204)
      // The code was exchanged before.
      await gate.arrival(2)
      await second.stop()
      const sent = gate.to(revocationPath).map(({ form }) => form.get('token'))
      const given = gate.to(tokenPath).map(({ answer }) => answer?.refresh_token)
      assert.ok(sent.length > 0 && sent.includes(String(given[0])))
    })
  }

  test('goes through a pipe, with a folder in use at one end and the environment naming the other', async (t) => {
    const data = path.join(temporaryFolder(t), 'data')
    const running = runProgram(t, ['serve', '--port', '0', '--data', data])
    await running.url
    const databaseUrl = await emptyDatabase()
    const env = { SKILLKEEPER_DATABASE_URL: databaseUrl }
    const out = runProgram(t, ['export', '--data', data, '-'], { env })
    assert.equal(await out.ended, 0, out.stderr())
    assert.match(out.stderr(), /^Exported all \d+ records\./)
    const into = runProgram(t, ['import', '-'], { env, input: out.stdout() })
    assert.equal(await into.ended, 0, into.stderr())
    const again = runProgram(t, ['export', '-'], { env })
    assert.equal(await again.ended, 0, again.stderr())
    assert.equal(again.stdout(), out.stdout())
  })

  test('stands in tables that an export names, or that are stated to stay', () => {
    // Numbers for IDs have made three tables anew.
    const made = new Set(
      readMigrations().flatMap(({ text }) =>
        [...text.matchAll(/create table (?:if not exists )?(\w+)/g)].map((hit) => hit[1]),
      ),
    )
    const known = [...tables.map(({ name }) => name), ...ownTables]
    // The table of migrations is made before the first of them.
    assert.deepEqual([...made, 'migrations'].sort(), known.sort())
  })
})

describe('An import', () => {
  test('that was killed half way goes on where it stopped: nothing is missing and nothing twice', async (t) => {
    const file = await manyRecords(t)
    const lines = readFileSync(file, 'utf8').split('\n')
    const { data } = await newPlace.folder(t)
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', killedImport, data, file])
    assert.equal(killed.signal, 'SIGKILL', String(killed.stderr))

    const refused = runProgram(t, ['serve', '--port', '0', '--data', data])
    assert.equal(await refused.ended, 4)
    assert.match(
      refused.stderr(),
      /An import into this storage has not come to its end\. Run skillkeeper import/,
    )

    const rest = runProgram(t, ['import', '--data', data, file])
    assert.equal(await rest.ended, 0, rest.stderr())
    const again = path.join(temporaryFolder(t), 'again.jsonl')
    await exportStorage({ data, databaseUrl: undefined }, again, () => {})
    assert.equal(readFileSync(again, 'utf8'), lines.join('\n'))
    const served = runProgram(t, ['serve', '--port', '0', '--data', data], {
      env: { SKILLKEEPER_SEALING_KEY: sealingKey },
    })
    await served.url
  })

  for (const kind of ['folder', 'database'] as const) {
    test(`of a part goes on with the whole of it, in a ${kind}`, async (t) => {
      const file = await smallExport(t)
      const text = readFileSync(file, 'utf8')
      const target = await newPlace[kind](t)
      for (const part of [0.3, 0.6]) {
        const cut = fileWith(t, text.slice(0, text.length * part))
        await rejected(importFile(target, cut), 'failure', /truncated\. Import the complete export/)
      }
      await importFile(target, file)
      assert.equal(await exported(t, target), text)
    })

    test(`of another export than the one that was begun is refused, unless it is to start over, in a ${kind}`, async (t) => {
      const text = readFileSync(await smallExport(t), 'utf8')
      const target = await newPlace[kind](t)
      await rejected(importFile(target, fileWith(t, text.slice(0, -10))), 'failure', /truncated/)
      const other = await smallExport(t)
      await rejected(importFile(target, other), 'failure', /another export .* --start-over/)
      await importFile(target, other, true)
      assert.equal(await exported(t, target), readFileSync(other, 'utf8'))
    })

    test(`into a ${kind} that is in use or was used is refused, and changes nothing`, async (t) => {
      const file = await smallExport(t)
      const target = await newPlace[kind](t)
      const service = await startOperatorService(t, settingsOf(target))
      const before = await exported(t, target)
      if (kind === 'database') await rejected(importFile(target, file), 'failure', /The storage is not empty/)
      else await rejected(importFile(target, file), 'storage', /in use by another process/)
      await service.stop()
      await rejected(importFile(target, file, true), 'failure', /The storage is not empty/)
      assert.equal(await exported(t, target), before)
    })
  }

  test('of a storage with numbers and without roles gives clients the roles that the catalog lists', async (t) => {
    const target = await newPlace.folder(t)
    const source = await newPlace.folder(t)
    await (await startOperatorService(t, { ...settingsOf(source), catalog: hospitalCatalog })).stop()
    await importFile(target, fileWith(t, withoutRoles(await exported(t, source))))
    const service = await startOperatorService(t, { ...settingsOf(target), catalog: {} })
    const token = await service.tokenOf(admin, secretOf(admin))
    const listed = await service.call(token, 'GET', `/v1/skills/enablements?unitId=${room}`)
    assert.equal(listed.status, 200)
  })

  test('of a text that was changed anywhere is refused before a service can start', async (t) => {
    const text = readFileSync(await smallExport(t), 'utf8')
    const target = await newPlace.folder(t)
    const changed = fileWith(t, text.replace('Mercy Health', 'Mercy Wealth'))
    await rejected(importFile(target, changed), 'failure', /The export is damaged/)
    await assert.rejects(startOperatorService(t, settingsOf(target)), /not come to its end/)
    await importFile(target, fileWith(t, text), true)
  })

  test('of what is no export says so, with the line', async (t) => {
    const schemaVersion = Math.max(...readMigrations().map(({ number }) => number))
    const header = (more: object) =>
      JSON.stringify({
        format: 'skillkeeper-export',
        formatVersion: 2,
        schemaVersion,
        records: {},
        ...more,
      })
    const bad: readonly (readonly [string, RegExp])[] = [
      ['{"a":1}\n', /This is not an export of Skillkeeper/],
      ['hello\n', /Line 1 of the export is not JSON/],
      ['', /ends after 0 records/],
      [
        `${header({ formatVersion: 3 })}
`,
        /has format 3, but this version .* reads 1 and 2/,
      ],
      [`${header({ schemaVersion: 9999 })}\n`, /schema version 9999.*Use a newer Skillkeeper/],
      [`${header({ schemaVersion: 1 })}\n`, /schema version 1, and none was made with it/],
      [`${header({})}\n{"table":"units"}\n`, /Line 2 of the export is not a record/],
      [`${header({})}\n{"table":"sqlite_master","row":{}}\n`, /lines 2 to 2 .*There is no such table/],
      [`${header({})}\n{"table":"keys","row":{"id) --":1}}\n`, /There is no such table/],
      [`${header({})}\n{"table":"keys","row":{"id":"x"}}\n`, /lines 2 to 2 cannot be stored/],
    ]
    for (const [text, pattern] of bad) {
      const target = await newPlace.folder(t)
      await rejected(importFile(target, fileWith(t, text)), 'failure', pattern)
    }
  })
})

describe('What follows the last line of an export', () => {
  const followers: Readonly<Record<string, (text: string) => string>> = {
    'the same export': (text) => text,
    'the same export from its second line on': (text) => text.slice(text.indexOf('\n') + 1),
    'its last line once more': (text) => text.slice(text.lastIndexOf('\n', text.length - 2) + 1),
    'an empty line': () => '\n',
    'a space without an end': () => ' ',
    'a text without an end': () => 'more',
    'a zero byte': () => '\0',
  }
  for (const [what, more] of Object.entries(followers)) {
    test(`is refused before a service can start, such as ${what}; the export alone then goes in`, async (t) => {
      const text = readFileSync(await smallExport(t), 'utf8')
      const target = await newPlace.folder(t)
      const both = fileWith(t, text + more(text))
      await rejected(importFile(target, both), 'failure', /with one export and nothing else/)
      await rejectedStart(target)
      await importFile(target, fileWith(t, text))
      assert.equal(await exported(t, target), text)
    })
  }

  test('is refused from a pipe too, where another export follows', async (t) => {
    const [one, other] = [await smallExport(t), await smallExport(t)].map((file) =>
      readFileSync(file, 'utf8'),
    )
    const { data } = await newPlace.folder(t)
    const program = runProgram(t, ['import', '--data', data, '-'], { input: `${one}${other}` })
    assert.equal(await program.ended, 1)
    assert.match(program.stderr(), /with one export and nothing else/)
  })
})

describe('An export', () => {
  test('is of one moment, whatever is written meanwhile', async (t) => {
    for (const kind of ['folder', 'database'] as const) {
      const place = await newPlace[kind](t)
      const service = await startOperatorService(t, settingsOf(place))
      const before = await exported(t, place)
      const catalog = { skills: [{ id: 'amzn1.ask.skill.later', name: 'Later', stages: ['live'] }] }
      const file = path.join(temporaryFolder(t), 'meanwhile.jsonl')
      // It has counted when the first progress is told.
      let written: Promise<unknown> | undefined
      await exportStorage(place, file, () => {
        written ??= service.ask('POST', '/catalog', catalog)
      })
      await written
      assert.equal(readFileSync(file, 'utf8'), before)
      assert.notEqual(await exported(t, place), before)
    }
  })

  test('says so when whoever takes it has ended', async (t) => {
    const { data } = await newPlace.folder(t)
    await (await startOperatorService(t, settingsOf({ data, databaseUrl: undefined }))).stop()
    const under = ['sh', '-c', '{ "$@"; echo "ended with $?" >&2; } | true', 'sh']
    const program = runProgram(t, ['export', '--data', data, '-'], { under })
    await program.ended
    assert.match(program.stderr(), /The program that reads the export has ended\.\nended with 1/)
  })

  test('says so when its database goes in the middle of it', async (t) => {
    const { url, admin } = await openDatabase(t)
    const place: StoragePlace = { data: 'not used', databaseUrl: url }
    await (await startOperatorService(t, settingsOf(place))).stop()
    await admin`insert into revocations select 'token-' || n, 1 from generate_series(1, 30000) n`
    const file = path.join(temporaryFolder(t), 'export.jsonl')
    let gone: Promise<unknown> | undefined
    const exporting = exportStorage(place, file, () => {
      gone ??= admin`select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where application_name = 'skillkeeper export'`.execute()
    })
    await rejected(exporting, 'storage', /The database cannot be read: /)
    await gone
  })

  test('of what is no storage, or into a file that is there, is refused with what to do', async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'file')
    const run = async (...args: string[]) => {
      const program = runProgram(t, ['export', ...args])
      return [await program.ended, program.stderr()] as const
    }
    const [noStorage, missing] = await run('--data', folder, file)
    assert.equal(noStorage, 4)
    assert.match(missing, /holds no storage: .*skillkeeper\.db is missing/)
    writeFileSync(file, 'precious')
    const [usage, there] = await run('--data', folder, file)
    assert.equal(usage, 2)
    assert.match(there, /already exists\. Remove it, or specify another file/)
    assert.equal((await run('--data', ':memory:', '-'))[0], 2)
    assert.equal((await run('--data', folder, '--database-url', 'postgres://x', '-'))[0], 2)
    assert.equal((await run('--database-url', 'postgres://postgres@127.0.0.1:1/none', '-'))[0], 4)
    const [empty, none] = await run('--database-url', await emptyDatabase(), '-')
    assert.equal(empty, 4)
    assert.match(none, /There is no storage of Skillkeeper/)
  })
})

function settingsOf({ data, databaseUrl }: StoragePlace) {
  return { sealingKey, ...(databaseUrl === undefined ? { data } : { databaseUrl }) }
}

async function moved(t: TestContext, source: StoragePlace, target: StoragePlace): Promise<string> {
  const file = path.join(temporaryFolder(t), 'export.jsonl')
  const exportedRecords = await exportStorage(source, file, () => {})
  assert.equal(await importFile(target, file), exportedRecords)
  return file
}

function importFile(target: StoragePlace, file: string, startOver = false): Promise<number> {
  return importStorage(target, file, { startOver, onProgress: () => {} })
}

async function exported(t: TestContext, place: StoragePlace): Promise<string> {
  const file = path.join(temporaryFolder(t), 'export.jsonl')
  await exportStorage(place, file, () => {})
  return readFileSync(file, 'utf8')
}

/** The export of a service that has just started for the first time. */
async function smallExport(t: TestContext): Promise<string> {
  const place = await newPlace.folder(t)
  await (await startOperatorService(t, settingsOf(place))).stop()
  const file = path.join(temporaryFolder(t), 'export.jsonl')
  await exportStorage(place, file, () => {})
  return file
}

/** Returns the export as the schema before roles has it. */
function withoutRoles(text: string): string {
  const added = /^(person_id|assigned_roles)$/
  const [header, ...records] = text
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
  const { people: _people, role_assignments: assignments, ...counts } = header.records
  assert.ok(assignments > 0)
  const kept = records
    .filter(({ table }) => table in counts)
    .map(({ table, row }) => ({
      table,
      row: Object.fromEntries(Object.entries(row).filter(([column]) => !added.test(column))),
    }))
  const lines = [{ ...header, schemaVersion: 11, records: counts }, ...kept].map(
    (line) => `${JSON.stringify(line)}\n`,
  )
  const sha256 = createHash('sha256').update(lines.join('')).digest('hex')
  return `${lines.join('')}${JSON.stringify({ end: true, records: kept.length, sha256 })}\n`
}

/** An import into a folder that is killed with two thirds of its records stored. */
const killedImport = `
  import { importStorage } from ${JSON.stringify(new URL('../../src/app/move-storage.ts', import.meta.url).href)}
  const [, data, file] = process.argv
  const onProgress = (records) => {
    if (records === 20_000) process.kill(process.pid, 'SIGKILL')
  }
  await importStorage({ data, databaseUrl: undefined }, file, { startOver: false, onProgress })`

/** With 30,000 revocations besides. */
async function manyRecords(t: TestContext): Promise<string> {
  const place = await newPlace.folder(t)
  await (await startOperatorService(t, settingsOf(place))).stop()
  const database = new DatabaseSync(path.join(place.data, 'skillkeeper.db'))
  database.exec(`insert into revocations
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 30000)
    select 'token-' || n, 4000000000000 from numbers`)
  database.close()
  const file = path.join(temporaryFolder(t), 'export.jsonl')
  await exportStorage(place, file, () => {})
  return file
}

function fileWith(t: TestContext, text: string): string {
  const file = path.join(temporaryFolder(t), 'part.jsonl')
  writeFileSync(file, text)
  return file
}

async function rejected(action: Promise<unknown>, kind: StartError['kind'], message: RegExp): Promise<void> {
  await assert.rejects(action, (error) => {
    assert.ok(error instanceof StartError, String(error))
    assert.match(error.message, message)
    assert.equal(error.kind, kind)
    return true
  })
}

async function rejectedStart(place: StoragePlace): Promise<void> {
  const start = startSkillkeeper({ port: 0, logLevel: 'silent', ...settingsOf(place) })
  await rejected(start, 'storage', /An import into this storage has not come to its end/)
}

async function revoke(url: string, token: string): Promise<void> {
  const form = { token, client_id: admin, client_secret: secretOf(admin) }
  const answer = await fetch(`${url}/auth/o2/revoke`, { method: 'POST', body: new URLSearchParams(form) })
  assert.equal(answer.status, 200)
}
