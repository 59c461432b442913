// What the page says of each of its operations alike: the head of the answer, and the refusals that have nothing
// to do with what is asked.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { startBusyService } from '../support/busy-service.ts'
import { hospital } from '../support/catalogs.ts'
import { type Answer, hasFolder, startService, type TestService } from '../support/service.ts'

const one = `/v1/skills/${hospital.nurseCall}/enablements`
const target = { unitId: hospital.room, stage: 'live' }
const query = `unitId=${hospital.room}`
const items = [{ itemId: 1, ...target }]

interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly success: number
  readonly isBatch?: true
}

/** In an order in which all of them succeed. */
const operations: readonly Operation[] = [
  { name: 'Enable', method: 'POST', path: one, body: target, success: 201 },
  { name: 'Get', method: 'GET', path: `${one}?${query}`, success: 200 },
  { name: 'List', method: 'GET', path: `/v1/skills/enablements?${query}`, success: 200 },
  {
    name: 'Batch enable',
    method: 'POST',
    path: `${one}/batch`,
    body: { items },
    success: 202,
    isBatch: true,
  },
  {
    name: 'Batch get',
    method: 'POST',
    path: '/v1/skills/enablements/batchGet',
    body: { items },
    success: 200,
    isBatch: true,
  },
  { name: 'Disable', method: 'DELETE', path: `${one}?${query}`, success: 204 },
  {
    name: 'Batch disable',
    method: 'POST',
    path: `${one}/batchDelete`,
    body: { items },
    success: 202,
    isBatch: true,
  },
]

const callOf = (service: TestService, { method, path, body }: Operation, token?: string) =>
  service.call(method, path, { ...(token !== undefined && { token }), ...(body && { body }) })

function assertRefused(operation: Operation, answer: Answer, status: number, code: string): string {
  assert.equal(answer.status, status, operation.name)
  assert.equal(answer.headers.get('content-type'), 'application/json')
  if (!operation.isBatch) {
    assert.deepEqual(Object.keys(answer.body), ['type', 'message'])
    assert.equal(answer.body.type, code)
    return answer.body.message
  }
  const { errors } = answer.body
  assert.deepEqual(errors, [{ status, errorCode: code, errorDescription: errors[0]?.errorDescription }])
  return errors[0]?.errorDescription ?? ''
}

describe('Each operation of the page', () => {
  test('answers with a request ID of its own, and with JSON or with nothing', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const ids = new Set<string | null>()
    for (const operation of operations) {
      const { status, headers, text } = await callOf(service, operation, token)
      assert.equal(status, operation.success, operation.name)
      ids.add(headers.get('x-amzn-requestid'))
      const isEmpty = status === 202 || status === 204
      assert.equal(text === '', isEmpty, operation.name)
      assert.equal(headers.get('content-type'), isEmpty ? null : 'application/json', operation.name)
    }
    assert.equal(ids.size, operations.length)
  })

  test('is 401 INVALID_LWA_TOKEN without a token, and with one that is invalid or expired', async (t) => {
    const service = await startService(t)
    const expired = await service.token(hospital.admin)
    service.clock.moveBy(3_600_000)
    for (const operation of operations) {
      for (const token of [undefined, 'nonsense', `${expired}x`, expired]) {
        const answer = await callOf(service, operation, token)
        assertRefused(operation, answer, 401, 'INVALID_LWA_TOKEN')
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="skillkeeper"')
      }
    }
  })

  test('is 403 FORBIDDEN for a client without a role', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.nobody)
    for (const operation of operations) {
      assertRefused(operation, await callOf(service, operation, token), 403, 'FORBIDDEN')
    }
  })

  test('is 429 TOO_MANY_REQUESTS with Retry-After for a client that makes too many requests', async (t) => {
    const service = await startService(t, { rateLimit: 1 })
    const token = await service.token(hospital.admin)
    await callOf(service, operations[2]!, token)
    for (const operation of operations) {
      const answer = await callOf(service, operation, token)
      assertRefused(operation, answer, 429, 'TOO_MANY_REQUESTS')
      assert.equal(answer.headers.get('retry-after'), '1')
    }
  })

  test('is 503 SERVICE_UNAVAILABLE with Retry-After while too much is under way', async (t) => {
    const { service, begin } = await startBusyService(t, { requestsMax: 1 })
    const token = await service.token(hospital.admin)
    const held = await begin(token)
    for (const operation of operations) {
      const answer = await callOf(service, operation, token)
      assertRefused(operation, answer, 503, 'SERVICE_UNAVAILABLE')
      assert.equal(answer.headers.get('retry-after'), '1')
    }
    await held.finish()
  })

  test('is 500 INTERNAL_ERROR, without a word of what happened, when the storage is broken', async (t) => {
    if (!hasFolder(t)) return
    const data = mkdtempSync(path.join(tmpdir(), 'skillkeeper-broken-'))
    t.after(() => rmSync(data, { recursive: true }))
    const service = await startService(t, { data })
    const token = await service.token(hospital.admin)
    const [file = ''] = readdirSync(data).filter((name) => /\.(db|sqlite3?)$/.test(name))
    const database = new DatabaseSync(path.join(data, file))
    database.exec('drop table enablements')
    database.close()
    for (const operation of operations) {
      const message = assertRefused(operation, await callOf(service, operation, token), 500, 'INTERNAL_ERROR')
      assert.equal(message, 'The request could not be handled because of an internal error.')
    }
    assert.equal(
      service.log.filter((line) => line.includes('no such table')).length >= operations.length,
      true,
    )
  })
})
