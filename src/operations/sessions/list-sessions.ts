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

/** The default number of results on a page. */
const pageSize = 100

/** Returns one page of the sessions that hold, the oldest first. */
export async function listSessions(
  context: Context,
  { after = '', maxResults = pageSize }: { readonly after?: string; readonly maxResults?: number },
): Promise<Page<SessionView>> {
  const found = await context.storage.sessions.list(after, maxResults + 1)
  const shown = found.slice(0, maxResults)
  const holding = shown.filter((session) => sessionHolds(session, context.now()))
  const last = found.length > maxResults ? shown.at(-1) : undefined
  return {
    items: await Promise.all(holding.map((session) => sessionView(context, session))),
    paginationContext: last === undefined ? {} : { after: last.id },
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
