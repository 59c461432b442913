/** The clock of a world, and when its enablements become `ENABLED`. */
import { operatorCallOf } from '../../http/engine/exchange.ts'
import { noContent, ok } from '../../http/routes/answer-schema.ts'
import { type Route, route } from '../../http/routes/route.ts'
import { refuse } from '../../model/refusal.ts'
import {
  Activation,
  ActivationRelease,
  Advance,
  ClockChange,
  ClockView,
  ClockWait,
  Released,
  Settled,
} from '../../protocol/test-controls/clock.ts'
import { readDuration } from '../../protocol/test-controls/duration.ts'
import { control } from '../requests/control.ts'
import type { TestWorld } from '../worlds/test-world.ts'
import { instantText, timeOf, type WorldOf } from './control.ts'

const path = '/_skillkeeper/test/clock'
const activationPath = '/_skillkeeper/test/activation'

/** `sleep` sleeps on the clock of the machine, and resolves early when the signal aborts. */
export function clockRoutes(
  worldOf: WorldOf,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): readonly Route[] {
  return [
    route({
      ...control('test_clock'),
      method: 'GET',
      path,
      operationId: 'getClock',
      summary: 'Get the time of the world, and what is due next',
      success: ok('The clock of the world.', ClockView),
      handle: (context) => clockView(worldOf(context)),
    }),
    route({
      ...control('test_clock'),
      method: 'PUT',
      path,
      operationId: 'changeClock',
      summary: 'Freeze the clock of the world, or let it run',
      body: ClockChange,
      success: ok('The clock of the world.', ClockView),
      handle: async (context, { body }) => {
        const world = worldOf(context)
        if (body.mode === 'frozen') world.freeze(body.at === undefined ? undefined : timeOf('at', body.at))
        else {
          const offsetMs = body.offset === undefined ? 0 : durationOf('offset', body.offset)
          world.run({ offsetMs, ...(body.rate !== undefined && { rate: body.rate }) })
        }
        return clockView(world)
      },
    }),
    route({
      ...control('test_clock'),
      method: 'POST',
      path: `${path}/advance`,
      operationId: 'advanceClock',
      summary: 'Move the clock of the world, and wait until everything that became due is done',
      body: Advance,
      success: ok('Where the clock is now.', Settled),
      handle: async (context, { body }) => {
        const world = worldOf(context)
        return world.advance(await targetOf(world, body))
      },
    }),
    route({
      ...control('test_clock'),
      method: 'POST',
      path: `${path}/wait`,
      operationId: 'waitForClock',
      summary: 'Wait until the clock of the world has reached a time',
      body: ClockWait,
      success: ok('The clock of the world, there or not.', ClockView),
      handle: async (context, { body }, { raw: response }) => {
        const world = worldOf(context)
        const over = new AbortController()
        response.once('close', () => over.abort())
        const signal = AbortSignal.any([over.signal, world.ending])
        await Promise.race([
          world.clock.reaches(timeOf('until', body.until), signal),
          sleep((body.wait ?? waitSeconds) * 1000, signal),
        ])
        over.abort()
        return clockView(world)
      },
    }),
  ]
}

export function activationRoutes(worldOf: WorldOf): readonly Route[] {
  return [
    route({
      ...control('test_activation'),
      method: 'GET',
      path: activationPath,
      operationId: 'getActivation',
      summary: 'Get when enablements become ENABLED',
      success: ok('When.', Activation),
      handle: (context) => worldOf(context).activation.current,
    }),
    route({
      ...control('test_activation'),
      method: 'PUT',
      path: activationPath,
      operationId: 'setActivation',
      summary: 'Set when enablements that are written from now on become ENABLED',
      body: Activation,
      success: noContent('It is set.'),
      handle: (context, { body }) => worldOf(context).setActivation(body),
    }),
    route({
      ...control('test_activation'),
      method: 'POST',
      path: `${activationPath}/release`,
      operationId: 'releaseActivation',
      summary: 'Let held enablements become ENABLED now',
      body: ActivationRelease,
      success: ok('How many.', Released),
      handle: async (context, request) => {
        const call = operatorCallOf(request)
        return { released: await worldOf(context).release(request.body, call) }
      },
    }),
  ]
}

const waitSeconds = 30

async function clockView(world: TestWorld): Promise<ClockView> {
  const { now, rate } = world.clock.state()
  const [settled, nextDue] = [await world.isSettled(), await world.nextDue()]
  return {
    mode: rate === undefined ? 'frozen' : 'running',
    now: instantText(now),
    ...(rate !== undefined && { rate }),
    ...(nextDue && { nextDue: { ...nextDue, at: instantText(nextDue.at) } }),
    settled,
  }
}

async function targetOf(world: TestWorld, advance: Advance): Promise<number> {
  if ('by' in advance) return world.clock.now() + durationOf('by', advance.by)
  if ('to' in advance) return timeOf('to', advance.to)
  const next = await world.nextDue()
  if (next === undefined) throw refuse('INVALID_PARAM', 'Nothing is due in this world, now or later.')
  return Math.max(next.at, world.clock.now())
}

function durationOf(name: string, text: string): number {
  const ms = readDuration(text)
  if (ms === undefined) throw refuse('INVALID_PARAM', `${name} is invalid: ${text}.`)
  return ms
}
