/** Snapshots of a world: its storage, clock, activation and settings. */
import * as Type from 'typebox'

export const SnapshotId = Type.String({ pattern: '^[a-z0-9-]{1,64}$' })

export const SnapshotRequest = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    faults: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether it has the fault rules too.' }),
    ),
  },
  { additionalProperties: false },
)
export type SnapshotRequest = Type.Static<typeof SnapshotRequest>

export const SnapshotView = Type.Object({
  id: SnapshotId,
  name: Type.Optional(Type.String()),
  world: Type.String({ description: 'The world that it was taken of.' }),
  at: Type.String({ description: 'The time of that world.' }),
  bytes: Type.Integer(),
})
export type SnapshotView = Type.Static<typeof SnapshotView>

export const SnapshotList = Type.Object({ items: Type.Array(SnapshotView) })
export type SnapshotList = Type.Static<typeof SnapshotList>

export const SnapshotPath = Type.Object({ id: SnapshotId })

export const ResetRequest = Type.Object(
  {
    to: Type.Optional(
      Type.Union([Type.Literal('start'), Type.Literal('empty')], {
        default: 'start',
        description:
          '`start`: what the world had when it was created. `empty`: the same without enablements and links.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ResetRequest = Type.Static<typeof ResetRequest>
