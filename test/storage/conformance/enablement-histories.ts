/** Random histories of the operations of the page, against a model that is a plain map. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Enablement, statusAt } from '../../../src/model/enablement.ts'
import type { EnableRecord, ListPosition, Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import type { Stage } from '../../../src/protocol/enablement.ts'
import {
  catalogEntry,
  delayMs,
  type OpenStorage,
  organization,
  record,
  skill,
  skillId,
  stamp,
  t0,
  unitBelow,
} from './records.ts'

const commandsMax = 40
const skills = ['a', 'B', '_']

const stage = fc.constantFrom<Stage>('live', 'development', 'certification')
const place = { room: fc.nat(2), skill: fc.constantFrom(...skills) }
const names = fc.constantFrom<string[][]>([], ['Room101'], ['Room101', 'Room102'])
const item = fc.record({ ...place, stage, names })
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('enable' as const), item }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      items: fc.array(item, { minLength: 1, maxLength: 6, size: 'max' }),
      badAt: fc.option(fc.nat(6), { freq: 4, nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('disable' as const),
      ...place,
      stage: fc.option(stage, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('hasten' as const),
      limit: fc.integer({ min: 1, max: 4 }),
      within: fc.nat(delayMs),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      room: fc.nat(2),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2 * delayMs) }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never
type Item = typeof item extends fc.Arbitrary<infer Value> ? Value : never

/** What the model knows of a record. */
interface Known {
  readonly room: number
  readonly skill: string
  readonly createdAt: number
  stage: Stage
  names: readonly string[]
  enabledFrom: number
  /** Once it was seen ENABLED in its stage it stays so. */
  wasEnabled: boolean
}

export function enablementHistoriesConformance(open: OpenStorage, histories: number): void {
  describe('histories of enablements', () => {
    test('of any kind end as a plain map would', async (t) => {
      const { storage } = await open(t)
      // So that those enabled at the same time are listed by ID.
      await storage.catalog.put({ skills: skills.map((name) => skill(name)) }, catalogEntry())
      let runs = 0
      const history = fc.array(command, { maxLength: commandsMax, size: 'max' })
      const property = fc.asyncProperty(history, async (commands) => {
        runs += 1
        const world = await newWorld(storage, `run-${runs}`)
        try {
          for (const one of commands) await apply(world, one)
          await requireSame(world)
        } finally {
          await clear(world)
        }
      })
      await fc.assert(property, { numRuns: histories })
    })
  })
}

class World {
  now = t0
  entries = 0
  readonly known = new Map<string, Known>()
  readonly storage: Storage
  readonly rooms: readonly Unit[]
  readonly name: string

  constructor(storage: Storage, rooms: readonly Unit[], name: string) {
    this.storage = storage
    this.rooms = rooms
    this.name = name
  }
}

async function newWorld(storage: Storage, name: string): Promise<World> {
  const root = organization(name)
  const rooms = [0, 1, 2].map((index) => unitBelow(root, `${name}-${index}`))
  await storage.catalog.put({ units: [root, ...rooms] }, catalogEntry())
  return new World(storage, rooms, name)
}

async function apply(world: World, one: Command): Promise<void> {
  switch (one.kind) {
    case 'enable': {
      const made = await world.storage.enablements.enable(recordOf(world, one.item), stampOf(world))
      const known = enable(world, one.item)
      world.entries += 1
      assert.deepEqual(
        [made.stage, made.enabledFrom, made.createdAt],
        [known.stage, known.enabledFrom, known.createdAt],
      )
      return
    }
    case 'batch':
      return await applyBatch(world, one)
    case 'disable': {
      const { room, skill } = one
      const known = world.known.get(`${room} ${skill}`)
      const expected = known !== undefined && (one.stage === undefined || one.stage === known.stage)
      if (expected) {
        world.known.delete(`${room} ${skill}`)
        world.entries += 1
      }
      const unit = world.rooms[room]!
      const { enablements } = world.storage
      assert.equal(await enablements.disable(unit.id, skillId(skill), one.stage, stampOf(world)), expected)
      return
    }
    case 'hasten':
      return await applyHaste(world, one)
    case 'list':
      return await requireSameList(world, one.room, one.size)
    case 'wait':
      world.now += one.ms
  }
}

