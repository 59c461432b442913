/** The journal of a world: its last exchanges, with the steps of each decision. Secrets are replaced. */
import * as Type from 'typebox'
import { EnablementStatus, Stage } from '../enablement.ts'
import { DecisionStep } from '../refusals.ts'

const strict = { additionalProperties: false } as const

const Standing = Type.Union([EnablementStatus, Type.Null()])

export const JournalChange = Type.Object(
  { unitId: Type.String(), skillId: Type.String(), stage: Stage, from: Standing, to: Standing },
  { description: 'An enablement that changed; null where there was or is none.' },
)
export type JournalChange = Type.Static<typeof JournalChange>

export const JournalEntry = Type.Object({
  seq: Type.Integer({ description: 'Counts the exchanges of the world from 1.' }),
  at: Type.String({ description: 'The time of the world.' }),
  realAt: Type.String({ description: 'The time of the machine.' }),
  world: Type.String(),
  requestId: Type.String(),
  clientId: Type.Optional(Type.String()),
  operation: Type.String(),
  skillId: Type.Optional(Type.String()),
  unitIds: Type.Array(Type.String(), {
    description: 'The units that the request names; of a batch, one for each item.',
  }),
  request: Type.Object({
    method: Type.String(),
    path: Type.String(),
    query: Type.Record(Type.String(), Type.Unknown()),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.Optional(Type.Unknown()),
  }),
  response: Type.Object({
    status: Type.Integer({ description: '0 if the connection ended without a response.' }),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.Optional(Type.Unknown()),
  }),
  durationMs: Type.Number({ description: 'From the request until its response was ready to send.' }),
  why: Type.Array(DecisionStep),
  fault: Type.Union([Type.String(), Type.Null()], { description: 'The ID of the fault rule that struck.' }),
  tooEarly: Type.Optional(Type.Boolean({ description: 'The client came before the end of Retry-After.' })),
  note: Type.Optional(Type.String({ description: 'Such as `clock is frozen` or `restored`.' })),
  changed: Type.Array(JournalChange),
})
export type JournalEntry = Type.Static<typeof JournalEntry>

export const JournalQuery = Type.Object({
  operation: Type.Optional(Type.String({ maxLength: 100 })),
  unitId: Type.Optional(Type.String({ maxLength: 300 })),
  skillId: Type.Optional(Type.String({ maxLength: 300 })),
  clientId: Type.Optional(Type.String({ maxLength: 100 })),
  status: Type.Optional(Type.Integer({ minimum: 0, maximum: 599 })),
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only entries with a greater `seq`.' })),
  wait: Type.Optional(
    Type.Number({ minimum: 0, maximum: 60, description: 'Seconds to wait for the first entry that fits.' }),
  ),
  maxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 1000 })),
})
export type JournalQuery = Type.Static<typeof JournalQuery>

export const JournalStreamQuery = Type.Object({ after: JournalQuery.properties.after })
export type JournalStreamQuery = Type.Static<typeof JournalStreamQuery>

export const JournalPage = Type.Object({
  items: Type.Array(JournalEntry),
  dropped: Type.Integer({ description: 'How many older entries the journal no longer has.' }),
  lastSeq: Type.Integer(),
})
export type JournalPage = Type.Static<typeof JournalPage>

const EntryMatch = Type.Record(Type.String(), Type.Unknown(), {
  description:
    'A partial entry: operation, clientId, requestId, unitId, skillId, method, path, query, headers, body, status, responseHeaders, responseBody, fault. A value may be {"matches": REGEXP}, {"anyOf": […]} or {"absent": true}.',
})

export const VerifyRequest = Type.Object(
  {
    match: Type.Optional(EntryMatch),
    count: Type.Optional(
      Type.Object(
        {
          exactly: Type.Optional(Type.Integer({ minimum: 0 })),
          atLeast: Type.Optional(Type.Integer({ minimum: 0 })),
          atMost: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        { ...strict, minProperties: 1, description: 'How many entries have to fit; at least 1 without it.' },
      ),
    ),
    inOrder: Type.Optional(
      Type.Array(EntryMatch, {
        minItems: 1,
        maxItems: 100,
        description: 'In the place of `match`: an entry for each, in this order. Others may stand between.',
      }),
    ),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only entries with a greater `seq`.' })),
  },
  strict,
)
export type VerifyRequest = Type.Static<typeof VerifyRequest>

export const VerifyDifference = Type.Object({
  at: Type.String({ description: 'Where, such as `body.stage`.' }),
  expected: Type.Unknown(),
  actual: Type.Optional(Type.Unknown({ description: 'Absent if there is nothing.' })),
  shown: Type.String({ description: 'Both as text with types and invisible characters.' }),
})

export const Verdict = Type.Object({
  pass: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'null: unknown, since the journal no longer has entries that would decide it.',
  }),
  matched: Type.Integer({ description: 'How many entries fit.' }),
  seqs: Type.Array(Type.Integer(), { description: 'Their `seq`; the first 1,000.' }),
  message: Type.String(),
  nearest: Type.Array(Type.Object({ seq: Type.Integer(), differences: Type.Array(VerifyDifference) }), {
    description: 'Of entries that do not fit, at most three with the fewest differences.',
  }),
})
export type Verdict = Type.Static<typeof Verdict>

export const NoneOtherRequest = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only entries with a greater `seq`.' })),
    except: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), { description: 'The `seq` of entries that were expected.' }),
    ),
  },
  strict,
)
export type NoneOtherRequest = Type.Static<typeof NoneOtherRequest>
