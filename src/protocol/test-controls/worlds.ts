/** Worlds of the test controls: a world is a whole service with a state of its own. */
import * as Type from 'typebox'
import { Instant } from '../instant.ts'
import { worldIdPattern } from './world-id.ts'

/** The world of requests that name none. */
export const defaultWorld = 'default'

/** A name that may stand in a path, in a header and in front of `.localhost`. */
export const WorldId = Type.String({
  pattern: worldIdPattern,
  description: 'The ID of a world: lower-case letters, digits and hyphens; at most 63 characters.',
  examples: ['w7'],
})

/** The settings that a world may have for itself. */
export const WorldSettings = Type.Object(
  {
    activationDelayMs: Type.Integer({ minimum: 0, maximum: 86_400_000, default: 200 }),
    batchItemsMax: Type.Integer({ minimum: 1, maximum: 10_000 }),
    rateLimit: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
  },
  { additionalProperties: false, description: 'As the settings of the service with the same names.' },
)
export type WorldSettings = Type.Static<typeof WorldSettings>

export const WorldRequest = Type.Object(
  {
    id: Type.Optional(WorldId),
    from: Type.Optional(
      Type.Union(
        [
          Type.Literal('start'),
          Type.Object({ snapshot: Type.String() }, { additionalProperties: false }),
          Type.Object({ world: WorldId }, { additionalProperties: false }),
        ],
        {
          description:
            'What the world has in the beginning: what the service had when it was ready (`start`), a snapshot of any world, or what another world has now.',
        },
      ),
    ),
    catalog: Type.Optional(
      Type.Unknown({ description: 'A catalog in place of the one of the service, as in a catalog file.' }),
    ),
    settings: Type.Optional(Type.Partial(WorldSettings, { additionalProperties: false })),
    clock: Type.Optional(
      Type.Object({ frozenAt: Instant }, { additionalProperties: false, description: 'Running without it.' }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        description: 'A port that serves this world alone; 0 for any free one.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type WorldRequest = Type.Static<typeof WorldRequest>

export const WorldView = Type.Object({
  id: WorldId,
  url: Type.String({ description: 'The base URL of the world: nothing else is needed to use it.' }),
  portUrl: Type.Optional(Type.String({ description: 'The base URL at the port of its own.' })),
  createdAt: Type.String({ description: 'When, on the clock of the machine.' }),
  settings: WorldSettings,
})
export type WorldView = Type.Static<typeof WorldView>

export const WorldList = Type.Object({ items: Type.Array(WorldView) })
export type WorldList = Type.Static<typeof WorldList>

export const WorldPath = Type.Object({ id: WorldId })
