/** Fault rules: which requests fail, when, and how. */
import * as Type from 'typebox'
import { Stage } from '../enablement.ts'
import { errorStatus, oauthErrorStatus } from '../errors.ts'
import { ClientId, SkillId, UnitId } from '../identifiers.ts'
import { Instant } from '../instant.ts'
import { operations } from '../operations.ts'

const strict = { additionalProperties: false } as const

/** The targets of faults: requests for an operation of the page or for a token, calls to token servers, and the storage. */
export const faultOperations = [...operations, 'token', 'token_server', 'storage'] as const
export type FaultOperation = (typeof faultOperations)[number]
const FaultOperation = Type.Unsafe<FaultOperation>(Type.String({ enum: [...faultOperations] }))

function oneOrMore<Schema extends Type.TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Array(schema, { minItems: 1, maxItems: 100 })])
}

export const FaultMatch = Type.Object(
  {
    operation: Type.Optional(oneOrMore(FaultOperation)),
    unitId: Type.Optional(oneOrMore(UnitId)),
    under: Type.Optional(
      Type.Unsafe<UnitId>({ ...UnitId, description: 'This unit, and all units below it.' }),
    ),
    skillId: Type.Optional(oneOrMore(SkillId)),
    clientId: Type.Optional(oneOrMore(ClientId)),
    stage: Type.Optional(Stage),
  },
  { ...strict, description: 'Which requests; every property that is present has to fit.' },
)
export type FaultMatch = Type.Static<typeof FaultMatch>

export const FaultWhen = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'So many matches pass before the first strike.' }),
    ),
    times: Type.Optional(
      Type.Integer({ minimum: 1, description: 'How many times it strikes; always without it.' }),
    ),
    every: Type.Optional(
      Type.Integer({ minimum: 1, default: 1, description: 'Only each so-manieth match.' }),
    ),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Of the chance; the service draws one and shows it if it is absent.',
      }),
    ),
    abovePerSecond: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Only matches of a client that makes more than this many a second.',
      }),
    ),
    from: Type.Optional(Instant),
    until: Type.Optional(Instant),
  },
  { ...strict, description: 'Which of the matches; times are those of the world.' },
)
export type FaultWhen = Type.Static<typeof FaultWhen>

export type FaultError = keyof typeof errorStatus | keyof typeof oauthErrorStatus
const FaultError = Type.Unsafe<FaultError>(
  Type.String({
    enum: [...Object.keys(errorStatus), ...Object.keys(oauthErrorStatus)],
    description: 'A code of the page, or for the operation token one of RFC 6749.',
  }),
)

const FaultItems = Type.Object(
  {
    error: Type.Unsafe<'FORBIDDEN' | 'INVALID_PARAM'>(Type.String({ enum: ['FORBIDDEN', 'INVALID_PARAM'] })),
    ids: Type.Optional(
      Type.Array(Type.Integer(), { minItems: 1, maxItems: 1000, description: 'Only items with these IDs.' }),
    ),
    every: Type.Optional(Type.Integer({ minimum: 1, default: 1, description: 'Of those, each so-manieth.' })),
  },
  {
    ...strict,
    description:
      'Refuses the items of a batch that fit the match. A batch is all or nothing: the whole batch is refused and lists them.',
  },
)

const Latency = Type.Union([
  Type.Integer({ minimum: 0, maximum: 600_000 }),
  Type.Object(
    {
      p50: Type.Integer({ minimum: 1, maximum: 600_000 }),
      p99: Type.Integer({ minimum: 1, maximum: 600_000 }),
    },
    strict,
  ),
])

export const FaultEffect = Type.Object(
  {
    error: Type.Optional(FaultError),
    retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
    message: Type.Optional(Type.String({ maxLength: 1000 })),
    items: Type.Optional(FaultItems),
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    body: Type.Optional(Type.String({ maxLength: 65_536 })),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$' }),
        Type.String({ maxLength: 1000, pattern: '^[\\t\\x20-\\x7e]*$' }),
      ),
    ),
    latencyMs: Type.Optional(Latency),
    connection: Type.Optional(
      Type.Unsafe<'reset' | 'empty' | 'hang' | 'truncate' | 'dribble'>(
        Type.String({ enum: ['reset', 'empty', 'hang', 'truncate', 'dribble'] }),
      ),
    ),
    bytes: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 0,
        description: 'With truncate: so many bytes of the body arrive, at most all but one.',
      }),
    ),
    bytesPerSecond: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, default: 20, description: 'With dribble.' }),
    ),
    link: Type.Optional(
      Type.Unsafe<'refused' | 'unreachable'>(Type.String({ enum: ['refused', 'unreachable'] })),
    ),
    storage: Type.Optional(Type.Unsafe<'down' | 'full'>(Type.String({ enum: ['down', 'full'] }))),
  },
  {
    ...strict,
    minProperties: 1,
    description:
      'What happens: at most one of error, items, status, connection, link and storage; latencyMs with any of them or alone.',
  },
)
export type FaultEffect = Type.Static<typeof FaultEffect>

export const FaultRule = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })),
    match: Type.Optional(FaultMatch),
    when: Type.Optional(FaultWhen),
    effect: FaultEffect,
    at: Type.Optional(
      Type.Unsafe<'before' | 'after'>(
        Type.String({
          enum: ['before', 'after'],
          default: 'before',
          description:
            '`before`: nothing was done. `after`: the work was done and is stored, and the answer is lost or replaced.',
        }),
      ),
    ),
    early: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Before the token is checked; only with status or connection.',
      }),
    ),
    enforceRetryAfter: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'A client that comes before the end of Retry-After is refused again.',
      }),
    ),
  },
  strict,
)
export type FaultRule = Type.Static<typeof FaultRule>

export const FaultView = Type.Object({
  id: Type.String(),
  rule: FaultRule,
  enabled: Type.Boolean(),
  matched: Type.Integer({ description: 'How many requests the rule fitted.' }),
  struck: Type.Integer({ description: 'How many of them failed by it.' }),
  tooEarly: Type.Integer({ description: 'How many more came before the end of Retry-After.' }),
  warning: Type.Optional(Type.String({ description: 'Why the rule cannot strike as it stands.' })),
})
export type FaultView = Type.Static<typeof FaultView>

export const FaultList = Type.Object({ items: Type.Array(FaultView) })
export type FaultList = Type.Static<typeof FaultList>

export const FaultChange = Type.Object({ enabled: Type.Boolean() }, strict)
export const FaultPath = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })

export const faultPresets = [
  'flaky',
  'slow',
  'throttled',
  'token-server-down',
  'dying-proxy',
  'amazon-like',
] as const
export type FaultPreset = (typeof faultPresets)[number]
export const FaultPresetRequest = Type.Object(
  {
    name: Type.Unsafe<FaultPreset>(Type.String({ enum: [...faultPresets] })),
    seed: Type.Optional(Type.Integer()),
  },
  strict,
)
