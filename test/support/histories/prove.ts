/** Plays random histories of requests on a service and holds each answer against the model. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hospital } from '../catalogs.ts'
import type { Owner } from '../program.ts'
import type { Answer } from '../service.ts'
import { type Command, historyOf } from './commands.ts'
import { type Expected, nothing, type Request, rested, type Shown, type State, waysOf } from './model.ts'
import { startWorld, type World } from './world.ts'

export interface HistoriesReport {
  readonly histories: number
  readonly requests: number
  readonly pairs: number
  readonly restarts: number
}

export interface HistoriesOptions {
  readonly histories: number
  /** The folder in which the service keeps what it knows; it is restarted now and then. */
  readonly data: string
  readonly seed?: number
  readonly tell?: (histories: number) => void
}

const commandsMax = 25

/** Rejects with the shortest history that it finds after which the service and the model differ. */
export async function proveHistories(owner: Owner, options: HistoriesOptions): Promise<HistoriesReport> {
  const world = await startWorld(owner, options.data)
  const report = { histories: 0, requests: 0, pairs: 0, restarts: 0 }
  const property = fc.asyncProperty(historyOf(commandsMax), async (commands) => {
    report.histories += 1
    await world.begin()
    try {
      await play(world, commands, report)
    } finally {
      await clear(world)
    }
    assert.deepEqual(world.aliveTokens(), [], 'No token outlives the last enablement of its link.')
    options.tell?.(report.histories)
  })
  const { seed } = options
  await fc.assert(property, { numRuns: options.histories, ...(seed !== undefined && { seed }) })
  return report
}

async function play(
  world: World,
  commands: readonly Command[],
  report: { requests: number; pairs: number; restarts: number },
): Promise<void> {
  let states: State[] = [nothing]
  for (const command of commands) {
    const at = world.now
    switch (command.kind) {
      case 'request':
        report.requests += 1
        states = after(states, [[command.request, await world.send(command.request)]], at)
        break
      case 'together': {
        report.pairs += 1
        const { first, second } = command
        const [one, other] = await Promise.all([world.send(first), world.send(second)])
        states = [
          ...after(
            states,
            [
              [first, one],
              [second, other],
            ],
            at,
            true,
          ),
          ...after(
            states,
            [
              [second, other],
              [first, one],
            ],
            at,
            true,
          ),
        ]
        break
      }
      case 'wait':
        await world.wait(command.ms)
        break
      case 'restart':
        report.restarts += 1
        await world.restart()
    }
    assert.ok(states.length > 0, `No order of the two explains the answers: ${JSON.stringify(command)}`)
    const now = await world.rest()
    states = distinct(states.flatMap((state) => rested(state, now)))
  }
  await requireSame(world, states)
}

/** The states in which the requests, one after the other, are answered as they were. */
export function after(
  states: readonly State[],
  answered: readonly (readonly [Request, Answer])[],
  at: number,
  mayBeNone = false,
): State[] {
  let possible = [...states]
  for (const [request, answer] of answered) {
    const ways = possible.flatMap((state) => waysOf(state, request, at))
    possible = ways.filter(({ expected }) => fits(answer, expected)).map(({ state }) => state)
    if (possible.length > 0 || mayBeNone) continue
    const wanted = ways.map(({ expected }) => JSON.stringify(expected)).join('\nor ')
    assert.fail(`${JSON.stringify(request)}\ngave ${answer.status} ${answer.text}\nbut not ${wanted}`)
  }
  return possible
}

/** What can be seen in the end, from the first page to the last. */
async function requireSame(world: World, states: readonly State[]): Promise<void> {
  let possible = [...states]
  for (const unit of [hospital.room, hospital.otherRoom, hospital.ward]) {
    const request: Request = { kind: 'list', by: 'admin', unit, size: 10, goOn: false }
    possible = after(possible, [[request, await world.send(request)]], world.now)
  }
}

async function clear(world: World): Promise<void> {
  for (const unit of [hospital.room, hospital.otherRoom, hospital.ward]) {
    const { body } = await world.send({ kind: 'list', by: 'admin', unit, size: 10, goOn: false })
    for (const { skill } of body.items) {
      await world.send({ kind: 'disable', by: 'admin', unit, skill: skill.id })
    }
  }
  await world.rest()
}

function distinct(states: readonly State[]): State[] {
  return [...new Map(states.map((state) => [JSON.stringify(state), state])).values()]
}

function fits({ status, body }: Answer, expected: Expected): boolean {
  if (status !== expected.status) return false
  if (expected.record && !fitsRecord(body, expected.record, status === 201)) return false
  if (expected.items) {
    const { items, paginationContext } = body
    if (items.length !== expected.items.length) return false
    if ((paginationContext.nextToken !== undefined) !== expected.isMore) return false
    if (!expected.items.every((record, index) => fitsRecord(items[index], record, false))) return false
  }
  if (!expected.errors) return true
  const errors = body.errors.map(Object).map(({ itemId, status: of }) => [itemId, of])
  return JSON.stringify(errors) === JSON.stringify(expected.errors)
}

const withoutLinking: readonly string[] = [hospital.nurseCall, hospital.menu]

function fitsRecord(found: unknown, record: Shown, isEnableAnswer: boolean): boolean {
  const accountLink = { status: record.isLinked ? 'LINKED' : 'NOT_LINKED' }
  const isLeftOut = isEnableAnswer && withoutLinking.includes(record.skill)
  return isSame(found, {
    skill: { stage: record.stage, id: record.skill },
    unit: { id: record.unit },
    ...(isLeftOut ? {} : { accountLink }),
    status: record.status,
  })
}

function isSame(found: unknown, expected: object): boolean {
  try {
    assert.deepEqual(found, expected)
    return true
  } catch {
    return false
  }
}
