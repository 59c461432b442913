/** Changes of many rooms in the program as it runs: killed in the middle, by two nodes, and on a full disk. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ChangeView } from '../../src/protocol/console/change.ts'
import { catalogOfRooms } from '../support/changes.ts'
import { emptyDatabase } from '../support/postgres.ts'
import { type Program, runProgram, temporaryFolder } from '../support/program.ts'

const skillIds = ['one', 'two', 'three'].map((name) => `amzn1.ask.skill.${name}`)
const rooms = 1000
const under = 'amzn1.alexa.unit.did.MANY'
const operatorToken = 'operator-token-of-the-changes'
const total = rooms * skillIds.length

interface Entry {
  readonly unitId: string
  readonly skillId: string
}

/** Starts nodes on the same storage. */
function start(t: TestContext, folder: string, storage: readonly string[]): Program {
  const catalog = path.join(folder, 'catalog.json')
  const skills = skillIds.map((id) => ({ id, name: id, stages: ['live'] }))
  writeFileSync(catalog, JSON.stringify(catalogOfRooms(rooms, skills)))
  const args = ['serve', '--port', '0', ...storage, '--catalog', catalog, '--log-level', 'warn']
  const env = {
    SKILLKEEPER_OPERATOR_TOKEN: operatorToken,
    SKILLKEEPER_SEALING_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
  return runProgram(t, args, { env })
}

async function ask<T>(url: string, method: string, target: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}/_skillkeeper${target}`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `${method} ${target}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

const asked = { action: 'enable', skillIds, units: { under, level: 2 } }

function settledIn({ counts }: ChangeView): number {
  return counts.total - counts.waiting
}

/** Returns the change as soon as so many items have an outcome. */
async function until(url: string, id: string, count: number): Promise<ChangeView> {
  for (;;) {
    const change = await ask<ChangeView>(url, 'GET', `/changes/${id}`)
    if (settledIn(change) >= count) return change
    await turn()
  }
}

/** Fails unless each item was done once: as its outcome says, and as the operations log does. */
async function requireDoneOnce(url: string, { id, requestId, counts, status }: ChangeView): Promise<void> {
  assert.equal(status, 'done')
  assert.deepEqual(counts, { total, waiting: 0, done: total, already: 0, refused: 0, gone: 0 })
  const logged: string[] = []
  let after = ''
  do {
    const query = `requestId=${requestId}&operation=enable&order=oldest${after && `&after=${after}`}`
    const page = await ask<{ items: Entry[]; paginationContext: { after?: string } }>(
      url,
      'GET',
      `/operations?${query}`,
    )
    logged.push(...page.items.map(({ unitId, skillId }) => `${unitId} ${skillId}`))
    after = page.paginationContext.after ?? ''
  } while (after !== '')
  assert.equal(logged.length, total)
  assert.equal(new Set(logged).size, total)
  const preview = await ask<{ counts: object }>(url, 'POST', '/changes/preview', asked)
  assert.deepEqual(preview.counts, { willChange: 0, already: total, refused: 0 }, id)
}

async function kill(program: Program): Promise<void> {
  program.process.kill('SIGKILL')
  await program.ended
}

describe('A change of a thousand rooms', () => {
  const places: readonly [name: string, storage: (folder: string) => Promise<string[]>][] = [
    ['a data folder', async (folder) => ['--data', path.join(folder, 'data')]],
    ['PostgreSQL', async () => ['--database-url', await emptyDatabase()]],
  ]
  for (const [name, storageOf] of places) {
    test(`that is killed again and again goes on where it stood, on ${name}`, async (t) => {
      const folder = temporaryFolder(t)
      const storage = await storageOf(folder)
      let program = start(t, folder, storage)
      let url = await program.url
      const { id } = await ask<ChangeView>(url, 'POST', '/changes', asked)
      let seen = 0
      for (const part of [1, total / 3, (2 * total) / 3]) {
        const half = await until(url, id, part)
        assert.ok(settledIn(half) >= seen)
        seen = settledIn(half)
        await kill(program)
        program = start(t, folder, storage)
        url = await program.url
        assert.ok(settledIn(await ask<ChangeView>(url, 'GET', `/changes/${id}`)) >= seen)
      }
      await requireDoneOnce(url, await until(url, id, total))
      const undo = await ask<ChangeView>(url, 'POST', `/changes/${id}/undo`)
      await until(url, undo.id, total / 2)
      await kill(program)
      program = start(t, folder, storage)
      url = await program.url
      assert.equal((await until(url, undo.id, total)).counts.done, total)
    })
  }

  test('waits while the disk is full, and goes on when it has room', async (t) => {
    const folder = temporaryFolder(t)
    const program = start(t, folder, ['--data', path.join(folder, 'data')])
    const url = await program.url
    const { size } = statSync(path.join(folder, 'data', 'skillkeeper.db-wal'))
    const limitFiles = (bytes: number | string) =>
      spawnSync('prlimit', ['--pid', String(program.process.pid), `--fsize=${bytes}:unlimited`]).status === 0
    if (!limitFiles(size + 200_000)) return t.skip('Without prlimit of util-linux no disk can be full here.')
    const { id } = await ask<ChangeView>(url, 'POST', '/changes', asked)
    while (!/A (change could not go on|background duty failed)/.test(program.stdout() + program.stderr()))
      await turn()
    const half = await ask<ChangeView>(url, 'GET', `/changes/${id}`)
    assert.ok(settledIn(half) < total, 'The disk was not full.')
    assert.ok(limitFiles('unlimited'))
    await requireDoneOnce(url, await until(url, id, total))
  })

  test('is done once by two nodes, one of which is killed', async (t) => {
    const folder = temporaryFolder(t)
    const storage = ['--database-url', await emptyDatabase(), '--poll', '50']
    const first = start(t, folder, storage)
    const firstUrl = await first.url
    const second = start(t, folder, storage)
    const url = await second.url
    const { id } = await ask<ChangeView>(firstUrl, 'POST', '/changes', asked)
    await until(url, id, total / 3)
    await kill(first)
    await requireDoneOnce(url, await until(url, id, total))
  })
})
