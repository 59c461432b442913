import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crashRounds } from '../support/crash-rounds.ts'
import { temporaryFolder } from '../support/program.ts'

/** `npm run prove:crash` does it 200 times. */
const kills = 5

test('A service that is killed in the middle of writes has lost nothing that it acknowledged, and no half batch', async (t) => {
  const report = await crashRounds(t, temporaryFolder(t), kills)
  const { lost, halfBatches, neverEnabled } = report
  assert.deepEqual({ lost, halfBatches, neverEnabled }, { lost: [], halfBatches: [], neverEnabled: [] })
  assert.equal(report.kills, kills)
  assert.ok(report.acknowledged > kills * 10)
  t.diagnostic(
    `${report.acknowledged} writes acknowledged, ${report.unanswered} unanswered, ` +
      `ready again in ${Math.round(Math.max(...report.readyMs.slice(1)))} ms at most`,
  )
})
