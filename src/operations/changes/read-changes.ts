/** Reads changes and their items, and ends a change. */
import type { Asker } from '../../model/access.ts'
import type { Context } from '../../model/ports/context.ts'
import type {
  ChangeItemPage,
  ChangeItemsQuery,
  ChangesQuery,
  ChangeView,
} from '../../protocol/console/change.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { pageOf } from '../catalog/page-of.ts'
import { admitPrincipal } from '../units/admit-unit.ts'
import { admitBelow, admitToChange } from './admit-change.ts'
import { changeView, itemViews } from './change-view.ts'

const itemsPerPage = 1000

/** Returns the changes below a unit, or without one all for the operator and those of the asker for others. */
export async function listChanges(
  context: Context,
  asker: Asker,
  query: ChangesQuery,
): Promise<Page<ChangeView>> {
  const { under, status, after, ...size } = query
  if (under !== undefined) await admitBelow(context, asker, under)
  else if (asker.kind === 'principal') await admitPrincipal(context, asker.principal)
  const actor = under === undefined && asker.kind === 'principal' ? asker.actor : undefined
  return pageOf(
    size,
    (limit) => context.storage.changes.list({ under, actor, status }, { after, limit }),
    (change) => changeView(context, change),
  )
}

export async function getChange(context: Context, asker: Asker, id: string): Promise<ChangeView> {
  return changeView(context, await admitToChange(context, asker, id, 'read'))
}

export async function listChangeItems(
  context: Context,
  asker: Asker,
  id: string,
  { outcome, after, maxResults: limit = itemsPerPage }: ChangeItemsQuery,
): Promise<ChangeItemPage> {
  await admitToChange(context, asker, id, 'read')
  const outcomes = outcome === undefined ? undefined : [outcome]
  const from = after === undefined ? 0 : after + 1
  const found = await context.storage.changes.listItems(id, { from, outcomes, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return {
    items: await itemViews(context, asker, shown),
    paginationContext: last === undefined ? {} : { after: last.place },
  }
}

/** Ends a change. What is done stays done; a change that has ended stays as it is. */
export async function cancelChange(
  context: Context,
  asker: Asker,
  { id, requestId }: { readonly id: string; readonly requestId: string },
): Promise<ChangeView> {
  await admitToChange(context, asker, id, 'change')
  await context.storage.changes.cancel(id, { now: context.now(), requestId, actor: asker.actor })
  return getChange(context, asker, id)
}
