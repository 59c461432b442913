/** The clock of a world, and when its enablements become `ENABLED`. */
import * as Type from 'typebox'
import { SkillId, UnitId } from '../identifiers.ts'
import { Instant } from '../instant.ts'
import { Duration } from './duration.ts'

const frozen = Type.Object(
  {
    mode: Type.Literal('frozen'),
    at: Type.Optional(Instant),
  },
  { additionalProperties: false, description: 'It stands still, at its present time or at a later one.' },
)

const running = Type.Object(
  {
    mode: Type.Literal('running'),
    offset: Type.Optional(Duration),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1000,
        default: 1,
        description: 'Seconds of the world for each second of the machine.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'It runs on from its present time, or from so much later (`offset`).',
  },
)

export const ClockChange = Type.Union([frozen, running])
export type ClockChange = Type.Static<typeof ClockChange>

export const Advance = Type.Union([
  Type.Object({ by: Duration }, { additionalProperties: false }),
  Type.Object({ to: Instant }, { additionalProperties: false }),
  Type.Object({ toNextDue: Type.Literal(true) }, { additionalProperties: false }),
])
export type Advance = Type.Static<typeof Advance>

export const NextDue = Type.Object({
  at: Type.String({ description: 'When, on the clock of the world.' }),
  what: Type.String({ description: 'The background work, such as `settle links`, or `activate`.' }),
})

export const ClockView = Type.Object({
  mode: Type.Union([Type.Literal('frozen'), Type.Literal('running')]),
  now: Type.String({ description: 'The time of the world, as in RFC 3339.' }),
  rate: Type.Optional(Type.Number()),
  nextDue: Type.Optional(NextDue),
  settled: Type.Boolean({ description: 'Whether nothing that is due now is left to do.' }),
})
export type ClockView = Type.Static<typeof ClockView>

export const ClockWait = Type.Object(
  { until: Instant, wait: Type.Optional(Type.Number({ minimum: 0, maximum: 60, default: 30 })) },
  {
    additionalProperties: false,
    description: 'Answers when the clock is there, or after `wait` real seconds.',
  },
)
export type ClockWait = Type.Static<typeof ClockWait>

export const Settled = Type.Object({
  now: Type.String({ description: 'Where the clock is now.' }),
  steps: Type.Integer({ description: 'How many times the clock stopped on its way to let work be done.' }),
})
export type Settled = Type.Static<typeof Settled>

/** When an enablement that is written from now on becomes `ENABLED`. */
export const Activation = Type.Union(
  [
    Type.Object(
      { kind: Type.Literal('delay'), ms: Type.Integer({ minimum: 0, maximum: 86_400_000 }) },
      { additionalProperties: false, description: 'So many milliseconds later, on the clock of the world.' },
    ),
    Type.Object(
      { kind: Type.Literal('immediate') },
      { additionalProperties: false, description: 'The response says ENABLED.' },
    ),
    Type.Object(
      { kind: Type.Literal('reads'), count: Type.Integer({ minimum: 1, maximum: 1000 }) },
      {
        additionalProperties: false,
        description: 'The first reads, so many of them, say ENABLING, and the next one says ENABLED.',
      },
    ),
    Type.Object(
      { kind: Type.Literal('held') },
      { additionalProperties: false, description: 'Never, until it is released.' },
    ),
  ],
  { description: 'When an enablement becomes ENABLED.' },
)
export type Activation = Type.Static<typeof Activation>

export const ActivationRelease = Type.Object(
  { unitId: Type.Optional(UnitId), skillId: Type.Optional(SkillId) },
  { additionalProperties: false, description: 'Which held enablements; all of them if both are absent.' },
)
export type ActivationRelease = Type.Static<typeof ActivationRelease>

export const Released = Type.Object({
  released: Type.Integer({ description: 'How many enablements were held and are ENABLED now.' }),
})
export type Released = Type.Static<typeof Released>
