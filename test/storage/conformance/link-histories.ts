/**
 * Random histories of requests and background steps on a few links, with callers and workers that die in between.
 * Whatever happened: once the background step has had its time, nobody waits, nobody lives on a link that does not
 * stand, and no tokens are kept that nobody lives on.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AccountLink, LinkKey } from '../../../src/model/account-link.ts'
import { statusAt } from '../../../src/model/enablement.ts'
import type { LinkChange, Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import {
  catalogEntry,
  claim,
  linkKey,
  type OpenedStorage,
  type OpenStorage,
  onLinked,
  onPending,
  organization,
  origin,
  record,
  skillId,
  stamp,
  t0,
  unitBelow,
} from './records.ts'

const commandsMax = 40
const codes = ['code-1', 'code-2', 'delegated']

const kind = <Kind extends string>(name: Kind) => fc.constant(name)
const room = fc.nat(2)
const code = fc.constantFrom('code-1', 'code-2')
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: kind('batch'), room, code }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('claim'), room, code }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('finish'),
      which: fc.nat(3),
      end: fc.constantFrom('linked', 'refused', 'unreachable', 'dies'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('enable'), room, code: fc.constantFrom(...codes, undefined) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('disable'), room }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('look') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('delegate') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('undelegate') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('renew'), code: fc.constantFrom(...codes) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('finish-renewal'),
      which: fc.nat(2),
      end: fc.constantFrom('renewed', 'refused', 'unreachable', 'dies'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('wait'), ms: fc.constantFrom(1, 4000, 10_000) }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never
type End = Extract<Command, { kind: 'finish' }>['end']

/** A caller or a worker in the middle of something. */
interface Holding {
  readonly claim: string
  readonly link: AccountLink
  /** The caller wants to enable this room then. */
  readonly room: Unit | undefined
}

export function linkHistoriesConformance(open: OpenStorage, histories: number): void {
  describe('histories of links', () => {
    test('of any kind leave nobody waiting and nothing behind', async (t) => {
      await tryHistories(await open(t), histories, 1)
    })

    test('in which requests and steps come at the same time leave nobody waiting and nothing behind', async (t) => {
      await tryHistories(await open(t), histories, 5)
    })
  })
}

/** `atOnce`: how many commands are under way at the same time. */
async function tryHistories(opened: OpenedStorage, histories: number, atOnce: number): Promise<void> {
  let runs = 0
  const history = fc.array(command, { maxLength: commandsMax, size: 'max' })
  const property = fc.asyncProperty(history, async (commands) => {
    runs += 1
    const world = await newWorld(opened, `run-${runs}`)
    try {
      for (let at = 0; at < commands.length; at += atOnce) {
        await Promise.all(commands.slice(at, at + atOnce).map((one) => apply(world, one)))
      }
      await settle(world)
      await requireSettled(world)
    } finally {
      await clear(world)
    }
  })
  await fc.assert(property, { numRuns: histories })
}

class World {
  now = t0
  claims = 0
  holdings: Holding[] = []
  /** The claims of those who are in the middle of a renewal. */
  renewals: string[] = []
  readonly rooms: readonly Unit[]
  private nodes: readonly Storage[]

  constructor({ storage, otherNode }: OpenedStorage, rooms: readonly Unit[]) {
    this.nodes = [storage, otherNode]
    this.rooms = rooms
  }

  /** The one node, then the other. */
  get storage(): Storage {
    this.nodes = this.nodes.toReversed()
    return this.nodes[0]!
  }

  nextClaim() {
    this.claims += 1
    return claim(`${this.rooms[0]?.id} ${this.claims}`, this.now)
  }
}

async function newWorld(opened: OpenedStorage, name: string): Promise<World> {
  const root = organization(name)
  const rooms = [0, 1, 2].map((index) => unitBelow(root, `${name}-${index}`))
  await opened.storage.catalog.put({ units: [root, ...rooms] }, catalogEntry())
  return new World(opened, rooms)
}

