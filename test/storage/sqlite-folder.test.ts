/** What becomes of a data folder under a running storage: deleted, moved, replaced, or a file of it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { statement } from '../../src/storage/engine/driver.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { openSqlite } from '../../src/storage/sqlite/driver.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { startHospital } from '../support/enablements.ts'
import { operatorToken } from '../support/service.ts'
import { organization, putRoom, record, skillId, stamp, t0, unitBelow } from './conformance/records.ts'

const room = unitBelow(organization(), 'R101')
const { nurseCall, roomLights, room: roomId } = hospital

interface Accident {
  happens(data: string): void
  /** Makes it good; undone in time, the storage goes on. */
  undo?(data: string): void
  /** Where all that was acknowledged is afterwards; nowhere without it. */
  readonly keptIn?: (data: string) => string
}

const away = (place: string) => `${place}-away`
const removal = (name: string): Accident => ({
  happens: (data) => rmSync(path.join(data, name)),
  ...(name !== 'skillkeeper.db' && { keptIn: (data: string) => data }),
})

const accidents: Readonly<Record<string, Accident>> = {
  'the folder is deleted': { happens: (data) => rmSync(data, { recursive: true }) },
  'the folder is deleted and made again': {
    happens(data) {
      rmSync(data, { recursive: true })
      mkdirSync(data)
    },
  },
  'the folder is moved away': {
    happens: (data) => renameSync(data, away(data)),
    undo: (data) => renameSync(away(data), data),
    keptIn: away,
  },
  'another folder is put in its place': {
    happens(data) {
      cpSync(data, `${data}-copy`, { recursive: true })
      renameSync(data, away(data))
      renameSync(`${data}-copy`, data)
    },
    undo(data) {
      rmSync(data, { recursive: true })
      renameSync(away(data), data)
    },
    keptIn: away,
  },
  'a folder above it is moved away': {
    happens: (data) => renameSync(path.dirname(data), away(path.dirname(data))),
    undo: (data) => renameSync(away(path.dirname(data)), path.dirname(data)),
    keptIn: (data) => path.join(away(path.dirname(data)), path.basename(data)),
  },
  'the folder becomes a link to another one': {
    happens(data) {
      renameSync(data, away(data))
      mkdirSync(`${data}-other`)
      symlinkSync(`${data}-other`, data)
    },
    undo(data) {
      rmSync(data)
      rmSync(`${data}-other`, { recursive: true })
      renameSync(away(data), data)
    },
    keptIn: away,
  },
  'a file stands in its place': {
    happens(data) {
      renameSync(data, away(data))
      writeFileSync(data, '')
    },
    undo(data) {
      rmSync(data)
      renameSync(away(data), data)
    },
    keptIn: away,
  },
  'the database is deleted': removal('skillkeeper.db'),
  'the database is replaced by a copy': {
    happens(data) {
      const file = path.join(data, 'skillkeeper.db')
      cpSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  },
  'the write-ahead log is deleted': removal('skillkeeper.db-wal'),
  'its index is deleted': removal('skillkeeper.db-shm'),
  'both are deleted': {
    happens(data) {
      rmSync(path.join(data, 'skillkeeper.db-wal'))
      rmSync(path.join(data, 'skillkeeper.db-shm'))
    },
    keptIn: (data) => data,
  },
  'the lock is deleted': removal('lock'),
}

describe('No write is acknowledged that nobody will find, when', () => {
  for (const [what, accident] of Object.entries(accidents)) {
    test(`${what}: writes are refused, reads go on, and it is told`, async (t) => {
      const { data, storage, log } = await openInPlace(t)
      await enable(storage, 'before')
      accident.happens(data)
      await assert.rejects(enable(storage, 'refused'), isRefusedAs(/is gone|another file|cannot be reached/))
      await assert.rejects(storage.ping(), /its files are not where they were/)
      assert.deepEqual(await enabledIn(storage), ['before'])
      assert.deepEqual(log, ['error The storage takes no writes: its files are not where they were'])

      const acknowledged = ['before']
      if (accident.undo) {
        accident.undo(data)
        await storage.ping()
        await enable(storage, 'going on')
        acknowledged.push('going on')
        assert.equal(log.at(-1), 'info The storage takes writes again')
        accident.happens(data)
      }
      await storage.close()
      const place = accident.keptIn?.(data)
      if (place !== undefined) assert.deepEqual(await enabledAt(place), acknowledged)
    })

    test(`${what} and the next thing is the stop: what stands at the path then is left alone`, async (t) => {
      const { data, storage } = await openInPlace(t)
      await enable(storage, 'before')
      accident.happens(data)
      await storage.close()
      const place = accident.keptIn?.(data)
      if (place !== undefined) assert.deepEqual(await enabledAt(place), ['before'])
    })

    test(`${what} in the middle of a write: that one is refused`, async (t) => {
      const data = path.join(await temporaryFolder(t), 'above', 'data')
      const driver = await openSqlite(data, systemClock)
      t.after(() => driver.close())
      await driver.migrate('create table marks (name text not null)')
      const mark = (name: string) => statement('insert into marks values ($1)', name)
      await driver.write(function* () {
        yield mark('before')
      })
      const writing = driver.write(function* () {
        yield mark('meanwhile')
        accident.happens(data)
      })
      await assert.rejects(writing, isRefusedAs(/is gone|another file|cannot be reached/))
    })
  }

  test('the folder is deleted and a second storage lives in a new one: the end of the first takes nothing from it', async (t) => {
    for (const name of ['', 'skillkeeper.db', 'lock'] as const) {
      const { data, storage } = await openInPlace(t)
      await enable(storage, 'first')
      rmSync(path.join(data, name), { recursive: true })
      if (name === 'skillkeeper.db') rmSync(path.join(data, 'lock'))
      const second = name === 'skillkeeper.db' ? undefined : await open(data)
      if (name === '') await putRoom(second!)
      if (second) await enable(second, 'second')
      await assert.rejects(enable(storage, 'lost'), isRefusedAs(/is gone|another file/))
      await storage.close()
      if (second === undefined) continue
      await enable(second, 'third')
      const expected = name === '' ? ['second', 'third'] : ['first', 'second', 'third']
      assert.deepEqual(await enabledIn(second), expected)
      await second.close()
      assert.deepEqual(await enabledAt(data), expected)
    }
  })

  test('the log is deleted and a shell has opened the database since: nothing is written under its hands', async (t) => {
    const { data, storage } = await openInPlace(t)
    await enable(storage, 'before')
    const file = path.join(data, 'skillkeeper.db')
    rmSync(`${file}-wal`)
    rmSync(`${file}-shm`)
    // A process of its own: within one the engine would know better.
    const shell = spawn(process.execPath, ['--input-type=module', '-e', shellProgram, file])
    t.after(() => shell.kill('SIGKILL'))
    assert.equal(String((await once(shell.stdout, 'data'))[0]), 'open')
    const before = readFileSync(file)
    await assert.rejects(enable(storage, 'refused'), isRefusedAs(/another file/))
    await storage.close()
    assert.ok(readFileSync(file).equals(before))
    shell.stdin.end()
    assert.equal(String((await once(shell.stdout, 'data'))[0]), 'ok')
  })
})

/** Writes, and when its input ends says whether the database is sound. */
const shellProgram = `
  import { DatabaseSync } from 'node:sqlite'
  const database = new DatabaseSync(process.argv[1])
  database.exec('create table theirs (a)')
  process.stdout.write('open')
  process.stdin.resume().on('end', () => {
    process.stdout.write(String(database.prepare('pragma integrity_check').get().integrity_check))
  })`

test('A service whose data folder has gone says so: 503 to writes and /readyz, and no key is put elsewhere', async (t) => {
  const data = path.join(await temporaryFolder(t), 'data')
  const service = await startHospital(t, { data })
  assert.equal((await service.enable(nurseCall, roomId)).status, 201)
  renameSync(data, away(data))
  mkdirSync(data)
  writeFileSync(path.join(data, 'sealing-key'), readFileSync(path.join(away(data), 'sealing-key')))
  const key = readFileSync(path.join(data, 'sealing-key'), 'utf8')
  const answers = [
    await service.enable(roomLights, roomId),
    await service.call('GET', '/readyz'),
    await service.call('POST', '/_skillkeeper/keys/sealing', { token: operatorToken }),
    await service.get(nurseCall, roomId),
    await service.call('GET', '/livez'),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 503, 503, 200, 200],
  )
  assert.equal(answers[1]?.body.message, 'The storage takes no writes: its files are not where they were.')
  assert.equal(readFileSync(path.join(data, 'sealing-key'), 'utf8'), key)
  const told = service.log.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  assert.equal(told.length, 1)
  assert.match(told[0].msg, /The storage takes no writes: its files are not where they were/)
  assert.match(told[0].detail, /skillkeeper\.db is gone/)
  rmSync(data, { recursive: true })
  renameSync(away(data), data)
  assert.equal((await service.call('GET', '/readyz')).status, 200)
  assert.equal((await service.enable(roomLights, roomId)).status, 201)
})

