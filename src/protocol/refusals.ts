/** The kept refusals as the operator sees them. An entry contains no token, code or secret. */
import * as Type from 'typebox'
import { errorStatus, oauthErrorStatus } from './errors.ts'
import { ClientId, PrincipalId, SkillId, UnitId } from './identifiers.ts'
import { Instant } from './instant.ts'
import { underUnit } from './operator.ts'
import { after, maxResults, paginationContext, requestId } from './operator-pages.ts'

/** The checks that can refuse a request. */
export const refusalReasons = [
  'overload',
  'token',
  'client',
  'grant',
  'rate',
  'host',
  'origin',
  'path',
  'request',
  'scope',
  'role',
  'region',
  'availability',
  'unit',
  'skill',
  'stage',
  'subscription',
  'state',
  'absent',
  'link',
  'fault',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

const RefusalReason = Type.Unsafe<RefusalReason>(
  Type.String({ enum: [...refusalReasons], description: 'The check of the service that refused.' }),
)

/**
 * The steps of a decision on a request, in the order in which the service takes them (ledger, row 10: nothing about units is
 * said before it is known who asks). The token issuer reads the form before it authenticates the client.
 */
export const decisionSteps = [
  'route',
  'capacity',
  'token',
  'throttle',
  'form',
  'role',
  'unit',
  'available',
  'skill',
  'stage',
  'state',
  'link',
  'storage',
] as const
export type DecisionStepName = (typeof decisionSteps)[number]

export const DecisionStep = Type.Object({
  step: Type.Unsafe<DecisionStepName>(Type.String({ enum: [...decisionSteps] })),
  ok: Type.Boolean({ description: 'Whether the request passed it. Later steps were not reached.' }),
  detail: Type.Optional(Type.String({ description: 'Why not.' })),
  itemId: Type.Optional(Type.Number({ description: 'The batch item that failed.' })),
  rule: Type.Optional(
    Type.String({ description: 'The row of docs/fidelity.md that decides, such as `ledger 12`.' }),
  ),
})
export type DecisionStep = Type.Static<typeof DecisionStep>

export type RefusalCode = keyof typeof errorStatus | keyof typeof oauthErrorStatus
const RefusalCode = Type.Unsafe<RefusalCode>(
  Type.String({
    enum: [...Object.keys(errorStatus), ...Object.keys(oauthErrorStatus)],
    description: 'The code of the response: one of the page, or of RFC 6749 at the token issuer.',
  }),
)

export const RefusalView = Type.Object({
  id: Type.String({ description: 'Sorts by time.' }),
  at: Type.String({ description: 'The time, in the form of RFC 3339.' }),
  requestId: Type.String({ description: 'The X-Amzn-RequestId of the response.' }),
  operation: Type.String({
    description: 'The name in logs and metrics; unknown if the path does not exist.',
  }),
  clientId: Type.Optional(
    Type.String({
      description:
        'The client of the token. At the token issuer: the client of the catalog that the request names.',
    }),
  ),
  personId: Type.Optional(
    Type.Unsafe<PrincipalId>({ ...PrincipalId, description: 'The person for whom the token speaks.' }),
  ),
  operator: Type.Optional(Type.String({ description: 'The operator, as in the operations log.' })),
  unitId: Type.Optional(UnitId),
  skillId: Type.Optional(SkillId),
  itemId: Type.Optional(
    Type.Number({ description: 'The itemId of the refused batch item; absent if it is not a number.' }),
  ),
  code: RefusalCode,
  reason: RefusalReason,
  message: Type.String({ description: 'The message of the response, at most 1,000 characters of it.' }),
  detail: Type.Optional(
    Type.String({ description: 'Details that the response does not have, as in the access log.' }),
  ),
  why: Type.Array(DecisionStep, { description: 'The steps of the decision, up to the one that failed.' }),
})
export type RefusalView = Type.Static<typeof RefusalView>

export const RefusalsQuery = Type.Object({
  requestId,
  under: Type.Optional(underUnit),
  clientId: Type.Optional(ClientId),
  unitId: Type.Optional(UnitId),
  skillId: Type.Optional(SkillId),
  operation: Type.Optional(
    Type.String({
      pattern: '^[a-z_]{1,40}$',
      description: 'An operation by its name in logs and metrics, such as enable or batch_enable.',
    }),
  ),
  code: Type.Optional(RefusalCode),
  reason: Type.Optional(RefusalReason),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
  after,
  maxResults,
})
export type RefusalsQuery = Type.Static<typeof RefusalsQuery>

export const RefusalPage = Type.Object({
  items: Type.Array(RefusalView),
  paginationContext,
})
