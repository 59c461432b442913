/** Changes of many rooms, for the operator and for whoever has a role. */
import type { FastifyRequest } from 'fastify'
import { previewChange, previewUndo } from '../../operations/changes/preview-change.ts'
import {
  cancelChange,
  getChange,
  listChangeItems,
  listChanges,
} from '../../operations/changes/read-changes.ts'
import {
  type ChangeCall,
  retryChange,
  startChange,
  undoChange,
} from '../../operations/changes/start-change.ts'
import {
  ChangeItemPage,
  ChangeItemsQuery,
  ChangePage,
  ChangePath,
  ChangePreview,
  ChangeRequest,
  ChangesQuery,
  ChangeView,
  UndoQuery,
} from '../../protocol/console/change.ts'
import { askerOf, worldOf } from '../engine/exchange.ts'
import { begun, ok, type Success } from './answer-schema.ts'
import { type Route, route } from './route.ts'

const changes = {
  config: { operation: 'changes', access: 'either', shape: 'single' },
  tag: 'Rooms',
} as const

const path = '/_skillkeeper/changes'
/** Ten thousand of the longest IDs fit. */
const bodyLimitBytes = 4 * 1024 * 1024

const undone: Success<ChangeView | ChangePreview> = begun(
  'The new change, of the items that were done.',
  ChangeView,
)

export const changeRoutes: readonly Route[] = [
  route({
    ...changes,
    method: 'POST',
    path: `${path}/preview`,
    operationId: 'previewChange',
    summary: 'Show what a change would do',
    body: ChangeRequest,
    bodyLimitBytes,
    success: ok('What the change would do now. Nothing is stored.', ChangePreview),
    refuses: [404],
    handle: (context, request) =>
      inTurn(request, (isAwaited) => previewChange(context, askerOf(request), request.body, isAwaited)),
  }),
  route({
    ...changes,
    method: 'POST',
    path,
    operationId: 'startChange',
    summary: 'Enable or disable skills for many units',
    body: ChangeRequest,
    bodyLimitBytes,
    success: begun('The change is stored, and the background makes it.', ChangeView),
    refuses: [404],
    handle: (context, request) =>
      inTurn(request, () => startChange(context, askerOf(request), callOf(request), request.body)),
  }),
  route({
    ...changes,
    method: 'GET',
    path,
    operationId: 'listChanges',
    summary: 'List changes, the newest first',
    query: ChangesQuery,
    success: ok('A page of the changes.', ChangePage),
    refuses: [404],
    handle: (context, request) => listChanges(context, askerOf(request), request.query),
  }),
  route({
    ...changes,
    method: 'GET',
    path: `${path}/:id`,
    operationId: 'getChange',
    summary: 'Get a change and how far it is',
    params: ChangePath,
    success: ok('The change.', ChangeView),
    refuses: [404],
    handle: (context, request) => getChange(context, askerOf(request), request.params.id),
  }),
  route({
    ...changes,
    method: 'GET',
    path: `${path}/:id/items`,
    operationId: 'listChangeItems',
    summary: 'List the items of a change',
    params: ChangePath,
    query: ChangeItemsQuery,
    success: ok('A page of the items, unit by unit.', ChangeItemPage),
    refuses: [404],
    handle: (context, request) =>
      listChangeItems(context, askerOf(request), request.params.id, request.query),
  }),
  route({
    ...changes,
    method: 'POST',
    path: `${path}/:id/cancel`,
    operationId: 'cancelChange',
    summary: 'End a running change; what is done stays done',
    params: ChangePath,
    success: ok('The change, which does nothing more.', ChangeView),
    refuses: [404],
    handle: (context, request) =>
      cancelChange(context, askerOf(request), { id: request.params.id, requestId: request.id }),
  }),
  route({
    ...changes,
    method: 'POST',
    path: `${path}/:id/retry`,
    operationId: 'retryChange',
    summary: 'Retry the items that a change did not do',
    params: ChangePath,
    success: begun('The new change, of the items that failed or that a cancel has left.', ChangeView),
    refuses: [404],
    handle: (context, request) => retryChange(context, askerOf(request), callOf(request), request.params.id),
  }),
  route({
    ...changes,
    method: 'POST',
    path: `${path}/:id/undo`,
    operationId: 'undoChange',
    summary: 'Take back what a change did, or show what that would do',
    params: ChangePath,
    query: UndoQuery,
    success: undone,
    otherAnswers: {
      200: ok('With preview=true: what would be taken back. Nothing is stored.', ChangePreview).schema,
    },
    refuses: [404],
    handle: (context, request, reply) => {
      const { id } = request.params
      if (request.query.preview !== 'true') return undoChange(context, askerOf(request), callOf(request), id)
      reply.code(200)
      return inTurn(request, (isAwaited) => previewUndo(context, askerOf(request), id, isAwaited))
    },
  }),
]

/** Does what looks at all items of a change, which takes long, in a turn of the caller. */
async function inTurn<T>(
  request: FastifyRequest,
  work: (isAwaited: () => boolean) => Promise<T>,
): Promise<T> {
  const end = worldOf(request).plans.take(askerOf(request).actor)
  try {
    return await work(() => request.exchange?.isClosed === false)
  } finally {
    end()
  }
}

function callOf({ id, headers }: Pick<FastifyRequest, 'id' | 'headers'>): ChangeCall {
  return { requestId: id, idempotencyKey: headers['idempotency-key'] }
}
