// A clock that was wrong for a while, at a start or while the service runs, leaves nothing wrong behind once it is
// right again. Each service here is started on the same folder with a clock of its own.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hospital, secretOf } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { hasUpkeep, operatorToken, startService, type TestService } from '../support/service.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const rightAt = Date.UTC(2026, 5, 1, 12)
const path = `/v1/skills/${hospital.nurseCall}/enablements`
const list = `/v1/skills/enablements?unitId=${hospital.room}`

/** What is done while the clock is ahead; returns what is looked at when it is right. */
async function during<T>(
  t: TestContext,
  data: string,
  startAt: number,
  work: (service: TestService) => Promise<T>,
) {
  const service = await startService(t, { data, startAt })
  await service.settled()
  const result = await work(service)
  await service.stop()
  return result
}

const revoke = (service: TestService, token: string) =>
  service.call('POST', '/auth/o2/revoke', {
    body: new URLSearchParams({
      token,
      client_id: hospital.admin,
      client_secret: secretOf(hospital.admin),
    }).toString(),
  })
const logOf = async (service: TestService, query = '') =>
  (await service.call('GET', `/_skillkeeper/operations${query}`, { token: operatorToken }))
    .body as unknown as {
    items: { id: string; at: string }[]
  }

describe('A clock that was ahead for one start', () => {
  for (const [what, aheadMs] of [
    ['two hours', 2 * hourMs],
    ['six days', 6 * dayMs],
    ['a year', 365 * dayMs],
  ] as const) {
    test(`What was revoked stays revoked, and the log is kept, after a clock that was ahead by ${what}`, async (t) => {
      const data = await temporaryFolder(t)
      const { token, entries } = await during(t, data, rightAt, async (service) => {
        const token = await service.token(hospital.admin)
        await service.call('POST', path, { token, body: { unitId: hospital.room, stage: 'live' } })
        await service.settled()
        assert.equal((await revoke(service, token)).status, 200)
        return { token, entries: (await logOf(service)).items.length }
      })
      await during(t, data, rightAt + aheadMs, async (service) => {
        service.clock.moveBy(hourMs)
        await service.settled()
      })
      // Again, since the first start leaves records of that time.
      await during(t, data, rightAt + aheadMs, async () => {})
      await during(t, data, rightAt + minuteMs, async (service) => {
        assert.equal((await service.call('GET', list, { token })).status, 401)
        assert.ok((await logOf(service)).items.length >= entries)
      })
    })

    test(`After a clock that was ahead by ${what} its tokens, codes and page tokens count for nothing, its work is done, and IDs stay in order`, async (t) => {
      const data = await temporaryFolder(t)
      await during(t, data, rightAt, async () => {})
      const ahead = await during(t, data, rightAt + aheadMs, async (service) => {
        const token = await service.token(hospital.admin)
        const enable = (skillId: string) =>
          service.call('POST', `/v1/skills/${skillId}/enablements`, {
            token,
            body: { unitId: hospital.room, stage: 'live' },
          })
        assert.equal((await enable(hospital.menu)).status, 201)
        assert.equal((await enable(hospital.nurseCall)).status, 201)
        const page = await service.call('GET', `${list}&maxResults=1`, { token })
        return {
          token,
          nextToken: page.body.paginationContext.nextToken,
          newest:
            (await logOf(service)).items
              .map(({ id }) => id)
              .sort()
              .at(-1) ?? '',
        }
      })
      await during(t, data, rightAt + minuteMs, async (service) => {
        assert.ok(service.log.some((line) => line.includes('before the newest entry of the operations log')))
        assert.equal((await service.call('GET', list, { token: ahead.token })).status, 401)
        const token = await service.token(hospital.admin)
        const page = await service.call('GET', `${list}&maxResults=1&nextToken=${ahead.nextToken}`, { token })
        assert.equal(page.status, 400)
        for (const skillId of [hospital.menu, hospital.nurseCall]) {
          const got = await service.call('GET', `/v1/skills/${skillId}/enablements?unitId=${hospital.room}`, {
            token,
          })
          assert.equal(got.body.status, 'ENABLED', skillId)
        }
        const body = { unitId: hospital.otherRoom, stage: 'live' }
        const enabled = await service.call('POST', path, { token, body })
        const { items } = await logOf(service, `?requestId=${enabled.headers.get('x-amzn-requestid')}`)
        assert.equal(items.length, 1)
        assert.ok((items[0]?.id ?? '') > ahead.newest)
      })
    })
  }

  test('A clock that is ahead by less than clocks of nodes may differ is not seen', async (t) => {
    const data = await temporaryFolder(t)
    const token = await during(t, data, rightAt + 4 * minuteMs, (service) => service.token(hospital.admin))
    await during(t, data, rightAt, async (service) => {
      assert.equal((await service.call('GET', list, { token })).status, 200)
      assert.ok(!service.log.some((line) => line.includes('newest entry')))
    })
  })
})

describe('A start after a long time', () => {
  test('says how far the clock is after the newest entry of the log', async (t) => {
    const data = await temporaryFolder(t)
    await during(t, data, rightAt, async () => {})
    await during(t, data, rightAt + 40 * dayMs, async (service) => {
      assert.ok(service.log.some((line) => line.includes('far after the newest entry')))
    })
  })
})

describe('The operations log', () => {
  test('forgets what is older than it is kept, hour by hour, and nothing after one jump of the clock', async (t) => {
    if (!hasUpkeep(t)) return
    const service = await startService(t, { operationsKeptDays: 1, startAt: rightAt })
    const token = await service.token(hospital.admin)
    await service.call('POST', path, { token, body: { unitId: hospital.room, stage: 'live' } })
    await service.settled()
    const before = (await logOf(service)).items.length
    service.clock.moveBy(365 * dayMs)
    await service.settled()
    assert.equal((await logOf(service)).items.length, before)
    for (let hour = 0; hour < 3; hour += 1) {
      service.clock.moveBy(hourMs)
      await service.settled()
    }
    assert.equal((await logOf(service)).items.length, 0)
  })
})
