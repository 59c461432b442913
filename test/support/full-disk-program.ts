/**
 * A process of its own that fills the disk below its data folder, and tells on standard output what became of each
 * write. It is started where the disk is small: `full-disk-program.ts FOLDER tmpfs` finds a small one mounted on the
 * folder, `full-disk-program.ts FOLDER limit` the size of its files limited. With `reader` behind it, another connection
 * reads for as long as the disk fills.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../../src/app/clock.ts'
import { readMigrations } from '../../src/app/migrations.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { openEmbeddedStorage } from '../../src/storage/open-storage.ts'
import { createNewId } from '../../src/world/new-id.ts'
import {
  atOnce,
  catalogEntry,
  organization,
  record,
  skillId,
  stamp,
  t0,
} from '../storage/conformance/records.ts'

/** What the process tells. The names are those of the skills that it enabled. */
export interface FullDiskReport {
  /** Writes that were answered, or refused, before there was space again. */
  readonly acknowledged: readonly string[]
  readonly refused: readonly string[]
  /** The code and the detail of each refusal, each once. */
  readonly refusals: readonly string[]
  /** Of one group of writes that is larger than the disk, how many were answered. */
  readonly acknowledgedOfHuge: number
  /** Whether reads were answered, and a small write once there was space. */
  readonly couldRead: boolean
  readonly couldWriteAgain: boolean
  /** What the storage said of itself when it was full, opened again while it still was, and afterwards. */
  readonly said: readonly [full: string, reopened: string, afterwards: string]
  /** What is there in the end, after closing and opening. */
  readonly stored: readonly string[]
  readonly storedOfHuge: number
}

const [folder = '', means = '', beside = ''] = process.argv.slice(2)
const root = organization()
const ballast = path.join(folder, 'ballast')
const dataFolder = path.join(folder, 'data')

if (means === 'tmpfs') writeFileSync(ballast, Buffer.alloc(3 << 20, 'ballast'))
let storage = await open()
await storage.catalog.put({ units: [root] }, catalogEntry())
const acknowledged: string[] = []
const refused: string[] = []
const refusals = new Set<string>()
const reader = new DatabaseSync(path.join(dataFolder, 'skillkeeper.db'))
if (beside === 'reader') reader.exec('begin; select * from units')
// A commit that finds the disk full in its middle leaves room for the next ones.
let acknowledgedOfHuge = await writeHugeGroup(storage)
await fill(storage)
acknowledgedOfHuge += await writeHugeGroup(storage)
const couldRead = (await storage.enablements.find(root.id, skillId(acknowledged[0] ?? ''))) !== undefined
const saidFull = await ping(storage)
reader.close()
await storage.close()
storage = await open()
const saidReopened = await ping(storage)
makeSpace()
const couldWriteAgain = await writeOne(storage, 'afterwards')
const saidAfterwards = await ping(storage)
await storage.close()

const again = await open()
const stored: string[] = []
const listed = await again.enablements.list(root.id, undefined, 100_000)
for (const one of listed) stored.push(one.skillId.slice(skillId('').length))
const huge = await again.log.list({ requestId: 'huge' }, { newest: true, limit: 1000 })
await again.close()
const report: FullDiskReport = {
  acknowledged,
  refused,
  refusals: [...refusals],
  acknowledgedOfHuge,
  couldRead,
  couldWriteAgain,
  said: [saidFull, saidReopened, saidAfterwards],
  stored,
  storedOfHuge: huge.length,
}
process.stdout.write(`${JSON.stringify(report)}\n`)

function open(): Promise<Storage> {
  return openEmbeddedStorage(dataFolder, {
    ...systemClock,
    newId: createNewId(systemClock.now),
    migrations: readMigrations(),
  })
}

/** Writes in groups until nothing has gone well for some of them. */
async function fill(storage: Storage): Promise<void> {
  let failedGroups = 0
  for (let group = 0; group < 2000 && failedGroups < 5; group++) {
    const names = Array.from({ length: 8 }, (_, index) => `S${group}-${index}`)
    const done = await atOnce(names.map((name) => () => enable(storage, name)))
    for (const [index, end] of done.entries()) note(names[index] ?? '', end)
    failedGroups = done.every((end) => end instanceof Refusal) ? failedGroups + 1 : 0
  }
}

/** More than the page cache holds, so that the disk is found to be full in the middle of a statement. */
async function writeHugeGroup(storage: Storage): Promise<number> {
  const detail = { text: 'x'.repeat(100_000) }
  const appends = Array.from(
    { length: 300 },
    () => () => storage.log.append(catalogEntry({ requestId: 'huge', detail })),
  )
  const done = await atOnce<unknown>(appends)
  for (const end of done) if (end instanceof Refusal) refusals.add(`${end.code} ${end.detail}`)
  return done.filter((end) => !(end instanceof Refusal)).length
}

async function ping(storage: Storage): Promise<string> {
  try {
    await storage.ping()
    return 'ready'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function writeOne(storage: Storage, name: string): Promise<boolean> {
  const [end] = await atOnce([() => enable(storage, name)])
  note(name, end)
  return !(end instanceof Refusal)
}

/** A record of some 10 kB: its partition names are long. */
function enable(storage: Storage, name: string) {
  const partitionNames = Array.from({ length: 40 }, (_, index) => `${index}-${'x'.repeat(250)}`)
  return storage.enablements.enable(record(root, name, { partitionNames }), stamp(t0))
}

function note(name: string, end: unknown): void {
  if (end instanceof Refusal) {
    refused.push(name)
    refusals.add(`${end.code} ${end.detail}`)
  } else acknowledged.push(name)
}

function makeSpace(): void {
  if (means === 'tmpfs') rmSync(ballast)
  else spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited'])
}
