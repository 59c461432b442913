import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { unit } from '../support/catalogs.ts'
import type { Answer } from '../support/service.ts'
import { clientWith, type Hotel, hotel, hotelCatalog, named, startHotel } from '../support/units.ts'

const { organization, seaside, floor, room, otherRoom, hillside, foreign, unknown } = hotel
const idsOf = ({ body }: Answer) => body.results.map(({ id }) => id)

/** All pages from the first one on. */
async function readPages(
  service: Hotel,
  parentId: string,
  query: Readonly<Record<string, string>> = {},
  token?: string,
): Promise<string[][]> {
  const pages: string[][] = []
  let nextToken: string | null = null
  do {
    const page = await service.list(parentId, { ...query, ...(nextToken !== null && { nextToken }) }, token)
    assert.equal(page.status, 200, page.text)
    pages.push(idsOf(page))
    nextToken = page.body.paginationContext.nextToken
  } while (nextToken !== null)
  return pages
}

describe('A list of units', () => {
  test('has the IDs of those directly below, and with expand=all the whole units', async (t) => {
    const service = await startHotel(t)
    const { status, body } = await service.list(floor)
    assert.equal(status, 200)
    assert.deepEqual(body, {
      results: [{ id: room }, { id: otherRoom }],
      paginationContext: { nextToken: null },
    })
    const whole = (await service.list(floor, { expand: 'all' })).body.results
    assert.deepEqual(whole, [
      { id: room, level: 3, name: named('Room 1'), parentId: floor },
      { id: otherRoom, level: 3, name: named('Room 2'), parentId: floor },
    ])
  })

  test('The list of a unit with nothing below is empty', async (t) => {
    const service = await startHotel(t)
    const { status, body } = await service.list(room, { queryDepth: 'all' })
    assert.deepEqual([status, body], [200, { results: [], paginationContext: { nextToken: null } }])
  })

  test('goes as deep as queryDepth says, level by level', async (t) => {
    const service = await startHotel(t)
    const levels = [[hillside, seaside], [floor], [room, otherRoom]]
    for (const [queryDepth, depth] of [
      ['1', 1],
      ['2', 2],
      ['3', 3],
      ['15', 3],
      ['all', 3],
    ] as const) {
      const ids = idsOf(await service.list(organization, { queryDepth }))
      assert.deepEqual(ids, levels.slice(0, depth).flat(), queryDepth)
      const pages = await readPages(service, organization, { queryDepth, maxResults: '2' })
      assert.deepEqual(pages.flat(), ids, queryDepth)
    }
    assert.deepEqual(idsOf(await service.list(seaside, { queryDepth: '2' })), [floor, room, otherRoom])
  })

  test('reaches the lowest level that there can be, page by page', async (t) => {
    const service = await startHotel(t)
    const expected: string[] = []
    for (let level = 2; level <= 15; level += 1) {
      expected.push(await service.build(`Level ${level}`, expected.at(-1) ?? hillside))
    }
    const pages = await readPages(service, hillside, { queryDepth: 'all', maxResults: '1' })
    assert.deepEqual(pages.flat(), expected)
    assert.deepEqual((await readPages(service, hillside, { queryDepth: '13' })).flat(), expected.slice(0, 13))
  })

  test('gives ten units a page unless it is asked for another number, up to 50', async (t) => {
    const service = await startHotel(t)
    for (let index = 0; index < 52; index += 1) await service.build(`Room ${index}`, hillside)
    const sizes = async (query: Record<string, string>) =>
      (await readPages(service, hillside, query)).map((page) => page.length)
    assert.deepEqual(await sizes({}), [10, 10, 10, 10, 10, 2])
    assert.deepEqual(await sizes({ maxResults: '26' }), [26, 26])
    assert.deepEqual(await sizes({ maxResults: '50' }), [50, 2])
    assert.equal(new Set((await readPages(service, hillside, { maxResults: '7' })).flat()).size, 52)
  })

  test('takes queryDepth, expand and maxResults as documented, and 400 for any other', async (t) => {
    const service = await startHotel(t)
    const wrong: Record<string, string[]> = {
      queryDepth: ['0', '16', '-1', '1.5', ' ', 'ALL', 'none', '01'],
      expand: [' ', 'name', 'ALL', 'all,all'],
      maxResults: ['0', '51', '-1', ' ', 'ten', '1e1', '05'],
      parentId: ['', 'FLOOR'],
      nextToken: [' ', 'nonsense'],
    }
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        const { status, body } = await service.list(floor, { [name]: value })
        assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'], `${name}=${value}`)
        assert.match(body.message, new RegExp(`^${name} `))
      }
    }
    for (const maxResults of ['1', '50'])
      assert.equal((await service.list(floor, { maxResults })).status, 200)
    const { status } = await service.call('GET', '/v2/units', { token: service.adminToken })
    assert.equal(status, 400)
  })

  test('goes on at the same place while units come and go', async (t) => {
    const service = await startHotel(t)
    for (let index = 0; index < 20; index += 1) await service.build(`Room ${index}`, hillside)
    const all = (await readPages(service, hillside)).flat()
    const first = await service.list(hillside)
    // The last one of the page goes, one behind it too, and new ones come.
    for (const id of [all[9]!, all[12]!]) assert.equal((await service.remove(id)).status, 204)
    const added = [await service.build('New', hillside), await service.build('Newer', hillside)]
    const { nextToken } = first.body.paginationContext
    const rest = idsOf(await service.list(hillside, { nextToken, maxResults: '50' }))
    const expected = [...all.slice(10).filter((id) => id !== all[12]), ...added]
    assert.deepEqual(rest, expected)
  })

  test('The list of a unit that is not there is 404, and without a role on it or below it 403', async (t) => {
    const service = await startHotel(t)
    const none = await service.list(unknown)
    assert.deepEqual([none.status, none.body.type], [404, 'NOT_FOUND'])
    const refused = await service.list(foreign)
    assert.deepEqual([refused.status, refused.body.type], [403, 'FORBIDDEN'])
  })

  test('shows those units alone on which the caller has a role', async (t) => {
    const service = await startHotel(t)
    const manager = await service.token(hotel.manager)
    const pages = (parentId: string, query: Record<string, string>) =>
      readPages(service, parentId, query, manager)
    assert.deepEqual(await pages(organization, {}), [[hillside]])
    assert.deepEqual(await pages(organization, { queryDepth: '2' }), [[hillside, floor]])
    assert.deepEqual(await pages(organization, { queryDepth: 'all' }), [[hillside, floor, room, otherRoom]])
    assert.deepEqual(await pages(organization, { queryDepth: 'all', maxResults: '1' }), [
      [hillside],
      [floor],
      [room],
      [otherRoom],
    ])
    assert.deepEqual(await pages(seaside, {}), [[floor]])
    assert.deepEqual(await pages(floor, {}), [[room, otherRoom]])
  })

  test('The list of a caller with very many roles may come in short pages, and misses nothing', async (t) => {
    // Each begins like others, and one role stands below another.
    const names = Array.from({ length: 60 }, (_, index) => [`P${index}`, `P${index}-`, `P${index}_a`]).flat()
    const properties = names.map((name) => ({
      id: unit(name),
      name,
      units: names.indexOf(name) % 40 === 0 ? [{ id: unit(`below-${name}`), name }] : [],
    }))
    const below = properties.flatMap(({ units }) => units.map(({ id }) => id))
    const [chain, ...others] = hotelCatalog.organizations
    const client = clientWith(hotel.manager, ...properties.map(({ id }) => id), ...below)
    const catalog = {
      ...hotelCatalog,
      organizations: [{ ...chain, units: [...(chain?.units ?? []), ...properties] }, ...others],
      clients: [...hotelCatalog.clients.filter(({ id }) => id !== hotel.manager), client],
    }
    const service = await startHotel(t, { catalog })
    const manager = await service.token(hotel.manager)
    const pages = await readPages(service, organization, { queryDepth: 'all', maxResults: '50' }, manager)
    const ids = pages.flat()
    assert.deepEqual(ids.slice(0, 180).sort(), properties.map(({ id }) => id).sort())
    assert.deepEqual(ids.slice(180).sort(), below.sort())
    assert.ok(pages.some((page) => page.length === 0))
  })
})

