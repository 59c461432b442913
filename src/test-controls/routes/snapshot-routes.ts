/** Snapshots of worlds, and taking a world back to one. */
import { created, noContent, ok } from '../../http/routes/answer-schema.ts'
import { type Route, route } from '../../http/routes/route.ts'
import {
  ResetRequest,
  SnapshotList,
  SnapshotPath,
  SnapshotRequest,
  SnapshotView,
} from '../../protocol/test-controls/snapshots.ts'
import type { Laboratory } from '../laboratory.ts'
import { control } from '../requests/control.ts'

const path = '/_skillkeeper/test/snapshots'

export function snapshotRoutes(laboratory: () => Laboratory): readonly Route[] {
  return [
    route({
      ...control('test_snapshots'),
      method: 'POST',
      path,
      operationId: 'takeSnapshot',
      summary: 'Take a snapshot of the world',
      body: SnapshotRequest,
      success: created('The snapshot.', SnapshotView),
      handle: (context, { body }) => laboratory().snapshots.take(laboratory().heldOf(context), body),
    }),
    route({
      ...control('test_snapshots'),
      method: 'GET',
      path,
      operationId: 'listSnapshots',
      summary: 'List the snapshots of the service',
      success: ok('The snapshots, the oldest first.', SnapshotList),
      handle: () => ({ items: [...laboratory().snapshots.list()] }),
    }),
    route({
      ...control('test_snapshots'),
      method: 'POST',
      path: `${path}/:id/restore`,
      operationId: 'restoreSnapshot',
      summary: 'Take the world back to a snapshot',
      params: SnapshotPath,
      success: noContent('The world has what the snapshot has.'),
      refuses: [404],
      handle: (context, { params: { id } }) =>
        laboratory().snapshots.restore(laboratory().heldOf(context), id),
    }),
    route({
      ...control('test_snapshots'),
      method: 'DELETE',
      path: `${path}/:id`,
      operationId: 'removeSnapshot',
      summary: 'Remove a snapshot',
      params: SnapshotPath,
      success: noContent('It is removed.'),
      refuses: [404],
      handle: (_context, { params: { id } }) => laboratory().snapshots.remove(id),
    }),
    route({
      ...control('test_reset'),
      method: 'POST',
      path: '/_skillkeeper/test/reset',
      operationId: 'resetWorld',
      summary: 'Take the world back to its beginning',
      body: ResetRequest,
      success: noContent('The world has what it had when it was created.'),
      handle: (context, { body }) => laboratory().reset(laboratory().heldOf(context), body.to ?? 'start'),
    }),
  ]
}
