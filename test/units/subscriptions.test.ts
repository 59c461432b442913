import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { subscriptions } from '../../src/model/subscription.ts'
import { everywhereCatalog } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'
import { operatorToken } from '../support/service.ts'
import {
  clientWith,
  type Hotel,
  hotel,
  hotelCatalog,
  startHotel,
  strictCatalog,
  subscription,
} from '../support/units.ts'

const { organization, seaside, floor, room, hillside, foreignProperty, minibar } = hotel
const { hospitalityUS, hospitalityDE, seniorLivingUS } = subscription

/** An organization of each solution in each country has a property. */
const places = everywhereCatalog.organizations.map((place) => ({
  ...place,
  units: [{ id: `${place.id}-PROPERTY`, name: 'Property' }],
}))

const ask = (service: Hotel, method: string, path: string, body?: unknown) =>
  service.call(method, `/_skillkeeper${path}`, { token: operatorToken, ...(body !== undefined && { body }) })

describe('The subscriptions', () => {
  test('are there whatever the catalog has, each for its solution and its country', async (t) => {
    const catalog = {
      organizations: places,
      clients: [clientWith(hotel.admin, ...places.map(({ id }) => id))],
    }
    const service = await startHotel(t, { catalog })
    let enabled = 0
    for (const { skill, solution, country } of subscriptions) {
      for (const place of places) {
        const { status, body } = await service.enable(skill.id, place.units[0]!.id)
        const isRight = place.solution === solution && place.country === country
        // Residential has none.
        const isAvailable = status !== 403
        if (isRight) enabled += 1
        assert.equal(status, isRight ? 201 : isAvailable ? 400 : 403, `${skill.name} in ${place.id}`)
        if (isRight) assert.deepEqual(Reflect.get(body, 'skill'), { stage: 'live', id: skill.id })
      }
    }
    const countries = new Set(places.map(({ country }) => country))
    assert.equal(enabled, subscriptions.filter(({ country }) => countries.has(country)).length)
    assert.equal(subscriptions.length, 18)
  })

  test('are enabled like any skill: ENABLING, then ENABLED, in the list, and there after a restart', async (t) => {
    const data = await temporaryFolder(t)
    const first = await startHotel(t, { data })
    const enabling = await first.enable(hospitalityUS, seaside)
    assert.deepEqual([enabling.status, enabling.body.status], [201, 'ENABLING'])
    await first.settled()
    assert.deepEqual(await first.enabledIn(seaside), [hospitalityUS])
    assert.deepEqual(await first.enabledIn(floor), [])
    await first.stop()
    const second = await startHotel(t, { data })
    assert.deepEqual(await second.enabledIn(seaside), [hospitalityUS])
    assert.equal((await second.enable(hospitalityUS, hillside)).status, 201)
  })

  test('exist in the stage live, and link no accounts', async (t) => {
    const service = await startHotel(t)
    const path = `/v1/skills/${hospitalityUS}/enablements`
    const enable = (more: object) =>
      service.call('POST', path, { token: service.adminToken, body: { unitId: seaside, ...more } })
    assert.equal((await enable({ stage: 'development' })).status, 404)
    const accountLinkRequest = { redirectUri: 'https://a.example/', authCode: 'code', type: 'AUTH_CODE' }
    assert.equal((await enable({ stage: 'live', accountLinkRequest })).status, 400)
  })

  test('are refused for a unit that is no property: 400', async (t) => {
    const service = await startHotel(t)
    for (const unitId of [organization, floor, room]) {
      const { status, body } = await service.enable(hospitalityUS, unitId)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
      assert.match(body.message, /only be enabled for a property, a unit of level 1/)
    }
  })

  test('are refused for another solution or country: 400 with both', async (t) => {
    const service = await startHotel(t)
    for (const [skillId, place] of [
      [seniorLivingUS, 'solution senior_living in the country US'],
      [hospitalityDE, 'solution hospitality in the country DE'],
    ] as const) {
      const { status, body } = await service.enable(skillId, seaside)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
      assert.match(body.message, new RegExp(`${place}; .*solution hospitality in the country US`))
    }
  })
})

