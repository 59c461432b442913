import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { answerOf } from '../support/asking.ts'
import { everywhere, everywhereCatalog } from '../support/catalogs.ts'
import { startService } from '../support/service.ts'

const hosts = {
  NA: 'api.amazonalexa.com',
  EU: 'api.eu.amazonalexa.com',
  FE: 'api.fe.amazonalexa.com',
} as const
const homes: Readonly<Record<string, keyof typeof hosts>> = {
  CA: 'NA',
  US: 'NA',
  DE: 'EU',
  ES: 'EU',
  FR: 'EU',
  IT: 'EU',
  UK: 'EU',
  JP: 'FE',
}

describe('Where regions are told apart', () => {
  test('an organization is served at the host of its country, and 403 elsewhere names that host', async (t) => {
    const { get } = await start(t, { regions: true })
    for (const [country, region] of Object.entries(homes)) {
      for (const host of Object.values(hosts)) {
        const { status, message } = await get(country, host)
        const expected =
          host === hosts[region] ? [200, undefined] : [403, wrongHost(country, hosts[region], host)]
        assert.deepEqual([status, message], expected, `${country} at ${host}`)
      }
    }
  })

  test('a port, and capital letters, make no other host', async (t) => {
    const { get } = await start(t, { regions: true })
    assert.equal((await get('DE', 'API.EU.AmazonAlexa.com:8443')).status, 200)
    assert.equal((await get('DE', 'API.AmazonAlexa.com:8443')).status, 403)
  })

  test('any other host stands for no region', async (t) => {
    const { get } = await start(t, { regions: true })
    for (const host of ['127.0.0.1', 'localhost:5337', 'skills.example', 'api.amazonalexa.com.example']) {
      assert.equal((await get('JP', host)).status, 200, host)
    }
  })

  test('each operation is refused elsewhere in its own shape, behind the right to the unit', async (t) => {
    const { call } = await start(t, { regions: true })
    const unitId = everywhere.organizationIn('hospitality', 'IT')
    const message = wrongHost('IT', hosts.EU, hosts.NA)
    const enablements = `/v1/skills/${everywhere.skill}/enablements`
    const single = { type: 'FORBIDDEN', message }
    const item = { itemId: 1, unitId, stage: 'live' }
    const inBatch = {
      errors: [{ itemId: 1, status: 403, errorCode: 'FORBIDDEN', errorDescription: message }],
    }
    const calls: [method: string, path: string, body: object | undefined, refusal: object][] = [
      ['GET', `${enablements}?unitId=${unitId}`, undefined, single],
      ['GET', `/v1/skills/enablements?unitId=${unitId}`, undefined, single],
      ['POST', enablements, { unitId, stage: 'live' }, single],
      ['DELETE', `${enablements}?unitId=${unitId}`, undefined, single],
      ['POST', `${enablements}/batch`, { items: [item] }, inBatch],
      ['POST', `${enablements}/batchDelete`, { items: [item] }, inBatch],
      ['POST', '/v1/skills/enablements/batchGet', { items: [item] }, inBatch],
      ['GET', `/v2/units/${unitId}`, undefined, single],
      ['GET', `/v2/units?parentId=${unitId}`, undefined, single],
    ]
    for (const [method, path, body, refusal] of calls) {
      const { status, text } = await call(method, path, hosts.NA, body)
      assert.deepEqual([status, JSON.parse(text)], [403, refusal], `${method} ${path}`)
    }
    const nowhere = `${enablements}?unitId=amzn1.alexa.unit.did.NOWHERE`
    assert.equal((await call('GET', nowhere, hosts.NA)).status, 404)
  })
})

test('Unless regions are told apart, every organization is served at every host', async (t) => {
  const { get } = await start(t, {})
  for (const host of Object.values(hosts)) assert.equal((await get('JP', host)).status, 200)
})

function wrongHost(country: string, right: string, asked: string): string {
  return `Organizations in the country ${country} are served at ${right}, not at ${asked}.`
}

const hostNames = [...Object.values(hosts), 'skills.example', 'api.amazonalexa.com.example'].join(',')

async function start(t: Parameters<typeof startService>[0], options: StartOptions) {
  const service = await startService(t, { rateLimit: 0, catalog: everywhereCatalog, hostNames, ...options })
  const token = await service.token(everywhere.admin)
  const call = (method: string, path: string, host: string, body?: object) =>
    answerOf(service.url, path, {
      method,
      headers: { host, authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
  return {
    call,
    async get(country: string, host: string): Promise<{ status: number; message: string | undefined }> {
      const unitId = everywhere.organizationIn('senior_living', country)
      const { status, text } = await call('GET', `/v1/skills/enablements?unitId=${unitId}`, host)
      return { status, message: JSON.parse(text).message }
    },
  }
}