describe('A page token of a list of units', () => {
  test('needs no encoding in a URL, and holds for its parent alone', async (t) => {
    const service = await startHotel(t)
    const { nextToken } = (await service.list(floor, { maxResults: '1' })).body.paginationContext
    assert.match(nextToken, /^[A-Za-z0-9._~-]+$/)
    const path = `/v2/units?parentId=${floor}&maxResults=1&nextToken=${nextToken}`
    assert.deepEqual(idsOf(await service.call('GET', path, { token: service.adminToken })), [otherRoom])
    const { status, body } = await service.list(seaside, { nextToken })
    assert.deepEqual([status, body.type], [400, 'INVALID_PARAM'])
  })

  test('is of no use for another list, to a client without a role, when it was changed, or after 24 hours', async (t) => {
    const service = await startHotel(t)
    const { nextToken } = (await service.list(floor, { maxResults: '1' })).body.paginationContext
    const enablements = `/v1/skills/enablements?unitId=${floor}&nextToken=${nextToken}`
    assert.equal((await service.call('GET', enablements, { token: service.adminToken })).status, 400)
    const stranger = await service.token(hotel.stranger)
    assert.equal((await service.list(floor, { nextToken }, stranger)).status, 403)
    const changed = (nextToken.startsWith('x') ? 'y' : 'x') + nextToken.slice(1)
    assert.equal((await service.list(floor, { nextToken: changed })).status, 400)
    service.clock.moveBy(24 * 3_600_000)
    const late = await service.list(floor, { nextToken }, await service.token(hotel.admin))
    assert.deepEqual([late.status, late.body.type], [400, 'INVALID_PARAM'])
  })
})
