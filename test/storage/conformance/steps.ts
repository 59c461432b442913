/**
 * What the model says of a link and an enablement in each step, against what the storage makes of them: most of the
 * steps of links, and all of enablements, are SQL that says the same once more.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { LinkKey } from '../../../src/model/account-link.ts'
import * as steps from '../../../src/model/account-link-steps.ts'
import { type KeptLink, removed } from '../../../src/model/account-link-steps.ts'
import { type Enablement, enabled, movedWith, type Standing } from '../../../src/model/enablement.ts'
import type { LinkChange, Storage } from '../../../src/model/ports/storage.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import type { Stage } from '../../../src/protocol/enablement.ts'
import {
  catalogEntry,
  claim,
  linkKey,
  type OpenStorage,
  onLinked,
  onPending,
  organization,
  origin,
  record,
  skill,
  skillId,
  stamp,
  t0,
  unitBelow,
} from './records.ts'
import { settleAll } from './settle-all.ts'

const names = ['code-1', 'code-2', 'delegated'] as const
type Name = (typeof names)[number]
const name = fc.constantFrom<Name>(...names)
const holder = fc.constantFrom('one', 'two')
const stage = fc.constantFrom<Stage>('live', 'development')
const kind = <Kind extends string>(of: Kind) => fc.constant(of)

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('enable'),
      stage,
      how: fc.constantFrom('keep', 'linked', 'pending'),
      name,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('disable') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('move'), name }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('claim'), name, holder }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('claim due'), holder }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('linked'), name, holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('refused'), name, holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('release'), name, holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('look'), name, holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('remove'), name, holder }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('renew'), name, holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('renewed'), holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('unrenewable'), holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('renewal back'), holder }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('remove skill') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('wait'), ms: fc.constantFrom(1, 200, 10_000, 100_000) }) },
)

/** What seldom comes by chance: steps that follow each other, as they do in a service. */
const sequel = fc.tuple(name, holder).chain(([name, holder]) =>
  fc.constantFrom<Command[]>(
    [
      { kind: 'claim', name, holder },
      { kind: 'linked', name, holder },
      { kind: 'enable', stage: 'live', how: 'linked', name },
    ],
    [
      { kind: 'renew', name, holder },
      { kind: 'unrenewable', holder },
      { kind: 'wait', ms: 1 },
      { kind: 'move', name },
    ],
    [
      { kind: 'wait', ms: 200 },
      { kind: 'enable', stage: 'live', how: 'keep', name },
    ],
    [
      { kind: 'wait', ms: 100_000 },
      { kind: 'claim due', holder },
      { kind: 'look', name, holder },
    ],
  ),
)
const sequels = fc.oneof(
  { weight: 2, arbitrary: command.map((one): Command[] => [one]) },
  { weight: 1, arbitrary: sequel },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never
type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** One unit with one skill, and the links that it may live on, as the model has them. */
class World {
  now = t0
  standing: Standing | undefined
  readonly links = new Map<Name, KeptLink>()
  readonly storage: Storage
  readonly unit: Unit
  /** Its links are not those of other histories, which the removal of the skill would end too. */
  readonly skillName: string

  constructor(storage: Storage, unit: Unit, skillName: string) {
    this.storage = storage
    this.unit = unit
    this.skillName = skillName
  }

  keyOf(name: Name): LinkKey {
    return linkKey(this.unit, this.skillName, name)
  }

  /** Takes the step where there is the link; true if it is allowed. */
  take(name: Name, step: (link: KeptLink) => KeptLink | typeof removed | undefined): boolean {
    const link = this.links.get(name)
    return link !== undefined && this.put(name, step(link))
  }

  put(name: Name, next: KeptLink | typeof removed | undefined): boolean {
    if (next === removed) this.links.delete(name)
    else if (next !== undefined) this.links.set(name, next)
    return next !== undefined
  }

  /** The link whose tokens are being renewed under the claim. No two have the same. */
  renewing(holder: string): Name | undefined {
    return names.find((one) => this.links.get(one)?.renewalClaim === holder)
  }

  livesOn(name: Name): boolean {
    return this.standing?.linkName === name
  }
}

export function stepsConformance(open: OpenStorage, histories: number): void {
  describe('each step of links and enablements', () => {
    test('makes of them what the model says, whatever was before', async (t) => {
      const { storage } = await open(t)
      let runs = 0
      const history = fc.array(sequels, { maxLength: 30, size: 'max' })
      const property = fc.asyncProperty(history, async (commands) => {
        runs += 1
        const root = organization(`steps-${runs}`)
        const unit = unitBelow(root, `steps-${runs}-room`)
        await storage.catalog.put({ units: [root, unit], skills: [skill(`steps-${runs}`)] }, catalogEntry())
        const world = new World(storage, unit, `steps-${runs}`)
        try {
          for (const one of commands.flat()) {
            await apply(world, one)
            await requireSame(world, one)
          }
        } finally {
          await clear(world)
        }
      })
      await fc.assert(property, { numRuns: histories })
    })
  })
}

async function requireSame(world: World, one: Command): Promise<void> {
  const { storage, unit, skillName, standing } = world
  const told = JSON.stringify(one)
  for (const name of names) {
    const link = world.links.get(name)
    const { renewalUntil: _, ...expected } = link ?? { renewalUntil: undefined }
    assert.deepEqual(await storage.links.find(world.keyOf(name)), link && expected, `${name} after ${told}`)
  }
  const found = await storage.enablements.find(unit.id, skillId(skillName))
  const standingOf = ({ stage, enabledFrom, linkName, isLinked }: Enablement): Standing => ({
    stage,
    enabledFrom,
    linkName,
    isLinked,
  })
  assert.deepEqual(found && standingOf(found), standing, told)
}

async function apply(world: World, one: Command): Promise<void> {
  const { storage, now, unit, skillName } = world
  const { links, renewals, enablements, catalog } = storage
  switch (one.kind) {
    case 'enable':
      return await enable(world, one)
    case 'disable': {
      await enablements.disable(unit.id, skillId(skillName), undefined, stamp(now))
      leave(world, undefined)
      world.standing = undefined
      return
    }
    case 'move':
      return await move(world, one.name)
    case 'claim': {
      const asked = claim(one.holder, now)
      const made = await links.claim(world.keyOf(one.name), asked, origin(now))
      const next = steps.claimed(world.links.get(one.name), world.keyOf(one.name), asked, origin(now))
      assert.equal(made !== undefined, world.put(one.name, next))
      return
    }
    case 'claim due': {
      const { id, leaseUntil } = claim(one.holder, now)
      await links.claimDue(claim(one.holder, now), 10)
      for (const name of names)
        world.take(name, (link) =>
          link.dueAt !== undefined && link.dueAt <= now
            ? { ...link, dueAt: leaseUntil, claim: id, attempts: link.attempts + 1 }
            : undefined,
        )
      return
    }
    case 'linked': {
      const tokens = { sealedTokens: `tokens at ${now}`, now, checkAt: now + 60_000 }
      const isDone = await links.settleLinked(world.keyOf(one.name), one.holder, tokens)
      assert.equal(
        isDone,
        world.take(one.name, (link) => steps.linked(link, one.holder, tokens)),
      )
      return
    }
    case 'refused': {
      const refusal = { reason: 'invalid_grant', now }
      const isDone = await links.settleRefused(world.keyOf(one.name), one.holder, refusal)
      assert.equal(
        isDone,
        world.take(one.name, (link) => steps.refused(link, one.holder, refusal)),
      )
      return
    }
    case 'release':
      await links.release(world.keyOf(one.name), one.holder, now + 1000)
      world.take(one.name, (link) => steps.released(link, one.holder, now + 1000))
      return
    case 'look':
      await links.discardUnused(world.keyOf(one.name), one.holder)
      world.take(one.name, (link) => steps.looked(link, one.holder, world.livesOn(one.name)))
      return
    case 'remove':
      await links.remove(world.keyOf(one.name), one.holder, undefined)
      world.take(one.name, (link) => steps.destroyed(link, one.holder))
      return
    case 'renew': {
      // The claims of the service are IDs that nothing else has.
      if (world.renewing(one.holder) !== undefined) return
      const asked = claim(one.holder, now)
      const made = await renewals.claim(world.keyOf(one.name), asked)
      assert.equal(
        made !== undefined,
        world.take(one.name, (link) => steps.renewing(link, asked)),
      )
      return
    }
    case 'remove skill': {
      if (world.standing !== undefined) return
      await catalog.removeSkill(skillId(skillName), catalogEntry({ at: now }))
      for (const name of names) world.take(name, (link) => steps.discarded(link, now))
      await catalog.put({ skills: [skill(skillName)] }, catalogEntry())
      return
    }
    case 'wait':
      world.now += one.ms
      return
    case 'renewed':
    case 'unrenewable':
    case 'renewal back':
      return await endRenewal(world, one)
  }
}

async function endRenewal(
  world: World,
  { kind, holder }: CommandOf<'renewed' | 'unrenewable' | 'renewal back'>,
): Promise<void> {
  const { renewals } = world.storage
  const told = catalogEntry({ at: world.now, operation: 'renew_link', requestId: 'renewal' })
  const name = world.renewing(holder)
  const take = (step: (link: KeptLink) => KeptLink) => name !== undefined && world.take(name, step)
  switch (kind) {
    case 'renewed':
      await renewals.settleRenewed(holder, 'renewed', told)
      take((link) => steps.renewed(link, 'renewed'))
      return
    case 'unrenewable':
      await renewals.settleUnrenewable(holder, 'expired', told)
      take((link) => steps.unrenewable(link, 'expired', told.stamp) ?? steps.renewed(link))
      return
    case 'renewal back':
      await renewals.release(holder)
      take((link) => steps.renewed(link))
  }
}

async function enable(world: World, { stage, how, name }: CommandOf<'enable'>): Promise<void> {
  const { storage, unit, skillName, now } = world
  const key = world.keyOf(name)
  const change: LinkChange =
    how === 'keep' ? { kind: 'keep' } : how === 'linked' ? onLinked(name) : onPending(name)
  const made = await storage.enablements
    .enable(record(unit, skillName, { stage, link: change }), stamp(now))
    .catch((error: unknown) => {
      assert.ok(error instanceof Refusal, String(error))
    })
  const link = world.links.get(name)
  const next =
    change.kind === 'pending'
      ? steps.awaited(link, key, change.sealedRequest, stamp(now))
      : change.kind === 'linked'
        ? steps.joined(link)
        : undefined
  assert.equal(made === undefined, change.kind !== 'keep' && next === undefined, 'refused without a link')
  if (made === undefined) return
  if (next !== undefined) {
    world.put(name, next)
    leave(world, name)
  }
  world.standing = enabled(world.standing, {
    stage,
    link: next && { name, isLinked: next.state === 'LINKED' },
    now,
    activateAt: stamp(now).activateAt,
  })
}

/** The enablement is about to live on the link with the name, or on none. */
function leave(world: World, name: Name | undefined): void {
  const old = names.find((one) => world.livesOn(one))
  if (old !== undefined && old !== name) world.take(old, (link) => steps.left(link, world.now))
}

async function move(world: World, name: Name): Promise<void> {
  const { storage, now, standing } = world
  const link = world.links.get(name)
  if (link === undefined) return
  const moved = await storage.links.moveEnablements(link, stamp(now), 10)
  const isMoved =
    standing !== undefined &&
    world.livesOn(name) &&
    link.state !== 'PENDING' &&
    (link.state === 'DISCARDED' || !standing.isLinked)
  assert.equal(moved, isMoved ? 1 : 0)
  if (isMoved) world.standing = movedWith(link, standing, stamp(now).activateAt)
}

/** What is left would be due in the next history. */
async function clear({ storage, unit, skillName, now }: World): Promise<void> {
  await storage.enablements.disable(unit.id, skillId(skillName), undefined, stamp(now))
  await storage.delegatedLinks.discard(unit.organizationId, skillId(skillName), origin(now))
  await settleAll(storage, now + 1_000_000)
  assert.equal(await storage.links.nextDueAt(), undefined)
}
