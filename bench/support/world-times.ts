/**
 * A program that starts a service with test controls in its own process, makes worlds, and says how long each took. Its argument is the URL of
 * the library.
 */
import { skillId, unitId } from './dataset.ts'

/** Milliseconds, and megabytes. */
export interface WorldTimes {
  /** The first service of the process, for which all code is loaded. */
  readonly ready: number
  readonly readyAgain: number
  readonly created: readonly number[]
  readonly createdInAll: number
  readonly megabytes: number
  readonly snapshot: number
  readonly restore: number
}

const worlds = 1000
const warmUp = 100
const records = 1000
const copies = 20
const megabyte = 1_000_000

const { startTestService }: typeof import('../../src/testing/index.ts') = await import(process.argv[2] ?? '')

const startedAt = performance.now()
await using service = await startTestService()
const ready = performance.now() - startedAt
const readyAgain = await timeOf(async () => (await startTestService()).stop())
for (let at = 0; at < warmUp; at += 1) await (await service.world()).remove()
const created: number[] = []
for (let at = 0; at < worlds; at += 1) created.push(await timeOf(() => service.world()))
const megabytes = process.memoryUsage.rss() / megabyte
const { snapshot, restore } = await copyOne()
const times: WorldTimes = {
  ready,
  readyAgain,
  created: created.sort((one, other) => one - other),
  createdInAll: created.reduce((sum, one) => sum + one, 0),
  megabytes,
  snapshot,
  restore,
}
console.log(JSON.stringify(times))

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await run()
  return performance.now() - from
}

/** The medians for a world with a thousand enablements. */
async function copyOne() {
  const units = Array.from({ length: records / 10 }, (_, number) => ({ id: unitId(number), name: 'Room' }))
  const organization = { id: unitId(records), name: 'Hotel', solution: 'hospitality', country: 'US', units }
  const skills = Array.from({ length: 10 }, (_, number) => ({
    id: skillId(number),
    name: 'Skill',
    stages: ['live'],
  }))
  const roles = [{ unitId: organization.id, role: 'A4P.UnitAdmin' }]
  const clients = [{ id: 'client', secret: 'a secret of the client', roles }]
  await using world = await service.world({ catalog: { organizations: [organization], skills, clients } })
  const client = world.client()
  for (const { id } of skills) {
    const items = units.map((unit, itemId) => ({ itemId, unitId: unit.id, stage: 'live' as const }))
    await client.batchEnable({ skillId: id, items })
  }
  const taken: number[] = []
  const restored: number[] = []
  for (let at = 0; at < copies; at += 1) {
    const from = performance.now()
    const copy = await world.snapshot()
    taken.push(performance.now() - from)
    restored.push(await timeOf(() => world.restore(copy)))
    await copy.remove()
  }
  return { snapshot: median(taken), restore: median(restored) }
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}
