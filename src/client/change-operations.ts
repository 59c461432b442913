/** Changes of many units and skills. Only Skillkeeper has them. */

import type { Answered, Page, Stage } from './enablement.ts'
import { AbortError, AnswerError, isPassing, type Operation, TimeoutError } from './errors.ts'
import { createList, type PagedList } from './listing.ts'
import type { CallOptions } from './options.ts'
import type { Answer } from './transport/call.ts'
import { abortReason, isAborted, tell } from './transport/callbacks.ts'
import { type CallApi, queryOf } from './transport/caller.ts'
import { type ClientClock, pause, startTimeLimit } from './transport/clock.ts'
import { isRecord } from './transport/read-answer.ts'

export type ChangeOutcome = 'waiting' | 'done' | 'already' | 'refused' | 'gone'

/** A request for a change. It has at most 100,000 items: units times skills. */
export interface ChangeRequest {
  readonly action: 'enable' | 'disable'
  /** 1 to 50 skills. */
  readonly skillIds: readonly string[]
  readonly units:
    | { /** 1 to 10,000 units. */ readonly ids: readonly string[] }
    | {
        /** This unit and all units below it. */
        readonly under: string
        /** Only the units of this level. */
        readonly level?: number
        /** Only the units with this text in their names, whatever its case. */
        readonly name?: string
      }
  /** Enable: by default live. Disable: only records of this stage, by default of any. */
  readonly stage?: Stage
  /** The partition names of what is enabled; by default a unit keeps those that it has. */
  readonly partition?: 'none' | 'unit-name' | { readonly text: string }
}

/** A change, and how far it is. */
export interface Change {
  readonly id: string
  readonly action: 'enable' | 'disable'
  readonly title: string
  readonly status: 'running' | 'done' | 'cancelled' | 'undone'
  /** As in RFC 3339. */
  readonly createdAt: string
  readonly finishedAt?: string
  readonly actor: string
  readonly actorName?: string
  /** The request under whose ID the operations log has the change. */
  readonly requestId: string
  /** The lowest unit above all units of the change. */
  readonly unitId?: string
  /** `total` is the sum of the others. */
  readonly counts: Readonly<Record<ChangeOutcome | 'total', number>>
  readonly skillIds: readonly string[]
  readonly stage?: Stage
  readonly undoOf?: string
  readonly retryOf?: string
  readonly undoneBy?: string
}

export interface ChangeItem {
  readonly unitId: string
  readonly unitName?: string
  readonly skillId: string
  readonly outcome: ChangeOutcome
  readonly reason?: string
  /** The state of the skill before, of an item that is done. */
  readonly before?: {
    readonly isOn: boolean
    readonly stage?: Stage
    readonly partitionNames?: readonly string[]
    readonly nameFreeLocales?: readonly string[]
    readonly isLinked?: boolean
  }
}

/** The effect that a change would have now. */
export interface ChangePreview extends Answered {
  readonly counts: Readonly<Record<'willChange' | 'already' | 'refused', number>>
  readonly warnings: readonly string[]
  /** The first 1,000 items. */
  readonly items: readonly {
    readonly unitId: string
    readonly unitName?: string
    readonly skillId: string
    readonly outcome: 'will_change' | 'already' | 'refused'
    readonly reason?: string
  }[]
  /** A person should repeat the number of units before the change is started. */
  readonly needsCount: boolean
}

export interface ChangePage extends Page {
  readonly items: readonly Change[]
}

export interface ChangeItemPage extends Page {
  readonly items: readonly ChangeItem[]
}

export interface ListChangesRequest {
  /** Changes of this unit and those below it; without it, the caller's own. */
  readonly under?: string
  readonly status?: Change['status']
  /** Changes per page, 1 to 100 (100). */
  readonly maxResults?: number
}

export interface ListChangeItemsRequest {
  readonly outcome?: ChangeOutcome
  /** Items per page, 1 to 1,000 (1,000). */
  readonly maxResults?: number
}

