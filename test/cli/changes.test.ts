import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { startCommandLine } from '../support/command-line.ts'

const { ward, room, foreignRoom, nurseCall } = hospital

describe('The command line, for changes,', { concurrency: 2 }, () => {
  test('shows what a change would do, makes it, shows what became of it, and takes it back', async (t) => {
    const { run } = await startCommandLine(t)
    const start = ['changes', 'start', 'enable', nurseCall, '--unit', ward]
    const preview = await run([...start, '--name', 'room', '--preview'])
    assert.equal(preview.exitCode, 0, preview.stderr)
    assert.match(preview.stderr, /2 will change, 0 need no change, 0 are refused\./)
    assert.match(preview.stdout, /will_change +Room 1 /)
    const made = await run([...start, '--output', 'json'])
    assert.equal(made.exitCode, 0, made.stderr)
    assert.match(made.stderr, /: Enable Nurse call in Ward\. The service goes on if you leave\.\n/)
    assert.match(made.stderr, /3 of 3\n/)
    const { id, counts } = JSON.parse(made.stdout)
    assert.equal(counts.done, 3)
    const list = await run(['changes', 'list', '--output', 'csv'])
    assert.match(
      list.stdout,
      /^createdAt,status,title,total,waiting,done,already,refused,gone,actor,changeId\n/,
    )
    assert.match(list.stdout, new RegExp(`,done,Enable Nurse call in Ward,3,0,3,0,0,0,\\S+,${id}\n`))
    const items = await run(['changes', 'show', id, '--items', '--output', 'csv'])
    assert.match(items.stdout, new RegExp(`^done,Room 1,${room},${nurseCall},$`, 'm'))
    const undoing = await run(['changes', 'undo', id, '--preview'])
    assert.match(undoing.stderr, /3 will change/)
    const undo = await run(['changes', 'undo', id, '--output', 'csv'])
    assert.equal(undo.exitCode, 0, undo.stderr)
    assert.match(undo.stdout, /,done,Undo: enable Nurse call in Ward,3,0,3,/)
    const show = await run(['changes', 'show', id, '--output', 'csv'])
    assert.match(show.stdout, /,undone,/)
  })

  test('fails and says where the reasons are if an item was not done, and retries these', async (t) => {
    const { run } = await startCommandLine(t)
    const made = await run(['changes', 'start', 'disable', nurseCall, room, foreignRoom, '--output', 'json'])
    assert.equal(made.exitCode, 1, made.stderr)
    const { id } = JSON.parse(made.stdout)
    assert.match(made.stderr, new RegExp(`1 items were not done\\..*skillkeeper changes show ${id} --items`))
    const refused = await run(['changes', 'show', id, '--outcome', 'refused', '--output', 'json'])
    assert.match(JSON.parse(refused.stdout)[0].reason, /right permission/)
    const retry = await run(['changes', 'retry', id, '--no-wait', '--output', 'json'])
    assert.equal(retry.exitCode, 0, retry.stderr)
    assert.equal(JSON.parse(retry.stdout).retryOf, id)
    const cancel = await run(['changes', 'cancel', JSON.parse(retry.stdout).id, '--output', 'json'])
    assert.equal(cancel.exitCode, 0, cancel.stderr)
  })

  test('refuses what no change is', async (t) => {
    const { run } = await startCommandLine(t)
    const rows: readonly [args: string[], message: RegExp][] = [
      [['start', 'toggle', nurseCall, room], /enable, disable/],
      [['start', 'enable', nurseCall], /either units, or one unit/],
      [['start', 'enable', nurseCall, room, '--unit', ward], /either units, or one unit/],
      [['start', 'enable', nurseCall, room, '--stage', 'beta'], /stage/],
      [['show', 'none'], /The ID of a change/],
    ]
    for (const [args, message] of rows) {
      const { exitCode, stderr } = await run(['changes', ...args])
      assert.notEqual(exitCode, 0)
      assert.match(stderr, message)
    }
  })
})
