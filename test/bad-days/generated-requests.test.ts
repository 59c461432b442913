import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proveRequests } from '../support/requests/prove.ts'

/** `npm run prove:requests` sends many more. */
const requests = 2000

test('Generated requests for every operation, good and bad, are answered as documented and never with 5xx', async (t) => {
  const report = await proveRequests(t, { requests })
  assert.equal(report.requests, requests)
})
