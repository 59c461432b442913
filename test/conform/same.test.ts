// A second Skillkeeper as the upstream: nothing differs, whatever is asked.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readRecording } from '../../src/conform/proxy/recording.ts'
import { hospitalCatalog } from '../support/catalogs.ts'
import { makeHistory, replay, startRecorder } from '../support/conform.ts'

describe('Against an identical service', () => {
  test('a history of all operations, with pages, batches and refusals, has no difference', async (t) => {
    const recorder = await startRecorder(t)
    await makeHistory(recorder)
    await recorder.stop()
    for (const catalog of [undefined, hospitalCatalog]) {
      const { totals, differences, notComparable } = await replay(recorder.file, { catalog })
      assert.deepEqual(differences, [])
      assert.deepEqual(notComparable, [])
      const { exchanges } = readRecording(recorder.file)
      assert.deepEqual(totals, {
        exchanges: exchanges.length,
        same: exchanges.length,
        different: 0,
        known: 0,
        notComparable: 0,
      })
    }
  })
})
