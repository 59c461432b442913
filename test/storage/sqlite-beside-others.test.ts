/** The embedded engine beside other programs that have the same file open: a shell, a backup, a replicator. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { startHospital } from '../support/enablements.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { startService } from '../support/service.ts'
import { organization, putRoom, record, skillId, stamp, t0, unitBelow } from './conformance/records.ts'

const { nurseCall, room } = hospital
const theRoom = unitBelow(organization(), 'R101')
/** As long as a pause between two tries, and as a write waits. */
const pauseMs = 20
const waitMs = 4000

/** What another program does to have the database to itself, and how it lets go. */
const holds: Readonly<Record<string, readonly [hold: string, letGo: string]>> = {
  'has begun to write': ['begin immediate', 'rollback'],
  'has begun alone': ['begin exclusive', 'commit'],
  'has written': ['begin; create table theirs (a); drop table theirs', 'commit'],
  'writes and gives up': ['begin; create table theirs (a)', 'rollback'],
}

describe('While another program holds the database', () => {
  for (const [what, [hold, letGo]] of Object.entries(holds)) {
    test(`because it ${what}, writes wait, reads go on, and each write is answered in its turn`, async (t) => {
      const { storage, clock, tool } = await openBeside(t)
      const room = await putRoom(storage)
      tool.exec(hold)
      const { answered, all } = enableAll(storage, ['A', 'B', 'C'])
      await clock.asleep(1)
      assert.equal(await storage.enablements.find(room.id, skillId('A')), undefined)
      await storage.ping()
      clock.moveBy(pauseMs)
      await clock.asleep(1)
      const later = enableAll(storage, ['D'])
      assert.deepEqual(answered, [])
      tool.exec(letGo)
      clock.moveBy(pauseMs)
      await Promise.all([all, later.all])
      assert.deepEqual(answered, ['A', 'B', 'C'])
      assert.deepEqual(await enabledIn(storage), ['A', 'B', 'C', 'D'])
    })
  }

  test('a write waits for four seconds, counted from when it came, and is then refused', async (t) => {
    const { storage, clock, tool } = await openBeside(t)
    await putRoom(storage)
    tool.exec('begin immediate')
    const first = enableAll(storage, ['A', 'B'])
    await pass(clock, waitMs / 2)
    const second = enableAll(storage, ['C'])
    await pass(clock, waitMs / 2)
    await first.all
    assert.deepEqual(first.refused, ['A', 'B'])
    assert.deepEqual([second.answered, second.refused], [[], []])
    tool.exec('rollback')
    clock.moveBy(pauseMs)
    await second.all
    assert.deepEqual(second.answered, ['C'])
    assert.deepEqual(await enabledIn(storage), ['C'])
  })

  test('a start waits, and so does a stop', async (t) => {
    const folder = await temporaryFolder(t)
    const before = await open(folder, createHandClock())
    await putRoom(before)
    await before.close()
    const tool = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
    t.after(() => tool.close())
    tool.exec('begin immediate')
    const clock = createHandClock()
    const opening = open(folder, clock)
    await clock.asleep(1)
    tool.exec('rollback')
    clock.moveBy(pauseMs)
    const storage = await opening
    tool.exec('begin immediate')
    const { answered, all } = enableAll(storage, ['A'])
    await clock.asleep(1)
    const closing = storage.close()
    tool.exec('rollback')
    clock.moveBy(pauseMs)
    await Promise.all([closing, all])
    assert.deepEqual(answered, ['A'])
  })

  test('a start that waits for too long ends, and says why', async (t) => {
    const folder = await temporaryFolder(t)
    await (await open(folder, createHandClock())).close()
    const tool = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
    t.after(() => tool.close())
    tool.exec('begin exclusive')
    const clock = createHandClock()
    const opening = assert.rejects(open(folder, clock), /database is locked/)
    await pass(clock, waitMs)
    await opening
    // Nothing of it is left behind.
    tool.exec('rollback')
    await (await open(folder, clock)).close()
  })

  test('whatever comes in whatever order, what was answered is there, and nothing that was refused', async (t) => {
    const step = fc.oneof(
      fc.constantFrom('hold', 'let go', 'read'),
      fc.record({ writes: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ ms: fc.constantFrom(pauseMs, 300, 1000, waitMs) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { storage, clock, tool } = await openBeside(t)
        const room = await putRoom(storage)
        const all: Promise<unknown>[] = []
        const answered: string[] = []
        const refused: string[] = []
        let names = 0
        for (const one of steps) {
          if (one === 'read') await storage.enablements.find(room.id, skillId('none'))
          else if (one === 'hold') tool.isTransaction || tool.exec('begin immediate')
          else if (one === 'let go') tool.isTransaction && tool.exec('rollback')
          else if ('ms' in one) {
            if (tool.isTransaction) await pass(clock, one.ms)
            else clock.moveBy(one.ms)
          } else {
            const written = enableAll(
              storage,
              Array.from({ length: one.writes }, (_, index) => `S${String(names + index).padStart(3, '0')}`),
              { answered, refused },
            )
            names += one.writes
            all.push(written.all)
          }
          await new Promise(setImmediate)
        }
        if (tool.isTransaction) tool.exec('rollback')
        clock.moveBy(pauseMs)
        await Promise.all(all)
        assert.equal(answered.length + refused.length, names)
        assert.deepEqual(await enabledIn(storage), answered)
        await storage.close()
        tool.close()
      }),
      { numRuns: 25 },
    )
  })

  test('the service answers what it can, and the write when it can', async (t) => {
    const data = await temporaryFolder(t)
    const service = await startHospital(t, { data })
    const tool = new DatabaseSync(path.join(data, 'skillkeeper.db'))
    t.after(() => tool.close())
    await service.world.settled()
    tool.exec('begin immediate')
    const enabling = service.enable(nurseCall, room)
    await service.clock.asleepFor(pauseMs)
    const answers = [
      service.get(nurseCall, room),
      service.call('GET', '/livez'),
      service.call('GET', '/readyz'),
    ]
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [404, 200, 200],
    )
    tool.exec('rollback')
    service.clock.moveBy(pauseMs)
    assert.equal((await enabling).status, 201)
  })
})

