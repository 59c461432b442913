/** Requests and responses for the keys of the service. A response contains only IDs of keys. */
import * as Type from 'typebox'

const Time = Type.String({ format: 'date-time' })

export const KeysView = Type.Object({
  sealingKeys: Type.Array(
    Type.Object({
      id: Type.String(),
      isKnown: Type.Boolean({ description: 'Whether this node can open the values that the key seals.' }),
      seals: Type.Boolean({ description: 'Whether this node seals new values with the key.' }),
      values: Type.Integer({
        description: 'The number of values that the key seals; counted up to 10,000 for each kind of value.',
      }),
    }),
    {
      description:
        'First the keys of this node, the first of which seals; then other keys that still seal values.',
    },
  ),
  signingKeys: Type.Array(
    Type.Object({
      id: Type.String(),
      createdAt: Time,
      signsFrom: Type.String({
        ...Time,
        description: 'The time from which the key signs, until that of the next key.',
      }),
      verifiesUntil: Type.Optional(
        Type.String({ ...Time, description: 'Absent while there is no later key.' }),
      ),
    }),
    { description: 'Oldest first.' },
  ),
})
export type KeysView = Type.Static<typeof KeysView>

export const SealingKeyPath = Type.Object({ keyId: Type.String({ minLength: 1, maxLength: 64 }) })
