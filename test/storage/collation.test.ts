/** PostgreSQL orders texts as its database was made; what the storage gives does not depend on it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Enablement } from '../../src/model/enablement.ts'
import type { ListPosition, Storage } from '../../src/model/ports/storage.ts'
import type { Skill } from '../../src/model/skill.ts'
import type { Unit } from '../../src/model/unit.ts'
import { openMemoryStorage } from '../support/memory-storage.ts'
import { openNode, openSortedDatabase } from '../support/postgres.ts'
import { catalogEntry, organization, record, skill, stamp, t0, unitBelow } from './conformance/records.ts'

/** Languages put a before B, and some pass over hyphens and dots. */
const names = ['a', 'B', 'a-b', 'ab', 'A.c', 'a.B', 'b', 'Z', 'z-', 'z0', '10', '9', 'a_', 'A']

describe('In a database whose texts are in the order of a language', () => {
  for (const locale of ['en-US', 'und-u-ka-shifted']) {
    test(`pages and what is below a unit are as on the embedded engine: ${locale}`, async (t) => {
      const storage = await openNode(await openSortedDatabase(t, locale))
      t.after(() => storage.close())
      const embedded = await openMemoryStorage()
      t.after(() => embedded.close())
      assert.deepEqual(await everything(storage), await everything(embedded))
    })
  }
})

/** All that comes in an order, in pages of three. */
async function everything({ catalog, enablements }: Storage): Promise<unknown> {
  const hospital = organization()
  const rooms = names.map((name) => unitBelow(hospital, name))
  const beds = rooms.flatMap((room) =>
    names.slice(0, 4).map((name) => unitBelow(room, `${room.name}${name}`)),
  )
  const skills = names.map((name) => skill(name))
  await catalog.put({ units: [hospital, ...rooms, ...beds], skills }, catalogEntry())
  const [room] = rooms
  assert.ok(room)
  await enablements.enableMany(
    names.map((name) => record(room, name)),
    stamp(t0),
  )
  return {
    units: await pages<Unit, string>(
      '',
      ({ id }: Unit) => id,
      (after) => catalog.listUnits(hospital.id, after, 3),
    ),
    skills: await pages<Skill, string>(
      '',
      ({ id }: Skill) => id,
      (after) => catalog.listSkills(after, 3),
    ),
    beds: await pages<Unit, string>(
      '',
      ({ path }: Unit) => path,
      (after) => catalog.listLevel({ below: room.path, level: 2, after }, 3),
    ),
    enablements: await pages<Enablement, ListPosition | undefined>(
      undefined,
      ({ createdAt, skillId }: Enablement) => ({ createdAt, skillId }),
      async (after: ListPosition | undefined) => enablements.list(room.id, after, 3),
    ),
  }
}

async function pages<T extends object, After>(
  start: After,
  placeOf: (last: T) => After,
  read: (after: After) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = []
  for (let page = 0; page < 100; page += 1) {
    const last = all.at(-1)
    const some = await read(last === undefined ? start : placeOf(last))
    if (some.length === 0) return all
    all.push(...some)
  }
  return assert.fail('The pages never end.')
}
