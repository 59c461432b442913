import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { describeApi } from '../../scripts/describe-api.ts'
import { hospital } from '../support/catalogs.ts'
import { inWorlds, startService } from '../support/service.ts'

const committed = readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')

describe('Health', () => {
  test('is told by /livez, which needs no token', async (t) => {
    const service = await startService(t)
    const { status, body } = await service.call('GET', '/livez')
    assert.deepEqual([status, body], [200, { status: 'alive' }])
  })

  test('is told by /readyz, which asks the storage', async (t) => {
    const service = await startService(t)
    const { status, body } = await service.call('GET', '/readyz')
    const expected = { status: 'ready', ...(inWorlds && { testControls: true }) }
    assert.deepEqual([status, body], [200, expected])
  })
})

describe('The metrics', () => {
  test('count requests by operation and outcome, with how long they took', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const list = `/v1/skills/enablements?unitId=${hospital.room}`
    await service.call('GET', list, { token })
    await service.call('GET', list, { token })
    await service.call('GET', list)
    await service.call('GET', '/nowhere')
    const { headers, text } = await service.call('GET', '/metrics')
    assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const values = readMetrics(text)
    const expected = {
      'skillkeeper_requests_total{operation="list",outcome="ok"}': 2,
      'skillkeeper_requests_total{operation="list",outcome="INVALID_LWA_TOKEN"}': 1,
      'skillkeeper_requests_total{operation="token",outcome="ok"}': 1,
      'skillkeeper_requests_total{operation="unknown",outcome="NOT_FOUND"}': 1,
      'skillkeeper_request_duration_seconds_bucket{operation="list",le="+Inf"}': 3,
      'skillkeeper_request_duration_seconds_count{operation="list"}': 3,
      skillkeeper_requests_in_flight: 1,
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(values.get(name), value, name)
    assert.ok(Number(values.get('process_resident_memory_bytes')) > 1_000_000)
    assert.ok(Number(values.get('process_cpu_seconds_total')) > 0)
  })

  test('of the histogram never fall from one bound to the next', async (t) => {
    const service = await startService(t)
    for (let call = 0; call < 20; call += 1) await service.call('GET', '/livez')
    const values = readMetrics((await service.call('GET', '/metrics')).text)
    const bounds = [...values].filter(([name]) => name.includes('_bucket{operation="livez"'))
    const counts = bounds.map(([, count]) => count)
    assert.equal(bounds.length, 15)
    assert.deepEqual(
      counts,
      counts.toSorted((one, other) => one - other),
    )
    assert.equal(counts.at(-1), 20)
    assert.ok(Number(values.get('skillkeeper_request_duration_seconds_sum{operation="livez"}')) > 0)
  })

  test('are of one service, also where several share a process', async (t) => {
    const [one, other] = [await startService(t), await startService(t)]
    await one.call('GET', '/livez')
    const { text } = await other.call('GET', '/metrics')
    assert.equal(text.includes('operation="livez"'), false)
  })
})

describe('The OpenAPI document', () => {
  test('is the committed one', async (t) => {
    const service = await startService(t)
    const { headers, text } = await service.call('GET', '/openapi.json')
    assert.equal(headers.get('content-type'), 'application/json')
    assert.equal(text, committed)
  })

  test('is what the routes say: after a change `npm run openapi` writes it anew', async () => {
    assert.equal(await describeApi(), committed)
  })

  test('has every operation of the page with every status code of its table', () => {
    const { paths } = JSON.parse(committed)
    const statuses = (path: string, method: string) => Object.keys(paths[path][method].responses)
    const one = '/v1/skills/{skillId}/enablements'
    const always = ['400', '401', '403', '421', '429', '500', '503']
    const tables: [path: string, method: string, codes: string[]][] = [
      [one, 'get', ['200', '404', ...always]],
      ['/v1/skills/enablements', 'get', ['200', ...always]],
      [one, 'post', ['201', '404', '413', ...always]],
      [one, 'delete', ['204', '404', '413', ...always]],
      [`${one}/batch`, 'post', ['202', '413', ...always]],
      [`${one}/batchDelete`, 'post', ['202', '413', ...always]],
      ['/v1/skills/enablements/batchGet', 'post', ['200', '413', ...always]],
    ]
    for (const [path, method, codes] of tables) {
      assert.deepEqual(statuses(path, method).sort(), codes.sort(), `${method} ${path}`)
    }
  })
})

/** The samples by name with labels; fails on a line that is neither a sample nor a comment. */
function readMetrics(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'))
  const lines = text.trimEnd().split('\n')
  const samples = lines.filter((line) => !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const [, name = '', value] =
        /^([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) ([\d.e+-]+)$/.exec(line) ?? []
      assert.ok(name, line)
      return [name, Number(value)]
    }),
  )
}
