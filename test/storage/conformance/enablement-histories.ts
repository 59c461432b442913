/** Random histories of the operations of the page, against a model that is a plain map. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EnableRecord, ListPosition, Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import type { EnablementStatus, Stage } from '../../../src/protocol/enablement.ts'
import {
  catalogEntry,
  delayMs,
  type OpenStorage,
  organization,
  record,
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
    arbitrary: fc.record({ kind: fc.constant('activate' as const), limit: fc.integer({ min: 1, max: 4 }) }),
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
  status: EnablementStatus
  dueAt: number | undefined
}

export function enablementHistoriesConformance(open: OpenStorage, histories: number): void {
  describe('histories of enablements', () => {
    test('of any kind end as a plain map would', async (t) => {
      const { storage } = await open(t)
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
        [made.stage, made.status, made.createdAt],
        [known.stage, known.status, known.createdAt],
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
    case 'activate':
      return await applyActivation(world, one.limit)
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

/** Of several that are due at the same time the storage may take any. */
async function applyActivation(world: World, limit: number): Promise<void> {
  const due = [...world.known.values()].filter((one) => one.dueAt !== undefined && one.dueAt <= world.now)
  const count = await world.storage.enablements.activateDue(world.now, limit)
  assert.equal(count, Math.min(limit, due.length))
  world.entries += count
  const taken: number[] = []
  const left: number[] = []
  for (const one of due) {
    const found = await world.storage.enablements.find(world.rooms[one.room]!.id, skillId(one.skill))
    const isTaken = found?.status === 'ENABLED'
    ;(isTaken ? taken : left).push(one.dueAt ?? 0)
    if (!isTaken) continue
    one.status = 'ENABLED'
    one.dueAt = undefined
  }
  assert.equal(taken.length, count)
  assert.ok(Math.max(...taken) <= Math.min(...left), 'what is due for longest comes first')
}

/** Row 18 of the ledger. */
function enable(world: World, { room, skill, stage, names }: Item): Known {
  const known = world.known.get(`${room} ${skill}`)
  const dueAt = world.now + delayMs
  if (known === undefined) {
    const made: Known = { room, skill, createdAt: world.now, stage, names, status: 'ENABLING', dueAt }
    world.known.set(`${room} ${skill}`, made)
    return made
  }
  if (known.stage !== stage) {
    known.stage = stage
    known.status = 'ENABLING'
    known.dueAt = dueAt
  }
  known.names = names
  return known
}

async function requireSame(world: World): Promise<void> {
  for (const room of world.rooms.keys()) await requireSameList(world, room, 2)
  const due = [...world.known.values()].flatMap((one) => (one.dueAt === undefined ? [] : [one.dueAt]))
  const next = await world.storage.enablements.nextDueAt()
  assert.equal(next, due.length === 0 ? undefined : Math.min(...due))
  const entries = await world.storage.log.list({ requestId: world.name }, { newest: false, limit: 1000 })
  assert.equal(entries.length, world.entries)
}

async function requireSameList(world: World, room: number, size: number): Promise<void> {
  const expected = [...world.known.values()]
    .filter((one) => one.room === room)
    .sort((a, b) => a.createdAt - b.createdAt || (a.skill < b.skill ? -1 : 1))
  const unit = world.rooms[room]!
  const listed: unknown[] = []
  let after: ListPosition | undefined
  do {
    const page = await world.storage.enablements.list(unit.id, after, size)
    listed.push(...page.map((one) => [one.skillId, one.createdAt, one.stage, one.status, one.partitionNames]))
    after = page.at(-1)
  } while (after !== undefined)
  assert.deepEqual(
    listed,
    expected.map((one) => [skillId(one.skill), one.createdAt, one.stage, one.status, one.names]),
  )
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
