import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { proveHistories } from '../support/histories/prove.ts'

/** `npm run prove:histories` plays many more. */
const histories = 200

test('Histories of any kind, by two clients, end as the model says, and leave no token behind', async (t) => {
  const report = await proveHistories(t, { histories, data: await temporaryFolder(t) })
  assert.ok(report.histories >= histories)
})
