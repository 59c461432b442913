import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { LogEntryView, LogQuery } from '../../protocol/operator.ts'
import type { Page } from '../../protocol/operator-pages.ts'
import { findSkill } from '../catalog/get-skill.ts'
import { pageOf } from '../catalog/page-of.ts'
import { readTimes } from './read-times.ts'

/** Returns the operations log: every change with actor, time, request ID and outcome, by default the newest first. */
export async function readOperationsLog(context: Context, query: LogQuery): Promise<Page<LogEntryView>> {
  const { order = 'newest', after, maxResults, since, until, ...equal } = query
  const asked = { ...equal, ...readTimes({ since, until }) }
  const skill = asked.skillId === undefined ? undefined : await findSkill(context, asked.skillId)
  const filter = skill === undefined ? asked : { ...asked, skillId: skill.id }
  const position = after === undefined ? {} : { position: after }
  return pageOf(
    { ...(maxResults !== undefined && { maxResults }) },
    (limit) => context.storage.log.list(filter, { ...position, newest: order === 'newest', limit }),
    entryView,
  )
}

/** Returns the entry as the API sends it. */
export function entryView({ at, effectiveAt, ...entry }: LogEntry): LogEntryView {
  const effective = effectiveAt === undefined ? {} : { effectiveAt: new Date(effectiveAt).toISOString() }
  return { ...entry, at: new Date(at).toISOString(), ...effective }
}
