/** Access tokens and records of a world, past every rule and every fault. */
import Type, { type Static } from 'typebox'
import { EnablementStatus, Stage } from '../enablement.ts'
import { ClientId, SkillId, UnitId } from '../identifiers.ts'

export const TestTokenRequest = Type.Object(
  {
    clientId: Type.Optional(
      Type.Unsafe<string>({ ...ClientId, description: 'The first client of the catalog without it.' }),
    ),
    scopes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20 })),
    expired: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether its time is over already.' }),
    ),
  },
  { additionalProperties: false },
)
export type TestTokenRequest = Static<typeof TestTokenRequest>

export const TestToken = Type.Object({
  accessToken: Type.String(),
  clientId: Type.String(),
  expiresAt: Type.String({ description: 'On the clock of the world.' }),
})
export type TestToken = Static<typeof TestToken>

export const StoredEnablementQuery = Type.Object({ unitId: UnitId, skillId: SkillId })

export const StoredEnablement = Type.Object({
  unitId: UnitId,
  skillId: SkillId,
  stage: Stage,
  status: EnablementStatus,
  accountLink: Type.Union([Type.Literal('LINKED'), Type.Literal('NOT_LINKED')]),
  enabledFrom: Type.Optional(
    Type.String({
      description: 'When it becomes ENABLED; absent while it waits for its account link or is held.',
    }),
  ),
  createdAt: Type.String(),
  partitionNames: Type.Array(Type.String()),
  nameFreeLocales: Type.Array(Type.String()),
})
export type StoredEnablement = Static<typeof StoredEnablement>
