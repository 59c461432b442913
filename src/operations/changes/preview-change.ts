/** Shows what a change would do. Stores nothing, and ends early when nobody waits for the answer any more. */
import type { Asker } from '../../model/access.ts'
import { delegatedLinkName } from '../../model/account-link.ts'
import type { ChangeItem } from '../../model/changes/change.ts'
import { type Decision, isOff, judge } from '../../model/changes/skill-state.ts'
import type { Enablement } from '../../model/enablement.ts'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ItemWork } from '../../model/ports/storage.ts'
import type { ChangePreview, ChangeRequest } from '../../protocol/console/change.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { admitToChange, authorOf } from './admit-change.ts'
import { namesOf } from './change-view.ts'
import { checkItems } from './check-items.ts'
import { nextTurn } from './next-turn.ts'
import { type ChangePlan, planChange } from './plan-change.ts'
import { selectItems } from './select-items.ts'
import { undoPlan } from './start-change.ts'

const itemsShownMax = 1000
/** Items that are looked at together; then others have their turn. */
const itemsPerTurn = 100
/** With more units, a person should repeat their number. */
const unitsWithoutCountMax = 50

export async function previewChange(
  context: Context,
  asker: Asker,
  request: ChangeRequest,
  isAwaited: () => boolean,
): Promise<ChangePreview> {
  return previewOf(context, asker, await planChange(context, asker, request, 'read'), isAwaited)
}

export async function previewUndo(
  context: Context,
  asker: Asker,
  id: string,
  isAwaited: () => boolean,
): Promise<ChangePreview> {
  return previewOf(context, asker, undoPlan(await admitToChange(context, asker, id, 'read')), isAwaited)
}

type PreviewItem = Omit<ChangePreview['items'][number], 'unitName'>

/** The counts while the items are looked at. */
interface Tally {
  readonly counts: { willChange: number; already: number; refused: number }
  readonly shown: PreviewItem[]
  lostLinks: number
  lastingSubscriptions: number
  units: number
  lastUnit: UnitId | undefined
}

async function previewOf(
  context: Context,
  asker: Asker,
  { terms, selection }: ChangePlan,
  isAwaited: () => boolean,
): Promise<ChangePreview> {
  const tally: Tally = {
    counts: { willChange: 0, already: 0, refused: 0 },
    shown: [],
    lostLinks: 0,
    lastingSubscriptions: 0,
    units: 0,
    lastUnit: undefined,
  }
  const change = { ...terms, ...authorOf(asker) }
  let position: string | undefined = ''
  while (position !== undefined && isAwaited()) {
    const page: Awaited<ReturnType<typeof selectItems>> = await selectItems(
      context,
      terms,
      selection,
      position,
    )
    const items = page.found.map((item, place): ChangeItem => {
      return { ...item, place, outcome: 'waiting', reason: undefined }
    })
    for (let start = 0; start < items.length && isAwaited(); start += itemsPerTurn) {
      const works = await checkItems(context, change, items.slice(start, start + itemsPerTurn))
      const found = await Promise.all(works.map((work) => recordOf(context, work)))
      for (const [index, work] of works.entries()) count(work, found[index], tally)
      await nextTurn()
    }
    position = page.position
    if (items.length === 0) await nextTurn()
  }
  const { counts, shown, lostLinks, units } = tally
  const nameOf = await namesOf(
    context,
    asker,
    shown.map(({ unitId }) => unitId),
  )
  return {
    counts,
    warnings: warningsOf(tally),
    items: shown.map((item) => ({ ...item, ...nameOf(item.unitId) })),
    needsCount: units > unitsWithoutCountMax || lostLinks > 0,
  }
}

function recordOf({ storage }: Context, work: ItemWork): MaybePromise<Enablement | undefined> {
  return work.kind === 'wanted' ? storage.enablements.find(work.unitId, work.skillId) : undefined
}

function count(work: ItemWork, found: Enablement | undefined, tally: Tally): void {
  const { unitId, skillId } = work
  const { counts, shown } = tally
  const decision: Decision =
    work.kind === 'wanted' ? judge(work, found) : { outcome: 'refused', reason: work.reason }
  if (shown.length < itemsShownMax) {
    const reason = decision.outcome === 'refused' ? { reason: decision.reason } : {}
    shown.push({ unitId, skillId, outcome: decision.outcome, ...reason })
  }
  if (decision.outcome !== 'will_change') {
    counts[decision.outcome] += 1
    return
  }
  counts.willChange += 1
  if (unitId !== tally.lastUnit) tally.units += 1
  tally.lastUnit = unitId
  if (work.kind !== 'wanted') return
  if (isOff(work.wanted) && losesLink(found)) tally.lostLinks += 1
  if (work.isSubscription) tally.lastingSubscriptions += 1
}

/** A delegated link outlives its enablements. */
function losesLink(found: Enablement | undefined): boolean {
  return found?.linkName !== undefined && found.linkName !== delegatedLinkName
}

function warningsOf({ lostLinks, lastingSubscriptions }: Tally): string[] {
  const warnings: string[] = []
  if (lostLinks > 0)
    warnings.push(`${times(lostLinks, 'account link')} will be lost. Undo does not restore links.`)
  if (lastingSubscriptions > 0)
    warnings.push(
      `${times(lastingSubscriptions, 'subscription')} will stay. Undo does not end subscriptions.`,
    )
  return warnings
}

function times(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
