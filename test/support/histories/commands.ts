/** What a random history is made of. */
import fc from 'fast-check'
import { hospital } from '../catalogs.ts'
import { type By, codeSharedMs, type Request, type Stage } from './model.ts'

export type Command =
  | { readonly kind: 'request'; readonly request: Request }
  /** Two at once, in any order. */
  | { readonly kind: 'together'; readonly first: Request; readonly second: Request }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' }

const { nurseCall, menu, radio, pharmacy, unknownSkill } = hospital
const { room, otherRoom, ward, foreignRoom, unknownUnit } = hospital

const by = fc.constantFrom<By>('admin', 'admin', 'roomAdmin')
const unit = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<string>(room, room, otherRoom, ward) },
  { weight: 1, arbitrary: fc.constantFrom<string>(foreignRoom, unknownUnit) },
)
const skill = fc.oneof(
  { weight: 16, arbitrary: fc.constantFrom<string>(nurseCall, menu, radio, pharmacy) },
  { weight: 1, arbitrary: fc.constant<string>(unknownSkill) },
)
const stage = fc.constantFrom<Stage>('live', 'live', 'development', 'certification')
const singleStage = fc.constantFrom<'live' | 'development'>('live', 'live', 'development')
/** Those that begin with `bad` are refused by the token server. */
const code = fc.option(fc.constantFrom('good-1', 'good-2', 'good-3', 'bad-1'), { nil: undefined, freq: 2 })

const enable = fc.record({ kind: fc.constant('enable' as const), by, unit, skill, stage: singleStage, code })
const disable = fc.record({
  kind: fc.constant('disable' as const),
  by,
  unit,
  skill,
  stage: fc.option(stage, { nil: undefined, freq: 3 }),
})
const get = fc.record({ kind: fc.constant('get' as const), by, unit, skill })
const list = fc.record({
  kind: fc.constant('list' as const),
  by,
  unit,
  size: fc.integer({ min: 1, max: 4 }),
  goOn: fc.boolean(),
})

const itemOf = (withCode: fc.Arbitrary<string | undefined>) =>
  fc.record({ unit, stage: fc.oneof({ weight: 8, arbitrary: singleStage }, stage), code: withCode })
/** The IDs are the places in the batch, but now and then one stands twice. */
const itemsOf = <One extends object>(one: fc.Arbitrary<One>): fc.Arbitrary<(One & { itemId: number })[]> =>
  fc
    .tuple(
      fc.array(one, { minLength: 1, maxLength: 5, size: 'max' }),
      fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat(4)),
    )
    .map(([items, repeated]) =>
      items.map((item, index) => ({
        ...item,
        itemId: index === items.length - 1 ? (repeated ?? index) : index,
      })),
    )
const batchOf = (withCode: fc.Arbitrary<string | undefined>) =>
  fc.record({ kind: fc.constant('batch' as const), by, skill, items: itemsOf(itemOf(withCode)) })

const batchDisable = fc.record({
  kind: fc.constant('batchDisable' as const),
  by,
  skill,
  items: itemsOf(fc.record({ unit, stage: fc.option(stage, { nil: undefined, freq: 3 }) })),
})

/** Any request of a history. */
export const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 6, arbitrary: enable },
  { weight: 3, arbitrary: batchOf(code) },
  { weight: 4, arbitrary: disable },
  { weight: 2, arbitrary: batchDisable },
  { weight: 2, arbitrary: get },
  { weight: 3, arbitrary: list },
)

/** Of two at once at most one brings a code: who waits for another's exchange waits for the clock, which stands still. */
const first: fc.Arbitrary<Request> = fc.oneof(enable, enable, disable, batchDisable, get)
const second: fc.Arbitrary<Request> = fc.oneof(
  enable.map((one) => ({ ...one, code: undefined })),
  batchOf(fc.constant(undefined)),
  disable,
  batchDisable,
  list,
)

export function historyOf(commandsMax: number): fc.Arbitrary<Command[]> {
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: 96, arbitrary: fc.record({ kind: fc.constant('request' as const), request }) },
    { weight: 32, arbitrary: fc.record({ kind: fc.constant('together' as const), first, second }) },
    {
      weight: 24,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(1, 100, 199, 200, 1000, codeSharedMs),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  )
  return fc.array(command, { minLength: 1, maxLength: commandsMax, size: 'max' })
}
