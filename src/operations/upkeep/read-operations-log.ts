/** The entries of the operations log as the API asks for them and sends them. */
import type { LogEntry } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { LogFilter } from '../../model/ports/storage.ts'
import type { LogEntryView, LogQuery } from '../../protocol/operator.ts'
import { findSkill } from '../catalog/get-skill.ts'
import { readTimes } from './read-times.ts'

/** Returns what to look for. Refuses with INVALID_PARAM an invalid time. */
export async function logFilterOf(context: Context, query: LogQuery): Promise<LogFilter> {
  const { order: _order, after: _after, maxResults: _max, under: _under, since, until, ...equal } = query
  const asked = { ...equal, ...readTimes({ since, until }) }
  const skill = asked.skillId === undefined ? undefined : await findSkill(context, asked.skillId)
  return skill === undefined ? asked : { ...asked, skillId: skill.id }
}

/** Returns the entry as the API sends it. */
export function entryView({ at, effectiveAt, ...entry }: LogEntry): LogEntryView {
  const effective = effectiveAt === undefined ? {} : { effectiveAt: new Date(effectiveAt).toISOString() }
  return { ...entry, at: new Date(at).toISOString(), ...effective }
}
