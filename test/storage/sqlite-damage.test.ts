/** Pages that are not as they were left: at a start, under a running service, for an export, and a file cut short. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { startSkillkeeper } from '../../src/app/index.ts'
import { exportStorage } from '../../src/app/move-storage.ts'
import { StartError } from '../../src/app/start-error.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { runProgram } from '../support/program.ts'

const { nurseCall, roomLights, room, otherRoom } = hospital
const pageBytes = 4096
const whatToDo = /skillkeeper\.db is damaged: .+ Restore a backup; docs\/operating\.md tells/

/** What a page is like that a disk has lost, another program has written over, or a memory has changed. */
const damages: Readonly<Record<string, (page: Buffer) => void>> = {
  zeros: (page) => page.fill(0),
  ones: (page) => page.fill(0xff),
  text: (page) => page.fill('no page '),
  'another kind of page': (page) => page.writeUInt8(7, page.length === pageBytes ? 0 : 100),
  'cells elsewhere': (page) => page.writeUInt16BE(0xfff0, 3),
}

describe('A damaged page', () => {
  for (const [what, spoil] of Object.entries(damages)) {
    test(`of ${what}, whichever it is, ends the start or an export with what to do, or is not touched by it`, async (t) => {
      const { data, file, pages } = await usedFolder(t)
      const good = readFileSync(file)
      const ends = new Set<string>()
      for (let page = 0; page < pages; page += 1) {
        const bad = Buffer.from(good)
        spoil(bad.subarray(page * pageBytes, (page + 1) * pageBytes))
        writeFileSync(file, bad)
        ends.add(await endOf(() => exportTo(t, data)))
        ends.add(await endOf(() => startAndStop(data)))
      }
      assert.deepEqual([...ends].sort(), ['damaged', 'well'])
    })
  }

  test('ends the program with 4, and the last words are what to do', async (t) => {
    const { data, file } = await usedFolder(t)
    spoilPage(file, 1)
    for (const args of [
      ['serve', '--port', '0'],
      ['export', '-'],
    ]) {
      const program = runProgram(t, [...args.slice(0, 1), '--data', data, ...args.slice(1)])
      assert.equal(await program.ended, 4, program.stderr())
      assert.match(program.stderr().trimEnd().split('\n').at(-1) ?? '', whatToDo)
    }
  })

  test('under a running service: what does not need it is answered, nothing more is written, and it is told', async (t) => {
    const { data, file, pages } = await usedFolder(t)
    const service = await startHospital(t, { data })
    assert.equal((await service.get(nurseCall, room)).status, 200)
    // All but the first, which says how large the database is: the engine forgets what it knows when another one writes.
    execFileSync(process.execPath, ['--input-type=module', '-e', spoilProgram, file, String(pages)])
    const answers = [
      await service.get(nurseCall, room),
      await service.enable(roomLights, otherRoom),
      await service.call('GET', '/readyz'),
      await service.call('GET', '/livez'),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [500, 503, 503, 200],
    )
    assert.equal(answers[2]?.body.message, 'The storage takes no writes: the database is damaged.')
    const told = linesOf(service).filter(({ msg }) => /^The storage takes no writes/.test(msg))
    assert.equal(told.length, 1)
    assert.match(told[0]?.detail ?? '', whatToDo)
  })
})

test('A database that is cut short ends the service or is told by it, and ends the next start with 4', async (t) => {
  for (const part of [0.1, 0.6]) {
    const { data, file, pages } = await usedFolder(t)
    const program = runProgram(t, ['serve', '--port', '0', '--data', data, '--log-level', 'error'])
    const url = await program.url
    // What is in the log would stand in for what is missing.
    execFileSync(process.execPath, ['--input-type=module', '-e', emptyLogProgram, file])
    truncateSync(file, Math.floor(pages * part) * pageBytes)
    const ready: number | 'no answer' = await fetch(`${url}/readyz`).then(
      ({ status }) => status,
      () => 'no answer' as const,
    )
    if (ready === 'no answer') assert.equal(await program.ended, 'SIGBUS')
    else {
      assert.equal(ready, 503)
      assert.match(program.stderr(), whatToDo)
      program.process.kill('SIGKILL')
      await program.ended
    }
    const again = runProgram(t, ['serve', '--port', '0', '--data', data])
    assert.equal(await again.ended, 4, again.stderr())
    assert.match(again.stderr(), whatToDo)
  }
})

/** Writes over all pages but the first, and commits something, so that every other connection reads anew. */
const spoilProgram = `
  import { openSync, writeSync, closeSync } from 'node:fs'
  import { DatabaseSync } from 'node:sqlite'
  const database = new DatabaseSync(process.argv[1])
  database.exec('create table theirs (a)')
  database.exec('pragma wal_checkpoint(truncate)')
  const file = openSync(process.argv[1], 'r+')
  for (let page = 1; page < Number(process.argv[2]); page++) writeSync(file, Buffer.alloc(4096, 255), 0, 4096, page * 4096)
  closeSync(file)`

const emptyLogProgram = `
  import { DatabaseSync } from 'node:sqlite'
  new DatabaseSync(process.argv[1], { timeout: 5000 }).exec('pragma wal_checkpoint(truncate)')`

/** Of a service that has been used, all of it in the one file. */
async function usedFolder(t: TestContext): Promise<{ data: string; file: string; pages: number }> {
  const data = path.join(await temporaryFolder(t), 'data')
  const first = await startHospital(t, { data })
  for (const skill of [nurseCall, roomLights]) assert.equal((await first.enable(skill, room)).status, 201)
  await first.stop()
  const file = path.join(data, 'skillkeeper.db')
  return { data, file, pages: readFileSync(file).length / pageBytes }
}

function spoilPage(file: string, page: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0xff, page * pageBytes, (page + 1) * pageBytes)
  writeFileSync(file, bytes)
}

async function startAndStop(data: string): Promise<void> {
  const copy = `${data}-copy`
  cpSync(data, copy, { recursive: true, force: true })
  const service = await startSkillkeeper({
    port: 0,
    data: copy,
    catalog: hospitalCatalog,
    logLevel: 'silent',
  })
  await service.stop()
}

async function exportTo(t: TestContext, data: string): Promise<void> {
  const file = path.join(await temporaryFolder(t), 'export.jsonl')
  await exportStorage({ data, databaseUrl: undefined }, file, () => {})
}

async function endOf(run: () => Promise<void>): Promise<string> {
  try {
    await run()
    return 'well'
  } catch (error) {
    assert.ok(error instanceof StartError, String(error))
    assert.equal(error.kind, 'storage', error.message)
    return whatToDo.test(error.message) ? 'damaged' : error.message
  }
}

function linesOf(service: Hospital): { msg: string; detail?: string }[] {
  return service.log.map((line) => JSON.parse(line))
}
