import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everywhere, everywhereCatalog, hospital } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { type Answer, startService } from '../support/service.ts'

const { nurseCall, organization, ward, room, otherRoom, foreignRoom, unknownUnit } = hospital
const noRight = {
  type: 'FORBIDDEN',
  message: "The client doesn't have the right permission to perform the operation on this unit.",
}

/** Each single operation on the unit: its name and its answer. */
async function tryAll(service: Hospital, unitId: string, token: string): Promise<[string, Answer][]> {
  return [
    ['enable', await service.enable(nurseCall, unitId, {}, token)],
    ['get', await service.get(nurseCall, unitId, token)],
    ['list', await service.list(unitId, {}, token)],
    ['disable', await service.disable(nurseCall, unitId, {}, token)],
  ]
}

describe('A role', () => {
  test('holds for its unit and all below, and for nothing else (row 12)', async (t) => {
    const service = await startHospital(t)
    const rights: [client: string, units: string[], others: string[]][] = [
      [hospital.admin, [organization, ward, room, otherRoom], [foreignRoom]],
      [hospital.wardAdmin, [ward, room, otherRoom], [organization, foreignRoom]],
      [hospital.roomAdmin, [room], [organization, ward, otherRoom, foreignRoom]],
      [hospital.stranger, [foreignRoom], [organization, ward, room]],
    ]
    for (const [client, units, others] of rights) {
      const token = await service.token(client)
      for (const unitId of units) {
        for (const [operation, { status }] of await tryAll(service, unitId, token)) {
          assert.ok(status < 300, `${client} may ${operation} in ${unitId}`)
        }
      }
      for (const unitId of others) {
        for (const [operation, { status, body }] of await tryAll(service, unitId, token)) {
          assert.deepEqual([status, body], [403, noRight], `${client} may not ${operation} in ${unitId}`)
        }
      }
    }
  })

  test('A missing role is refused in the same words as a foreign organization (row 12)', async (t) => {
    const service = await startHospital(t)
    const token = await service.token(hospital.roomAdmin)
    const missing = await service.get(nurseCall, otherRoom, token)
    const foreign = await service.get(nurseCall, foreignRoom, token)
    assert.deepEqual([missing.status, missing.body], [foreign.status, foreign.body])
  })
})

describe('A unit that does not exist', () => {
  test('is 404 in get, enable and disable (row 11)', async (t) => {
    const service = await startHospital(t)
    const answers = [
      await service.get(nurseCall, unknownUnit),
      await service.enable(nurseCall, unknownUnit),
      await service.disable(nurseCall, unknownUnit),
    ]
    for (const { status, body } of answers) {
      assert.equal(status, 404)
      assert.deepEqual(body, { type: 'NOT_FOUND', message: `The unit ${unknownUnit} can't be found.` })
    }
  })

  test('is 403 in list, whose table has no 404 (row 11)', async (t) => {
    const service = await startHospital(t)
    const { status, body } = await service.list(unknownUnit)
    assert.deepEqual([status, body], [403, noRight])
  })
})

describe('The tables of countries', () => {
  /** As they stand under the headings of the page, with ES and JP of its newest edition. */
  const everyOperation: Record<string, string[]> = {
    healthcare: ['US'],
    hospitality: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
    residential: ['US', 'CA'],
    senior_living: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
    core: ['US'],
  }
  const batch = { ...everyOperation, hospitality: ['US', 'CA', 'IT', 'DE', 'ES', 'JP'] }
  const path = `/v1/skills/${everywhere.skill}/enablements`
  const calls: [name: string, table: Record<string, string[]>, method: string, onBody: boolean][] = [
    ['Enable a skill for a unit', everyOperation, 'POST', true],
    ['Get a skill enablement record for a unit', everyOperation, 'GET', false],
    ['List skill enablements for a unit', everyOperation, 'LIST', false],
    ['Disable a skill for a unit', everyOperation, 'DELETE', false],
    ['Enable a skill for multiple units', batch, 'BATCH', true],
    ['Disable skill for multiple units', everyOperation, 'BATCH-DISABLE', true],
    ['Get skill enablement for multiple units', everyOperation, 'BATCH-GET', true],
  ]
  for (const [name, table, method, onBody] of calls) {
    test(`hold for "${name}", and outside them it is 403 with solution and country (row 13)`, async (t) => {
      const service = await startService(t, { catalog: everywhereCatalog, rateLimit: 0 })
      const token = await service.token(everywhere.admin)
      for (const [solution, countries] of Object.entries(table)) {
        for (const country of ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP']) {
          const unitId = everywhere.organizationIn(solution, country)
          const query = onBody ? '' : `?unitId=${unitId}`
          const item = { unitId, stage: 'live' }
          const items = [{ itemId: 1, ...item }]
          const { status, text } = await {
            POST: () => service.call('POST', path, { token, body: item }),
            GET: () => service.call('GET', path + query, { token }),
            LIST: () => service.call('GET', `/v1/skills/enablements${query}`, { token }),
            DELETE: () => service.call('DELETE', path + query, { token }),
            BATCH: () => service.call('POST', `${path}/batch`, { token, body: { items } }),
            'BATCH-DISABLE': () => service.call('POST', `${path}/batchDelete`, { token, body: { items } }),
            'BATCH-GET': () =>
              service.call('POST', '/v1/skills/enablements/batchGet', { token, body: { items } }),
          }[method]!()
          const isAvailable = countries.includes(country)
          assert.equal(status === 403, !isAvailable, `${name}: ${solution} in ${country}`)
          if (!isAvailable) {
            assert.match(text, /FORBIDDEN/)
            assert.match(
              text,
              new RegExp(`not available for the solution ${solution} in the country ${country}`),
            )
          }
        }
      }
    })
  }
})