async function apply(world: World, one: Command): Promise<void> {
  const { links, renewals, delegatedLinks, enablements } = world.storage
  switch (one.kind) {
    case 'batch':
      return await enable(world, world.rooms[one.room]!, onPending(one.code))
    case 'claim': {
      const unit = world.rooms[one.room]!
      const taken = world.nextClaim()
      const link = await links.claim(keyOf(world, one.code), taken, origin(world.now))
      if (link !== undefined) world.holdings.push({ claim: taken.id, link, room: unit })
      return
    }
    case 'finish': {
      const [holding] = world.holdings.splice(one.which, 1)
      if (holding !== undefined) await finish(world, holding, one.end)
      return
    }
    case 'enable':
      return await enable(
        world,
        world.rooms[one.room]!,
        one.code === undefined ? { kind: 'keep' } : onLinked(one.code),
      )
    case 'disable':
      await enablements.disable(world.rooms[one.room]!.id, skillId('A'), undefined, stamp(world.now))
      return
    case 'look': {
      const taken = world.nextClaim()
      for (const link of await links.claimDue(taken, 2)) {
        world.holdings.push({ claim: taken.id, link, room: undefined })
      }
      return
    }
    case 'delegate': {
      const taken = world.nextClaim()
      const key = keyOf(world, taken.id)
      await links.claim(key, taken, origin(world.now))
      await links.settleLinked(key, taken.id, {
        sealedTokens: 'tokens',
        now: world.now,
        checkAt: world.now + 60_000,
      })
      // Where the claim was lost meanwhile, the operator is told.
      await delegatedLinks.delegate(key, origin(world.now))
      return
    }
    case 'undelegate': {
      const { organizationId } = keyOf(world, 'delegated')
      await delegatedLinks.discard(organizationId, skillId('A'), origin(world.now))
      return
    }
    case 'renew': {
      const taken = world.nextClaim()
      const link = await renewals.claim(keyOf(world, one.code), taken)
      if (link !== undefined) world.renewals.push(taken.id)
      return
    }
    case 'finish-renewal': {
      const [held] = world.renewals.splice(one.which, 1)
      if (held === undefined || one.end === 'dies') return
      const told = catalogEntry({ at: world.now, operation: 'renew_link' })
      if (one.end === 'renewed') await renewals.settleRenewed(held, 'renewed tokens', told)
      if (one.end === 'refused') await renewals.settleUnrenewable(held, 'invalid_grant', told)
      if (one.end === 'unreachable') await renewals.release(held)
      return
    }
    case 'wait':
      world.now += one.ms
  }
}

/** The step that the link's state asks for; a worker that dies does half of it. */
async function finish(world: World, holding: Holding, end: End): Promise<void> {
  const { links } = world.storage
  const { link, claim: held } = holding
  if (link.state === 'PENDING') {
    if (end === 'linked') {
      const isSettled = await links.settleLinked(link, held, {
        sealedTokens: 'tokens',
        now: world.now,
        checkAt: world.now + 60_000,
      })
      if (isSettled && holding.room !== undefined) await enable(world, holding.room, onLinked(link.name))
    }
    if (end === 'refused') await links.settleRefused(link, held, { reason: 'invalid_grant', now: world.now })
    if (end === 'unreachable') await links.release(link, held, world.now + 1000)
    return
  }
  if (end === 'dies') {
    await links.moveEnablements(link, stamp(world.now), 1)
    return
  }
  while ((await links.moveEnablements(link, stamp(world.now), 1)) > 0);
  if (link.state !== 'LINKED') return await links.remove(link, held, undefined)
  if (!(await links.discardUnused(link, held))) return
  // The tokens are revoked: that may take more than one try.
  if (end === 'unreachable') await links.release(link, held, world.now + 1000)
  else await links.remove(link, held, undefined)
}

async function enable(world: World, unit: Unit, link: LinkChange): Promise<void> {
  const { enablements } = world.storage
  const written = enablements.enable(record(unit, 'A', { link }), stamp(world.now))
  // A link may be gone by now: the caller is told.
  await written.catch((error: unknown) => assert.ok(error instanceof Refusal, String(error)))
}

/** Whoever holds a claim is dead now; one worker does all that is due. */
async function settle(world: World): Promise<void> {
  for (let step = 0; step < 30; step++) {
    world.now += 100_000
    const taken = world.nextClaim()
    const due = await world.storage.links.claimDue(taken, 10)
    if (due.length === 0) return
    for (const link of due) {
      if (link.state === 'PENDING' && link.sealedRequest === undefined) {
        await world.storage.links.release(link, taken.id, world.now)
        continue
      }
      const end = step % 2 === 0 ? 'linked' : 'refused'
      await finish(world, { claim: taken.id, link, room: undefined }, end)
    }
  }
  throw new Error('There is always a link due.')
}

async function requireSettled(world: World): Promise<void> {
  const { links, enablements } = world.storage
  assert.equal(await links.nextDueAt(), undefined)
  const livedOn = new Set<string>()
  for (const unit of world.rooms) {
    const found = await enablements.find(unit.id, skillId('A'))
    if (found === undefined) continue
    assert.equal(statusAt(found, world.now + 1_000_000), 'ENABLED', 'nobody waits')
    assert.equal(found.isLinked, found.linkName !== undefined, 'who has a link is linked')
    if (found.linkName !== undefined) livedOn.add(found.linkName)
  }
  for (const name of codes) {
    const link = await links.find(keyOf(world, name))
    const message = `${name} is ${link?.state}, and ${livedOn.has(name) ? 'somebody' : 'nobody'} lives on it`
    if (livedOn.has(name) || (link !== undefined && name === 'delegated')) {
      assert.equal(link?.state, 'LINKED', message)
    } else assert.equal(link, undefined, message)
    if (link !== undefined) assert.ok(link.sealedTokens !== undefined, 'what stands has its tokens')
  }
}

function keyOf(world: World, name: string): LinkKey {
  return linkKey(world.rooms[0]!, 'A', name)
}

/** What is left would be due in the next history. */
async function clear(world: World): Promise<void> {
  const { delegatedLinks, enablements } = world.storage
  for (const unit of world.rooms)
    await enablements.disable(unit.id, skillId('A'), undefined, stamp(world.now))
  await delegatedLinks.discard(keyOf(world, 'delegated').organizationId, skillId('A'), origin(world.now))
  world.holdings = []
  world.renewals = []
  await settle(world)
}