async function openInPlace(t: TestContext): Promise<{ data: string; storage: Storage; log: string[] }> {
  const data = path.join(await temporaryFolder(t), 'above', 'data')
  const log: string[] = []
  const storage = await open(data, log)
  t.after(() => storage.close())
  await putRoom(storage)
  return { data, storage, log }
}

function open(data: string, log: string[] = []): Promise<Storage> {
  const tell = (level: string) => (_fields: unknown, message: string) => void log.push(`${level} ${message}`)
  return openEmbeddedStorage(data, {
    ...systemClock,
    log: { info: tell('info'), warn: tell('warn'), error: tell('error') },
    newId: createNewId(systemClock.now),
    migrations: readMigrations(),
  })
}

async function enable(storage: Storage, name: string): Promise<void> {
  await storage.enablements.enable(record(room, name), stamp(t0))
}

async function enabledIn(storage: Storage): Promise<string[]> {
  const listed = await storage.enablements.list(room.id, undefined, 1000)
  return listed.map((one) => one.skillId.slice(skillId('').length)).sort()
}

async function enabledAt(data: string): Promise<string[]> {
  const storage = await open(data)
  const names = await enabledIn(storage)
  await storage.close()
  return names
}

function isRefusedAs(detail: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE', String(error))
    assert.match(error.detail ?? '', detail)
    return true
  }
}