describe('The subscription of a property', () => {
  test('is one at a time; it may be enabled again', async (t) => {
    // Two of them fit only when the organization has moved meanwhile.
    const service = await startHotel(t)
    assert.equal((await service.enable(hospitalityUS, seaside)).status, 201)
    assert.equal((await service.enable(hospitalityUS, seaside)).status, 201)
    const [chain] = hotelCatalog.organizations
    await ask(service, 'POST', '/catalog', {
      organizations: [{ ...chain, units: [], solution: 'senior_living' }],
    })
    const { status, body } = await service.enable(seniorLivingUS, seaside)
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
    assert.match(body.message, new RegExp(`already has a subscription, ${hospitalityUS}`))
    assert.deepEqual(await service.enabledIn(seaside), [hospitalityUS])
    assert.equal((await service.enable(seniorLivingUS, hillside)).status, 201)
  })

  test('is not disabled by its client: 403, and it stays', async (t) => {
    const service = await startHotel(t)
    await service.enable(hospitalityUS, seaside)
    const { status, body } = await service.disable(hospitalityUS, seaside)
    assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
    assert.match(body.message, /A client cannot disable it/)
    assert.deepEqual(await service.enabledIn(seaside), [hospitalityUS])
  })

  test('is not disabled in a batch either: 403 for each item, and it stays', async (t) => {
    const service = await startHotel(t)
    await service.enable(hospitalityUS, seaside)
    const { status, body } = await service.call(
      'POST',
      `/v1/skills/${hospitalityUS}/enablements/batchDelete`,
      {
        token: service.adminToken,
        body: { items: [seaside, hillside].map((unitId, itemId) => ({ itemId, unitId })) },
      },
    )
    assert.equal(status, 403)
    const { errors } = body as unknown as { errors: { itemId: number; status: number }[] }
    assert.deepEqual(
      errors.map((error) => [error.itemId, error.status]),
      [
        [0, 403],
        [1, 403],
      ],
    )
    assert.deepEqual(await service.enabledIn(seaside), [hospitalityUS])
  })

  test('is enabled in a batch like any skill, and refused there item by item', async (t) => {
    const service = await startHotel(t)
    const batch = (...unitIds: string[]) =>
      service.call('POST', `/v1/skills/${hospitalityUS}/enablements/batch`, {
        token: service.adminToken,
        body: { items: unitIds.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' })) },
      })
    const { status, body } = await batch(seaside, floor, foreignProperty)
    assert.equal(status, 400)
    const { errors } = body as unknown as {
      errors: { itemId: number; status: number; errorDescription: string }[]
    }
    assert.deepEqual(
      errors.map((error) => [error.itemId, error.status]),
      [
        [1, 400],
        [2, 403],
      ],
    )
    assert.match(errors[0]!.errorDescription, /a unit of level 1/)
    assert.deepEqual(await service.enabledIn(seaside), [])
    assert.equal((await batch(seaside, hillside, seaside)).status, 202)
    assert.deepEqual(await service.enabledIn(hillside), [hospitalityUS])
  })

  test('is needed before units are created below, where the organization requires it', async (t) => {
    const service = await startHotel(t, { catalog: strictCatalog })
    for (const parentId of [seaside, floor]) {
      const { status, body } = await service.create('Annex', parentId)
      assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
      assert.match(body.message, new RegExp(`${seaside} needs a subscription before`))
    }
    // Another skill does not do, nor does the subscription of another property.
    await service.enable(minibar, seaside)
    await service.enable(hospitalityUS, hillside)
    assert.equal((await service.create('Annex', seaside)).status, 400)
    await service.enable(hospitalityUS, seaside)
    for (const parentId of [seaside, floor, hillside, organization]) await service.build('Annex', parentId)
  })

  test('is not needed unless the organization says so', async (t) => {
    const service = await startHotel(t)
    await service.build('Annex', seaside)
    await service.build('Bathroom', room)
  })

  test('goes when its property is deleted', async (t) => {
    const service = await startHotel(t)
    await service.enable(hospitalityUS, hillside)
    assert.equal((await service.remove(hillside)).status, 204)
    assert.equal((await service.get(hillside)).status, 404)
  })

  test('is taken away by the operator, who then may leave it to the client to choose another', async (t) => {
    const service = await startHotel(t)
    const remove = () => ask(service, 'DELETE', `/units/${seaside}/subscription`)
    assert.equal((await remove()).status, 404)
    await service.enable(hospitalityUS, seaside)
    assert.equal((await remove()).status, 204)
    assert.deepEqual(await service.enabledIn(seaside), [])
    const log = await ask(service, 'GET', `/operations?unitId=${seaside}&operation=catalog`)
    const [entry] = log.body.items as unknown as { skillId: string; detail: object }[]
    assert.deepEqual(
      [entry?.skillId, entry?.detail],
      [hospitalityUS, { change: 'remove', kind: 'subscription' }],
    )
    assert.equal((await service.enable(hospitalityUS, seaside)).status, 201)
  })
})

describe('To the operator a subscription', () => {
  test('is a skill among the others, in the order of their IDs', async (t) => {
    const service = await startHotel(t)
    const ids: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { body } = await ask(service, 'GET', `/skills?maxResults=5&after=${after}`)
      ids.push(...body.items.map((item) => (item as unknown as { id: string }).id))
      after = body.paginationContext.after
    }
    assert.deepEqual(ids, [minibar, ...subscriptions.map(({ skill }) => skill.id)].sort())
    const { status, body } = await ask(service, 'GET', `/skills/${hospitalityUS}`)
    const view = {
      id: hospitalityUS,
      name: 'Subscription hospitality US',
      stages: ['live'],
      isPredefined: true,
    }
    assert.deepEqual([status, body], [200, view])
  })

  test('is neither put into a catalog nor removed from it', async (t) => {
    const service = await startHotel(t)
    const skills = [{ id: hospitalityUS, name: 'Mine', stages: ['live'] }]
    const put = await ask(service, 'POST', '/catalog', { skills })
    assert.equal(put.status, 400)
    assert.match(put.body.message, /skills\[0\]\.id .* is pre-defined/)
    const removed = await ask(service, 'DELETE', `/skills/${hospitalityUS}`)
    assert.deepEqual([removed.status, removed.body.type], [400, 'INVALID_PARAM'])
    assert.match(removed.body.message, /is pre-defined/)
  })

  test('has no delegated link', async (t) => {
    const service = await startHotel(t)
    const delegatedLinks = [{ skillId: hospitalityUS, accessToken: 'token' }]
    const [chain] = hotelCatalog.organizations
    const { status, body } = await ask(service, 'POST', '/catalog', {
      organizations: [{ ...chain, units: [], delegatedLinks }],
    })
    assert.equal(status, 400)
    assert.match(body.message, /does not link accounts/)
  })

  test('is required or not by an organization, which says so', async (t) => {
    const service = await startHotel(t, { catalog: strictCatalog })
    const { body } = await ask(service, 'GET', `/organizations/${organization}`)
    const view = { id: organization, name: 'Chain', solution: 'hospitality', country: 'US' }
    assert.deepEqual(body, { ...view, requiresSubscription: true })
    assert.equal((await ask(service, 'POST', '/catalog', strictCatalog)).body.changed, 0)
    assert.equal((await ask(service, 'POST', '/catalog', hotelCatalog)).body.changed, 1)
    assert.deepEqual((await ask(service, 'GET', `/organizations/${organization}`)).body, {
      ...view,
      requiresSubscription: false,
    })
    await service.build('Annex', seaside)
  })
})
