/** Access tokens and records of a world, past every rule and every fault. */
import * as Type from 'typebox'
import { EnablementStatus, Stage } from '../enablement.ts'
import { ClientId, PrincipalId, SkillId, UnitId } from '../identifiers.ts'

export const TestTokenRequest = Type.Object(
  {
    clientId: Type.Optional(
      Type.Unsafe<string>({ ...ClientId, description: 'The first client of the catalog without it.' }),
    ),
    personId: Type.Optional(
      Type.Unsafe<PrincipalId>({
        ...PrincipalId,
        description: 'A person of the catalog for whom the token speaks. Absent: it speaks for the client.',
      }),
    ),
    scopes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20 })),
    expired: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether its time is over already.' }),
    ),
  },
  { additionalProperties: false },
)
export type TestTokenRequest = Type.Static<typeof TestTokenRequest>

export const TestToken = Type.Object({
  accessToken: Type.String(),
  clientId: Type.String(),
  personId: Type.Optional(Type.String()),
  expiresAt: Type.String({ description: 'On the clock of the world.' }),
})
export type TestToken = Type.Static<typeof TestToken>

export const ReadTokenRequest = Type.Object(
  { accessToken: Type.String({ maxLength: 2048, description: 'An access token of this world.' }) },
  { additionalProperties: false },
)

export const ReadToken = Type.Object({
  clientId: Type.String(),
  personId: Type.Optional(Type.String({ description: 'The person for whom it speaks.' })),
  operator: Type.Optional(Type.String({ description: 'The operator for whom it speaks.' })),
  scopes: Type.Array(Type.String()),
  issuedAt: Type.String({ description: 'On the clock of the world.' }),
  expiresAt: Type.String({ description: 'On the clock of the world.' }),
  isAccepted: Type.Boolean({ description: 'Whether the API takes it now: neither expired nor revoked.' }),
})
export type ReadToken = Type.Static<typeof ReadToken>

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
export type StoredEnablement = Type.Static<typeof StoredEnablement>