/** Options of a call that starts a change. With a key the client repeats it safely: the service starts one change. */
export interface StartOptions extends CallOptions {
  /** 1 to 200 printable characters without spaces. */
  readonly idempotencyKey?: string
}

/** `timeoutMs` limits the whole wait (120,000); the other options apply to each request. */
export interface WaitForChangeOptions extends CallOptions {
  /** Called after each look. Errors that it throws are ignored. */
  readonly onProgress?: (change: Change) => void
}

/** The operations on changes, `client.changes`. Each rejects with a `SkillsError`. */
export interface ChangeOperations {
  /** Shows what a change would do. */
  preview(request: ChangeRequest, options?: CallOptions): Promise<ChangePreview>
  /** Starts a change, which the service makes in the background under the roles that the caller has by then. */
  start(request: ChangeRequest, options?: StartOptions): Promise<Change>
  /** 404 for an unknown change, and for one that the caller may not see. */
  get(id: string, options?: CallOptions): Promise<Change>
  /** Awaited, one page; iterated, all changes from that page on, the newest first. */
  list(request?: ListChangesRequest, options?: CallOptions): PagedList<ChangePage, Change>
  /** Awaited, one page; iterated, all items from that page on, unit by unit. */
  items(
    id: string,
    request?: ListChangeItemsRequest,
    options?: CallOptions,
  ): PagedList<ChangeItemPage, ChangeItem>
  /** Ends a running change. What is done stays done. */
  cancel(id: string, options?: CallOptions): Promise<Change>
  /** Starts a change of the items that failed, or that a cancel has left. 400 if there are none. */
  retry(id: string, options?: StartOptions): Promise<Change>
  /** Starts a change that takes back what is as this one has left it. 400 while it runs, or if it was taken back. */
  undo(id: string, options?: StartOptions): Promise<Change>
  previewUndo(id: string, options?: CallOptions): Promise<ChangePreview>
  /** Waits until a change does not run any more. Rejects with a `TimeoutError` if it still does after the time limit. */
  wait(id: string, options?: WaitForChangeOptions): Promise<Change>
}

const changesPath = '/_skillkeeper/changes'
const pathOf = (id: string) => `${changesPath}/${encodeURIComponent(id)}`
/** The pauses between looks, in milliseconds. */
const pauseMs = { first: 100, max: 1000 }

export function createChangeOperations(call: CallApi, clock: ClientClock): ChangeOperations {
  const begin = async (
    operation: Operation,
    path: string,
    { idempotencyKey, ...options }: StartOptions = {},
    body?: unknown,
  ) => {
    const headers = {
      ...options.headers,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    }
    const parts = { options: { ...options, headers }, body, isRepeatable: idempotencyKey !== undefined }
    return changeOf(operation, await call(operation, 'POST', path, parts))
  }
  const get = async (id: string, options?: CallOptions) =>
    changeOf('getChange', await call('getChange', 'GET', pathOf(id), { options }))
  return {
    get,
    preview: async (body, options) =>
      previewOf(
        'previewChange',
        await call('previewChange', 'POST', `${changesPath}/preview`, { options, body }),
      ),
    start: (request, options) => begin('startChange', changesPath, options, request),
    list({ under, status, maxResults } = {}, options) {
      const page = async (after: string | undefined) => {
        const path = withQuery(changesPath, { under, status, maxResults, after })
        const answer = await call('listChanges', 'GET', path, { options })
        return { items: itemsOf('listChanges', answer, isChange), ...endOf(answer) }
      }
      return createList('listChanges', undefined, page, ({ items }) => items)
    },
    items(id, { outcome, maxResults } = {}, options) {
      const page = async (after: string | undefined) => {
        const path = withQuery(`${pathOf(id)}/items`, { outcome, maxResults, after })
        const answer = await call('listChangeItems', 'GET', path, { options })
        return { items: itemsOf('listChangeItems', answer, isItem), ...endOf(answer) }
      }
      return createList('listChangeItems', undefined, page, ({ items }) => items)
    },
    cancel: async (id, options) =>
      changeOf('cancelChange', await call('cancelChange', 'POST', `${pathOf(id)}/cancel`, { options })),
    retry: (id, options) => begin('retryChange', `${pathOf(id)}/retry`, options),
    undo: (id, options) => begin('undoChange', `${pathOf(id)}/undo`, options),
    previewUndo: async (id, options) =>
      previewOf(
        'undoChange',
        await call('undoChange', 'POST', `${pathOf(id)}/undo?preview=true`, { options }),
      ),
    wait: (id, options) => waitForChange(get, clock, id, options),
  }
}

