/** Requests and responses for the keys of the service. A response contains only IDs of keys. */
import Type, { type Static } from 'typebox'

const Time = Type.String({ format: 'date-time' })

export const KeysView = Type.Object({
  sealingKeys: Type.Array(
    Type.Object({
      id: Type.String(),
      isKnown: Type.Boolean({ description: 'Whether this node can open what rests under it.' }),
      seals: Type.Boolean({ description: 'Whether this node seals with it.' }),
      values: Type.Integer({
        description: 'How many values rest under it; counted up to 10,000 for each kind of value.',
      }),
    }),
    { description: 'Those of this node, the first of which seals, then those that something rests under.' },
  ),
  signingKeys: Type.Array(
    Type.Object({
      id: Type.String(),
      createdAt: Time,
      signsFrom: Type.String({ ...Time, description: 'The last one whose time has come signs.' }),
      verifiesUntil: Type.Optional(
        Type.String({ ...Time, description: 'Absent as long as there is no later key.' }),
      ),
    }),
    { description: 'Oldest first.' },
  ),
})
export type KeysView = Static<typeof KeysView>

export const SealingKeyPath = Type.Object({ keyId: Type.String({ minLength: 1, maxLength: 64 }) })