describe('A long reader of another program', () => {
  const name = 'skillkeeper_write_ahead_log_bytes'
  const largestBytes = 32 << 20

  test('makes the write-ahead log grow, which is small again within a second of its end, and a metric tells it', async (t) => {
    const data = await temporaryFolder(t)
    const service = await startHospital(t, { data })
    const bytes = async () => {
      const { text } = await service.call('GET', '/metrics')
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const tool = new DatabaseSync(path.join(data, 'skillkeeper.db'))
    const other = new DatabaseSync(path.join(data, 'skillkeeper.db'))
    t.after(() => tool.close())
    tool.exec('begin; select * from skills')
    // Whoever it is that writes meanwhile.
    other.exec('create table theirs (a)')
    const insert = other.prepare('insert into theirs values (zeroblob(1000000))')
    for (let written = 0; written < largestBytes; written += 1_000_000) insert.run()
    other.close()
    assert.equal((await service.enable(nurseCall, room)).status, 201)
    service.clock.moveBy(1000)
    await service.clock.asleepFor(1000)
    assert.ok((await bytes()) > largestBytes)
    tool.exec('commit')
    // Nothing is written any more.
    service.clock.moveBy(1000)
    await new Promise(setImmediate)
    assert.equal(await bytes(), 0)
  })

  test('is not told of where there is no log', async (t) => {
    const { text } = await (await startService(t)).call('GET', '/metrics')
    assert.doesNotMatch(text, new RegExp(name))
  })
})

function open(folder: string, clock: HandClock): Promise<Storage> {
  return openEmbeddedStorage(folder, {
    ...clock,
    newId: createNewId(clock.now),
    migrations: readMigrations(),
  })
}

interface Beside {
  readonly storage: Storage
  readonly clock: HandClock
  readonly tool: DatabaseSync
}

async function openBeside(t: TestContext): Promise<Beside> {
  const folder = await temporaryFolder(t)
  const clock = createHandClock()
  const storage = await open(folder, clock)
  const tool = new DatabaseSync(path.join(folder, 'skillkeeper.db'))
  t.after(async () => {
    if (tool.isOpen) tool.close()
    await storage.close()
  })
  return { storage, clock, tool }
}

/** Lets time go by as the tries want it, for as long as something sleeps. */
async function pass(clock: HandClock, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += pauseMs) {
    // A try is over when it sleeps again, or nothing is left to try.
    await new Promise(setImmediate)
    clock.moveBy(pauseMs)
    await new Promise(setImmediate)
  }
}

interface Written {
  readonly answered: string[]
  readonly refused: string[]
}

function enableAll(
  storage: Storage,
  names: readonly string[],
  { answered, refused }: Written = { answered: [], refused: [] },
): Written & { readonly all: Promise<unknown> } {
  const all = Promise.all(
    names.map(async (name) => {
      try {
        await storage.enablements.enable(record(theRoom, name), stamp(t0))
        answered.push(name)
      } catch (error) {
        assert.ok(error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE', String(error))
        assert.equal(error.detail, 'SQLite: the database is locked.')
        assert.ok((error.retryAfterMs ?? 0) > 0)
        refused.push(name)
      }
    }),
  )
  return { answered, refused, all }
}

/** The skills that are enabled, by name. */
async function enabledIn(storage: Storage): Promise<string[]> {
  const listed = await storage.enablements.list(theRoom.id, undefined, 1000)
  return listed.map((one) => one.skillId.slice(skillId('').length)).sort()
}
