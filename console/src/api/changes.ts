/** Changes: previewed, run by the service, read, retried and undone. */
import { call } from './call.ts'
import type { Change, ChangeItem, ChangeItemsQuery, ChangeRequest, ChangesQuery, Preview } from './wire.ts'

const root = '/_skillkeeper/changes'
const path = (id: string, step = '') => `${root}/${encodeURIComponent(id)}${step}`

export const previewChange = (request: ChangeRequest, signal?: AbortSignal) =>
  call<Preview>('POST', `${root}/preview`, { body: request, signal })

/** Starts a change. The same key starts it once, however often this is called. */
export const startChange = (request: ChangeRequest, key: string) =>
  call<Change>('POST', root, { body: request, headers: { 'idempotency-key': key } })

export const readChanges = (query: ChangesQuery, signal?: AbortSignal) =>
  call<{ items: Change[]; paginationContext: { after?: string } }>('GET', root, { query, signal })

export const readChange = (id: string, signal?: AbortSignal) => call<Change>('GET', path(id), { signal })

export const readChangeItems = (id: string, query: ChangeItemsQuery, signal?: AbortSignal) =>
  call<{ items: ChangeItem[]; paginationContext: { after?: number } }>('GET', path(id, '/items'), {
    query,
    signal,
  })

export const cancelChange = (id: string) => call<Change>('POST', path(id, '/cancel'))

/** Retries what failed. The same key starts it once, however often this is called. */
export const retryChange = (id: string, key: string) => startNext(id, '/retry', key)
export const previewUndo = (id: string) =>
  call<Preview>('POST', path(id, '/undo'), { query: { preview: 'true' } })

/** Takes a change back. The same key starts it once, however often this is called. */
export const undoChange = (id: string, key: string) => startNext(id, '/undo', key)

const startNext = (id: string, step: string, key: string) =>
  call<Change>('POST', path(id, step), { headers: { 'idempotency-key': key } })
