/**
 * Finds out about the items of a change, before they are done, what a single enable or disable would be refused for, under the roles that
 * the author has now.
 */

import type { Principal } from '../../model/access.ts'
import { availabilityRefusal } from '../../model/availability.ts'
import { type ChangeAuthor, type ChangeItem, type ChangeTerms, wantedOf } from '../../model/changes/change.ts'
import { isOff, type Wanted } from '../../model/changes/skill-state.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ItemWork, LinkChange, WantedWork } from '../../model/ports/storage.ts'
import type { HeldRoles } from '../../model/principals/role.ts'
import { Refusal } from '../../model/refusal.ts'
import { requireDisablable } from '../../model/subscription.ts'
import type { Unit } from '../../model/unit.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { maySubscribe } from '../enablements/may-subscribe.ts'
import { chooseLink } from '../links/choose-link.ts'
import { admit, admitPrincipal, unknownUnit } from '../units/admit-unit.ts'

/** Returns what to do of each item, in their order. At most 1,000 items. */
export async function checkItems(
  context: Context,
  change: ChangeTerms & ChangeAuthor,
  items: readonly ChangeItem[],
): Promise<ItemWork[]> {
  const author = await authorOf(context, change)
  // At the same time, since a database finds many records with one statement.
  return Promise.all(items.map((item) => checkItem(context, { change, author }, item)))
}

/** The operator, or a principal with its roles; a refusal if it may do nothing at all. */
type Author = 'operator' | { readonly principal: Principal; readonly held: HeldRoles } | Refusal

async function authorOf(context: Context, { principal }: ChangeAuthor): Promise<Author> {
  if (principal === undefined) return 'operator'
  const held = await caught(() => admitPrincipal(context, principal))
  return held instanceof Refusal ? held : { principal, held }
}

interface Checking {
  readonly change: ChangeTerms & ChangeAuthor
  readonly author: Author
}

async function checkItem(
  context: Context,
  { change, author }: Checking,
  item: ChangeItem,
): Promise<ItemWork> {
  const { place, unitId, skillId, plan } = item
  const settled = (outcome: 'refused' | 'gone', reason: string): ItemWork => {
    return { kind: 'settled', place, unitId, skillId, plan, outcome, reason }
  }
  const found = await context.storage.catalog.findUnit(unitId)
  const unit = await admitted(context, author, isOffItem(change, item) ? 'disable' : 'enable', unitId, found)
  if (unit instanceof Refusal) return settled(unit.reason === 'unit' ? 'gone' : 'refused', unit.message)
  const wanted = wantedOf(change, item, unit)
  if (typeof wanted === 'string') return settled('refused', wanted)
  const more = await caught(() => prepared(context, wanted, skillId, unit))
  return {
    kind: 'wanted',
    place,
    unitId,
    skillId,
    plan,
    wanted,
    organizationId: unit.organizationId,
    ...(more instanceof Refusal
      ? { ...untouched, obstacle: more.message }
      : { ...more, obstacle: undefined }),
  }
}

function isOffItem({ action }: ChangeTerms, { plan }: ChangeItem): boolean {
  return plan === undefined ? action === 'disable' : plan.after === undefined
}

function admitted(
  context: Context,
  author: Author,
  operation: 'enable' | 'disable',
  unitId: UnitId,
  unit: Unit | undefined,
) {
  if (author instanceof Refusal) return author
  if (author !== 'operator') return admit(context, { ...author, operation }, unitId, unit)
  if (unit === undefined) return unknownUnit(operation, unitId)
  return availabilityRefusal(operation, unit) ?? unit
}

type Prepared = Pick<WantedWork, 'link' | 'needsExistingLink' | 'isSubscription'>

const untouched: Prepared = { link: { kind: 'keep' }, needsExistingLink: false, isSubscription: false }

/** Refuses what stands in the way of the item. */
async function prepared(context: Context, wanted: Wanted, skillId: SkillId, unit: Unit): Promise<Prepared> {
  if (isOff(wanted)) {
    requireDisablable(skillId)
    return untouched
  }
  const skill = await getSkill(context, skillId, stageOf(wanted))
  const isSubscription = await maySubscribe(context, skill.id, unit)
  const { name, needsExistingLink } = await chooseLink(context, skill, unit, undefined, '')
  const link: LinkChange = name === undefined ? { kind: 'keep' } : { kind: 'linked', name }
  return { link, needsExistingLink, isSubscription }
}

function stageOf(wanted: Wanted) {
  return wanted.kind === 'restore' ? wanted.to?.stage : wanted.stage
}

/** Returns a refusal in the place of throwing it. An unavailable storage is no fault of an item. */
async function caught<T>(check: () => T | Promise<T>): Promise<T | Refusal> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'SERVICE_UNAVAILABLE') throw error
    return error
  }
}
