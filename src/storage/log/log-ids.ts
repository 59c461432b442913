/** The IDs of entries of the operations log. */
import type { LogStorage } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import { type Driver, named, statement } from '../engine/driver.ts'
import { integer, rowReader, text } from '../engine/row-reader.ts'

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The ID of an entry: a UUID of its own, or the ID of the request and the place among its entries, which is not 0. */
export function entryId(id: string, place: number): string {
  return place === 0 ? id : `${id}-${place.toString(16).padStart(8, '0')}`
}

/** Refuses with INVALID_PARAM what no entry can have as its ID. */
export function positionOf(position: string): { id: string; place: number } {
  const [, id = '', place] = /^(.{36})(?:-([0-7][0-9a-f]{7}))?$/.exec(position) ?? []
  if (!uuid.test(id)) throw refuse('INVALID_PARAM', `after is invalid: no page ended with ${position}.`)
  return { id, place: Number.parseInt(place ?? '0', 16) }
}

const readId = rowReader({ id: text(), place: integer }, ({ id, place }) => entryId(id, place))
const selectNewest = named(
  ['id', 'place', 'limit'],
  (at) => `select id, place from operations_log where (id, place) > (cast(${at.id} as uuid), ${at.place})
    order by id desc, place desc limit ${at.limit}`,
)
const readNewest = rowReader({ id: text(), place: integer, at: integer }, ({ id, place, at }) => ({
  id: entryId(id, place),
  at,
}))
const selectLast = statement(
  `select ${readNewest.columns} from operations_log order by id desc, place desc limit 1`,
)
const selectOne = named(
  ['id', 'place'],
  (at) => `select id, place from operations_log where id = cast(${at.id} as uuid) and place = ${at.place}`,
)

export function logIds(driver: Driver): Pick<LogStorage, 'findNewest' | 'listNewestIds' | 'has'> {
  return {
    async findNewest() {
      return (await driver.read(selectLast)).map(readNewest)[0]
    },
    async listNewestIds(floor, limit) {
      return (await driver.read(selectNewest({ ...positionOf(floor), limit }))).map(readId)
    },
    async has(id) {
      return (await driver.read(selectOne(positionOf(id)))).length > 0
    },
  }
}
