import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { commandLineOf } from '../support/command-line.ts'
import { startRooms } from '../support/rooms.ts'
import { hotel } from '../support/units.ts'

async function start(t: TestContext) {
  const service = await startRooms(t)
  const env = { SKILLKEEPER_TOKEN: await service.tokenOf('owner') }
  return { ...commandLineOf(t, service), service, env }
}

describe('The command line, for rooms,', () => {
  test('shows which skill is on in which room, counts, and finds units', async (t) => {
    const { service, env, run } = await start(t)
    await service.enable(hotel.minibar, hotel.room)
    const matrix = await run(['rooms', 'matrix', hotel.seaside, '--output', 'csv'], { env })
    assert.equal(matrix.exitCode, 0, matrix.stderr)
    assert.match(matrix.stdout, new RegExp(`^name,unitId,${hotel.minibar.replaceAll('.', '\\.')},`))
    assert.match(matrix.stdout, /^ +Room 1,\S+ROOM-1,e,\.,2026-01-01T12:01:00\.000Z$/m)
    assert.match(matrix.stdout, /^ +Room 2,\S+ROOM-2,\.,\.,$/m)
    const summary = await run(['rooms', 'summary', hotel.seaside, '--output', 'json'], { env })
    assert.deepEqual(JSON.parse(summary.stdout)[0].on, 1)
    assert.match(summary.stderr, /^4 units\.$/m)
    for (const args of [['room 1'], ['room 1', '--under', hotel.floor]]) {
      const found = await run(['rooms', 'find', ...args, '--output', 'csv'], { env })
      assert.equal(found.stdout.split('\n').length, 3, found.stdout + found.stderr)
      assert.match(found.stdout, /ROOM-1$/m)
    }
    assert.equal((await run(['rooms', 'find', ' '], { env })).exitCode, 2)
  })

  test('follows changes until Ctrl-C', async (t) => {
    const { service, env, start: begin } = await start(t)
    const watching = begin(['rooms', 'watch', hotel.seaside, '--output', 'json'], { env })
    const until = async (is: () => boolean | Promise<boolean>) => {
      while (!(await is())) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(async () =>
      /^skillkeeper_event_streams_open 1$/m.test((await service.call('GET', '/metrics')).text),
    )
    await service.rename(hotel.floor, 'New name')
    await until(() => /"operation":"rename_unit"/.test(watching.stdout()))
    watching.process.kill('SIGINT')
    assert.equal(await watching.ended, 0, watching.stderr())
  })
})
