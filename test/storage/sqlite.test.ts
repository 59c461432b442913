/** The embedded engine: all that the port promises, and what is its own: files, one process, a disk that fills up. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readMigrations } from '../../src/app/migrations.ts'
import { StorageOpenError } from '../../src/storage/engine/storage-open-error.ts'
import { openEmbedded, openInFolder, openInMemory, temporaryFolder } from '../support/embedded-storage.ts'
import { fillDisk } from '../support/full-disk.ts'
import type { FullDiskReport } from '../support/full-disk-program.ts'
import { organization, putRoom, putRooms, record, stamp, t0 } from './conformance/records.ts'
import { storageConformance } from './conformance.ts'

storageConformance('SQLite in memory', openInMemory)
storageConformance('SQLite in a folder', openInFolder, 30)

describe('A data folder', () => {
  test('keeps what was written, over every stop and start', async (t) => {
    const folder = path.join(await temporaryFolder(t), 'deep', 'below')
    for (let start = 0; start < 3; start++) {
      const storage = await openEmbedded(t, folder)
      const room = await putRoom(storage)
      assert.equal((await storage.enablements.list(room.id, undefined, 10)).length, start)
      await storage.enablements.enable(record(room, `S${start}`), stamp(t0 + start))
      await storage.close()
    }
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(path.join(folder, 'skillkeeper.db')).mode & 0o777, 0o600)
  })

  test('is not in memory, where nothing is kept and each storage is its own', async (t) => {
    const first = await openEmbedded(t, ':memory:')
    const second = await openEmbedded(t, ':memory:')
    await putRoom(first)
    assert.equal((await first.catalog.listOrganizations('', 10)).length, 1)
    assert.deepEqual(await second.catalog.listOrganizations('', 10), [])
    assert.equal(existsSync(':memory:'), false)
  })

  test('belongs to one storage at a time in a process', async (t) => {
    const folder = await temporaryFolder(t)
    const storage = await openEmbedded(t, folder)
    await requireNotOpened(t, folder, /in use/)
    await putRoom(storage)
    await requireNotOpened(t, folder, /in use/)
    await storage.close()
    const next = await openEmbedded(t, folder)
    assert.equal((await next.catalog.listOrganizations('', 10)).length, 1)
  })

  test('belongs to one process at a time, and is free when that is killed', async (t) => {
    const folder = await temporaryFolder(t)
    const holder = await startHolder(t, folder)
    await requireNotOpened(t, folder, /in use by another process/)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await openEmbedded(t, folder)
  })

  test('A data folder that cannot be made or used is named in the error, and left alone', async (t) => {
    const folder = await temporaryFolder(t)
    const file = path.join(folder, 'file')
    writeFileSync(file, 'a file')
    const taken = path.join(folder, 'taken')
    mkdirSync(path.join(taken, 'skillkeeper.db'), { recursive: true })
    for (const place of [file, path.join(file, 'below'), taken]) await requireNotOpened(t, place, /opened/)
    assert.equal(readFileSync(file, 'utf8'), 'a file')

    // What stood in the way is gone: nothing of the failure is left behind.
    rmSync(path.join(taken, 'skillkeeper.db'), { recursive: true })
    await openEmbedded(t, taken)
  })

  test('A data folder with a file that is no database is refused, and the file left as it is', async (t) => {
    const folder = await temporaryFolder(t)
    const file = path.join(folder, 'skillkeeper.db')
    const storage = await openEmbedded(t, folder)
    await putRooms(storage, 200)
    await storage.close()
    const good = readFileSync(file)
    const headless = Buffer.concat([Buffer.alloc(4096, 'no database '), good.subarray(4096)])
    const torn = Buffer.from(good)
    torn.fill(0xff, 100, 4096)
    for (const broken of [headless, torn, Buffer.from('hello')]) {
      writeFileSync(file, broken)
      await requireNotOpened(t, folder, /not a database|malformed/)
      assert.ok(readFileSync(file).equals(broken))
    }
    writeFileSync(file, good)
    const repaired = await openEmbedded(t, folder)
    assert.equal((await repaired.catalog.listUnits(organization().id, '', 1000)).length, 200)
  })
})

describe('The schema', () => {
  const first = readMigrations()
  const number = 1 + Math.max(...first.map((migration) => migration.number))
  const second = { number, name: 'more', text: 'create table more (id text not null primary key)' }

  test('is brought up to date once, and what was there stays', async (t) => {
    const folder = await temporaryFolder(t)
    const before = await openEmbedded(t, folder, first)
    const room = await putRoom(before)
    await before.close()
    // Also in the wrong order: the number counts.
    for (const known of [
      [second, ...first],
      [...first, second],
    ]) {
      const storage = await openEmbedded(t, folder, known)
      assert.deepEqual(await storage.catalog.findUnit(room.id), room)
      await storage.close()
    }
  })

  test('A schema of a newer version is refused, and left as it is', async (t) => {
    const folder = await temporaryFolder(t)
    const newer = await openEmbedded(t, folder, [...first, second])
    const room = await putRoom(newer)
    await newer.close()
    await requireNotOpened(t, folder, new RegExp(`schema version ${number}.*knows only ${number - 1}`))
    const again = await openEmbedded(t, folder, [...first, second])
    assert.deepEqual(await again.catalog.findUnit(room.id), room)
  })

  test('stays at the old version when a migration fails half way', async (t) => {
    const folder = await temporaryFolder(t)
    const before = await openEmbedded(t, folder, first)
    const room = await putRoom(before)
    await before.close()
    const broken = { ...second, text: `${second.text}; drop table units; insert into nowhere values (1)` }
    const opened = openEmbedded(t, folder, [...first, broken])
    await assert.rejects(opened, (error: Error) => {
      assert.ok(error instanceof StorageOpenError)
      assert.match(error.message, /cannot be brought up to date.*nowhere/)
      return true
    })
    const mended = await openEmbedded(t, folder, [...first, second])
    assert.deepEqual(await mended.catalog.findUnit(room.id), room)
  })
})

describe('A group of writes', () => {
  test('is answered in order, small writes and large ones, however many wait', async (t) => {
    const storage = await openEmbedded(t, await temporaryFolder(t))
    const { root, rooms } = await putRooms(storage, 400)
    const answered: number[] = []
    const writes = Array.from({ length: 30 }, async (_, index) => {
      const name = `S${index}`
      if (index % 3 === 0) await storage.enablements.enable(record(root, name), stamp(t0))
      else {
        await storage.enablements.enableMany(
          rooms.map((room) => record(room, name)),
          stamp(t0),
        )
      }
      answered.push(index)
    })
    await Promise.all(writes)
    assert.deepEqual(answered, [...answered.keys()])
    assert.equal((await storage.enablements.list(rooms[7]!.id, undefined, 100)).length, 20)
  })
})

describe('A disk that fills up', () => {
  for (const megabytes of [6, 8, 14, 18]) {
    test(`A full disk of ${megabytes} MB refuses writes, says so, harms nothing, and takes writes again once there is space`, async (t) => {
      const report = fillDisk(await temporaryFolder(t), 'tmpfs', { megabytes })
      if (report === undefined) return t.skip('a small file system cannot be mounted here')
      requireNothingLost(report, /SERVICE_UNAVAILABLE .*the disk is full/i)
      assert.deepEqual(report.said, [saysFull, saysFull, 'ready'])
      // What was written stands in the database, not in a log that takes as much once more.
      assert.ok(report.acknowledged.length * 10_000 > 0.3 * (megabytes - 5) * 1_000_000)
    })

    test(`A full disk of ${megabytes} MB does so while somebody reads all the time, and has room as soon as the reader is gone`, async (t) => {
      const report = fillDisk(await temporaryFolder(t), 'tmpfs', { megabytes, beside: 'reader' })
      if (report === undefined) return t.skip('a small file system cannot be mounted here')
      requireNothingLost(report, /SERVICE_UNAVAILABLE .*the disk is full/i)
      assert.deepEqual(report.said, [saysFull, 'ready', 'ready'])
    })
  }

  test('A disk that answers with errors does the same as a full one', async (t) => {
    const report = fillDisk(await temporaryFolder(t), 'limit')
    if (report === undefined) return t.skip('the size of files cannot be limited here')
    requireNothingLost(report, /SERVICE_UNAVAILABLE SQLite: the disk does not answer/)
    assert.equal(report.said[2], 'ready')
  })
})

const saysFull = 'The storage takes no writes: the disk is full.'

function requireNothingLost(report: FullDiskReport, refusal: RegExp): void {
  assert.ok(report.refused.length > 0)
  for (const one of report.refusals) assert.match(one, refusal)
  assert.deepEqual([...report.stored].sort(), [...report.acknowledged].sort())
  assert.equal(report.storedOfHuge, report.acknowledgedOfHuge)
  assert.deepEqual(
    [report.couldRead, report.couldWriteAgain, report.acknowledged.at(-1)],
    [true, true, 'afterwards'],
  )
}

async function requireNotOpened(t: TestContext, folder: string, message: RegExp): Promise<void> {
  await assert.rejects(openEmbedded(t, folder), (error: Error) => {
    assert.ok(error instanceof StorageOpenError, String(error))
    assert.match(error.message, message)
    return true
  })
}

async function startHolder(t: TestContext, folder: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../support/holder-program.ts', import.meta.url))
  const holder = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}