async function waitForChange(
  get: ChangeOperations['get'],
  clock: ClientClock,
  id: string,
  { onProgress, timeoutMs = 120_000, ...options }: WaitForChangeOptions = {},
): Promise<Change> {
  const operation = 'getChange'
  const { signal } = options
  const limit = startTimeLimit(clock, timeoutMs, signal)
  try {
    for (let nextMs = pauseMs.first; ; nextMs = Math.min(pauseMs.max, nextMs * 2)) {
      const change = await getUnlessPassing(get, id, { ...options, signal: limit.signal })
      if (change !== undefined) tell(onProgress, change)
      if (change !== undefined && change.status !== 'running') return change
      await pause(clock, nextMs, limit.signal)
      if (limit.isOver())
        throw new TimeoutError(`The change ${id} still runs after ${timeoutMs} ms.`, { operation })
      if (isAborted(signal))
        throw new AbortError('The call was aborted.', { operation, cause: abortReason(signal) })
    }
  } finally {
    limit.release()
  }
}

async function getUnlessPassing(
  get: ChangeOperations['get'],
  id: string,
  options: CallOptions & { readonly signal: AbortSignal },
): Promise<Change | undefined> {
  try {
    return await get(id, options)
  } catch (error) {
    if (options.signal.aborted || isPassing(error)) return undefined
    throw error
  }
}

function withQuery(path: string, query: Parameters<typeof queryOf>[0]): string {
  const text = queryOf(query)
  return text === '' ? path : `${path}?${text}`
}

function changeOf(operation: Operation, { body, requestId }: Answer): Change {
  if (isChange(body)) return body
  throw new AnswerError('The response is not a change.', { operation, requestId })
}

function previewOf(operation: Operation, { body, requestId }: Answer): ChangePreview {
  if (isPreview(body)) return { ...body, requestId }
  throw new AnswerError('The response is not the preview of a change.', { operation, requestId })
}

function itemsOf<Item>(
  operation: Operation,
  { body, requestId }: Answer,
  isOne: (value: unknown) => value is Item,
): Item[] {
  const items = isRecord(body) ? body['items'] : undefined
  if (Array.isArray(items) && items.every(isOne)) return items
  throw new AnswerError('The response is not a page of changes.', { operation, requestId })
}

function endOf({ body, requestId }: Answer): Page {
  const context = isRecord(body) ? body['paginationContext'] : undefined
  const after = isRecord(context) ? context['after'] : undefined
  return { nextToken: after === undefined ? undefined : String(after), requestId }
}

function isChange(value: unknown): value is Change {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    typeof value['status'] === 'string' &&
    isRecord(value['counts'])
  )
}

function isItem(value: unknown): value is ChangeItem {
  return isRecord(value) && typeof value['unitId'] === 'string' && typeof value['outcome'] === 'string'
}

function isPreview(value: unknown): value is Omit<ChangePreview, 'requestId'> {
  return (
    isRecord(value) &&
    isRecord(value['counts']) &&
    Array.isArray(value['items']) &&
    Array.isArray(value['warnings'])
  )
}