async function applyBatch(world: World, one: Extract<Command, { kind: 'batch' }>): Promise<void> {
  const records = one.items.map((item, itemId) => ({ ...recordOf(world, item), itemId }))
  if (one.badAt !== undefined) {
    const unknown = unitBelow(world.rooms[0]!, 'unknown')
    records.splice(one.badAt, 0, { ...record(unknown, 'a'), itemId: 99 })
  }
  const done = world.storage.enablements.enableMany(records, stampOf(world))
  if (one.badAt !== undefined) return await assert.rejects(done, Refusal)
  await done
  for (const item of one.items) enable(world, item)
  world.entries += one.items.length
}

/** The clock turned out to have been ahead: of several that are too far off the storage may take any. */
async function applyHaste(world: World, { limit, within }: Extract<Command, { kind: 'hasten' }>) {
  const latest = world.now + within
  const far = [...world.known.values()].filter((one) => one.enabledFrom > latest)
  const count = await world.storage.enablements.hasten({ dueAfter: latest, now: world.now, limit: limit })
  assert.equal(count, Math.min(limit, far.length))
  let taken = 0
  for (const one of far) {
    const found = await world.storage.enablements.find(world.rooms[one.room]!.id, skillId(one.skill))
    if (found?.enabledFrom === one.enabledFrom) continue
    taken += 1
    one.enabledFrom = world.now
    requireStatus(world, one, found)
  }
  assert.equal(taken, count)
}

/** Row 18 of the ledger. */
function enable(world: World, { room, skill, stage, names }: Item): Known {
  const known = world.known.get(`${room} ${skill}`)
  const enabledFrom = world.now + delayMs
  if (known === undefined) {
    const made: Known = { room, skill, createdAt: world.now, stage, names, enabledFrom, wasEnabled: false }
    world.known.set(`${room} ${skill}`, made)
    return made
  }
  if (known.stage !== stage) {
    known.stage = stage
    known.enabledFrom = enabledFrom
    known.wasEnabled = false
  }
  known.names = names
  return known
}

async function requireSame(world: World): Promise<void> {
  for (const room of world.rooms.keys()) await requireSameList(world, room, 2)
  const entries = await world.storage.log.list({ requestId: world.name }, { newest: false, limit: 1000 })
  assert.equal(entries.length, world.entries)
}

async function requireSameList(world: World, room: number, size: number): Promise<void> {
  const expected = [...world.known.values()]
    .filter((one) => one.room === room)
    .sort((a, b) => a.createdAt - b.createdAt || (a.skill < b.skill ? -1 : 1))
  const unit = world.rooms[room]!
  const listed: Enablement[] = []
  let after: ListPosition | undefined
  do {
    const page = await world.storage.enablements.list(unit.id, after, size)
    listed.push(...page)
    after = page.at(-1)
  } while (after !== undefined)
  assert.deepEqual(
    listed.map((one) => [one.skillId, one.createdAt, one.stage, one.enabledFrom, one.partitionNames]),
    expected.map((one) => [skillId(one.skill), one.createdAt, one.stage, one.enabledFrom, one.names]),
  )
  for (const [index, known] of expected.entries()) requireStatus(world, known, listed[index])
}

/** What the status of row 18 is now; it does not go back. */
function requireStatus(world: World, known: Known, found: Enablement | undefined): void {
  const status = found && statusAt(found, world.now)
  assert.equal(status, known.enabledFrom <= world.now ? 'ENABLED' : 'ENABLING')
  if (known.wasEnabled) assert.equal(status, 'ENABLED', 'the status never goes back')
  known.wasEnabled = status === 'ENABLED'
}

function recordOf(world: World, { room, skill, stage, names }: Item): EnableRecord {
  return record(world.rooms[room]!, skill, { stage, partitionNames: names })
}

function stampOf(world: World) {
  return stamp(world.now, world.name)
}

/** What is left would become due in the next history. */
async function clear({ storage, rooms, now }: World): Promise<void> {
  const removals = rooms.flatMap((room) =>
    skills.map((name) => storage.enablements.disable(room.id, skillId(name), undefined, stamp(now))),
  )
  await Promise.all(removals)
}
