import {
  anyOperator,
  personOf,
  type Session,
  type SignedIn,
  sessionHolds,
} from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import type { SessionView } from '../../protocol/console/sessions.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { pageOf } from '../catalog/page-of.ts'

/** Returns one page of the sessions that hold, the oldest first. A page may be short: those that have ended are left out of it. */
export async function listSessions(
  context: Context,
  { after = '', ...query }: { readonly after?: string; readonly maxResults?: number },
): Promise<Page<SessionView>> {
  const { items, paginationContext } = await pageOf(
    query,
    (limit) => context.storage.sessions.list(after, limit),
    (session) => session,
  )
  const holding = items.filter((session) => sessionHolds(session, context.now()))
  return {
    items: await Promise.all(holding.map((session) => sessionView(context, session))),
    paginationContext,
  }
}

/** Returns the kind of the holder and the name. */
export async function holderView(
  context: Context,
  { actor }: Pick<SignedIn, 'actor'>,
): Promise<Pick<SessionView, 'kind' | 'name'>> {
  const personId = personOf({ actor })
  if (personId === undefined) return { kind: 'operator', name: actor.slice(anyOperator.length + 1) || actor }
  const person = await context.storage.catalog.findPerson(personId)
  return { kind: 'person', name: person?.name ?? personId }
}

async function sessionView(context: Context, session: Session): Promise<SessionView> {
  const { id, actor, createdAt, usedAt, expiresAt } = session
  return {
    id,
    ...(await holderView(context, session)),
    actor,
    createdAt: new Date(createdAt).toISOString(),
    usedAt: new Date(usedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }
}
