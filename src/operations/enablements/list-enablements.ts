import type { Principal } from '../../model/access.ts'
import { enablementBody } from '../../model/enablement.ts'
import { type MaybePromise, readBeside, whenReady } from '../../model/maybe-promise.ts'
import { readPageToken, writePageToken } from '../../model/page-token.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ListPosition } from '../../model/ports/storage.ts'
import type { EnablementPage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { admitUnit } from '../units/admit-unit.ts'

const defaultMaxResults = 10

/**
 * "List skill enablements for a unit": ordered by creation time, then skill ID, so that page tokens stay valid while
 * records change (ledger, row 28: paging needs an order). Refuses with INVALID_PARAM an invalid page token.
 */
export function listEnablements(
  context: Context,
  principal: Principal,
  query: { unitId: UnitId; maxResults?: number; nextToken?: string; expand?: string },
): MaybePromise<EnablementPage> {
  const { unitId, maxResults = defaultMaxResults } = query
  const after = query.nextToken === undefined ? undefined : readPosition(context, query.nextToken, unitId)
  const admitted = admitUnit(context, principal, 'list', unitId)
  // One more record than the page shows whether there is a next page.
  const listed = readBeside(admitted, () => context.storage.enablements.list(unitId, after, maxResults + 1))
  return whenReady(listed, (found) => {
    const now = context.now()
    const shown = found.slice(0, maxResults)
    const last = shown.at(-1)
    const isMore = found.length > maxResults && last !== undefined
    return {
      paginationContext: isMore
        ? { nextToken: writePageToken(context, unitId, [last.createdAt, last.skillId]) }
        : {},
      items: shown.map((enablement) => enablementBody(enablement, now, query.expand !== undefined)),
    }
  })
}

/** The signature guarantees the form. */
function readPosition(context: Context, token: string, unitId: UnitId): ListPosition {
  const [createdAt, skillId] = readPageToken(context, token, unitId)
  return { createdAt: Number(createdAt), skillId: skillId as SkillId }
}
