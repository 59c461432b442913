import type { Context } from '../model/context.ts'
import type { LogEntry } from '../model/operations-log.ts'
import type { LogEntryView, LogQuery, Page } from '../protocol/operator.ts'
import { pageOf } from './page-of.ts'

/** The operations log: every change with who, when, request ID and outcome. The newest entries come first unless asked. */
export function readOperationsLog({ storage }: Context, query: LogQuery): Promise<Page<LogEntryView>> {
  const { order = 'newest', after, maxResults, ...filter } = query
  const position = after === undefined ? {} : { position: after }
  return pageOf(
    { ...(maxResults !== undefined && { maxResults }) },
    (limit) => storage.log.list(filter, { ...position, newest: order === 'newest', limit }),
    entryView,
  )
}

function entryView({ at, ...entry }: LogEntry): LogEntryView {
  return { ...entry, at: new Date(at).toISOString() }
}
