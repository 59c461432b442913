import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { hospital } from '../support/catalogs.ts'
import { type Controlled, startControlled } from '../support/controlled.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { request } from '../support/histories/commands.ts'
import { type By, nothing, type Request, rested, type State } from '../support/histories/model.ts'
import { after } from '../support/histories/prove.ts'
import { catalogAt, send } from '../support/histories/world.ts'
import type { Answer } from '../support/service.ts'

type Move =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'snapshot' | 'restore'; readonly name: number }
  | { readonly kind: 'reset' }

/** Codes are left out: what a token server has seen, no restore takes back. */
const withoutCode = (one: Request): Request => {
  if (one.kind === 'batch') return { ...one, items: one.items.map((item) => ({ ...item, code: undefined })) }
  return one.kind === 'enable' ? { ...one, code: undefined } : one
}
const name = fc.nat(2)
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 20, arbitrary: request.map((one): Move => ({ kind: 'request', request: withoutCode(one) })) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(0, 1, 100, 199, 200, 1000).map((ms): Move => ({ kind: 'advance', ms })),
  },
  { weight: 2, arbitrary: name.map((one): Move => ({ kind: 'snapshot', name: one })) },
  { weight: 3, arbitrary: name.map((one): Move => ({ kind: 'restore', name: one })) },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: 'reset' }) },
)
/** What happens in each of some worlds. */
const plays = fc.array(fc.array(move, { minLength: 1, maxLength: 15, size: 'max' }), {
  minLength: 2,
  maxLength: 5,
})

const start = Date.parse('2030-01-01T00:00:00Z')

/** Plays the moves in a world of its own. */
async function play(service: Controlled, moves: readonly Move[]): Promise<void> {
  const base = await service.create({ clock: { frozenAt: new Date(start).toISOString() } })
  try {
    await playIn(service, base, moves)
  } finally {
    const removed = await service.control('DELETE', `/worlds/${base.split('/').at(-1)}`)
    assert.equal(removed.status, 204, removed.text)
  }
}

/** Holds each answer against the model of the world. */
async function playIn(service: Controlled, base: string, moves: readonly Move[]): Promise<void> {
  const tokens: Record<By, string> = {
    admin: await service.token(base),
    roomAdmin: await service.token(base, hospital.roomAdmin),
  }
  const here = async (method: string, path: string, body?: unknown) => {
    const answer = await service.control(method, path, body, base)
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  const call = async (method: string, path: string, question = {}): Promise<Answer> => {
    const { status, body, text } = await service.ask(method, base + path, question)
    return { status, body, text, headers: new Headers() }
  }
  const snapshots = new Map<
    number,
    { id: string; states: readonly State[]; at: number; pages: Map<string, string> }
  >()
  let pages = new Map<string, string>()
  let states: readonly State[] = [nothing]
  let now = start
  for (const one of moves) {
    switch (one.kind) {
      case 'request': {
        const answer = await send({ call }, tokens[one.request.by], one.request, 'a history', pages)
        const nextToken = one.request.kind === 'list' && answer.body?.paginationContext?.nextToken
        if (one.request.kind === 'list' && nextToken) pages.set(one.request.unit, nextToken)
        states = after(states, [[one.request, answer]], now)
        break
      }
      case 'advance':
        await here('POST', '/clock/advance', { by: `PT${one.ms / 1000}S` })
        now += one.ms
        break
      case 'snapshot': {
        const { id } = await here('POST', '/snapshots', {})
        snapshots.set(one.name, { id, states, at: now, pages: new Map(pages) })
        break
      }
      case 'restore': {
        const kept = snapshots.get(one.name)
        if (kept === undefined) break
        await here('POST', `/snapshots/${kept.id}/restore`)
        states = kept.states
        now = kept.at
        pages = new Map(kept.pages)
        break
      }
      case 'reset':
        await here('POST', '/reset', { to: 'start' })
        states = [nothing]
        now = start
        pages = new Map()
    }
    states = states.flatMap((state) => rested(state, now))
    assert.equal((await here('GET', '/clock')).now, new Date(now).toISOString())
  }
  for (const unit of [hospital.room, hospital.otherRoom, hospital.ward]) {
    const last: Request = { kind: 'list', by: 'admin', unit, size: 10, goOn: false }
    states = after(states, [[last, await send({ call }, tokens.admin, last, 'a history', pages)]], now)
  }
  for (const { id } of snapshots.values()) await here('DELETE', `/snapshots/${id}`)
}

describe('Many worlds', () => {
  test('answer as each would alone, whatever happens in the others', async (t) => {
    const service = await startControlled(t, { catalog: catalogAt('http://127.0.0.1:9') })
    const property = fc.asyncProperty(plays, async (each) => {
      const played = await Promise.allSettled(each.map((moves) => play(service, moves)))
      for (const one of played) if (one.status === 'rejected') throw one.reason
      const { body } = await service.control('GET', '/worlds')
      assert.equal(body.items.length, 1)
    })
    await fc.assert(property, { numRuns: 40 })
  })

  test('have no timer while nothing is due in them', async (t) => {
    const machine = createHandClock()
    const service = await startControlled(t, { clock: machine })
    const before = machine.wakeTimes().length
    const bases = await Promise.all([1, 2, 3].map(() => service.create()))
    for (const base of bases) await use(service, base)
    assert.equal(machine.wakeTimes().length, before)
  })

  test('leave no memory, timer or connection behind', async (t) => {
    const service = await startControlled(t)
    const round = async (count: number) => {
      for (let made = 0; made < count; made += 10) {
        const bases = await Promise.all(Array.from({ length: 10 }, () => service.create({ port: 0 })))
        await Promise.all(bases.map((base) => use(service, base)))
        await Promise.all(bases.map((base) => service.control('DELETE', `/worlds/${base.split('/').at(-1)}`)))
      }
    }
    await round(50)
    const before = { bytes: await heapBytes(), open: openHandles() }
    await round(200)
    const bytesEach = ((await heapBytes()) - before.bytes) / 200
    // A world that is used takes 300 kB and more.
    assert.ok(bytesEach < 30_000, `Each leaves ${Math.round(bytesEach)} bytes.`)
    assert.deepEqual(openHandles(), before.open)
  })
})

async function use({ ask, control, token }: Controlled, base: string): Promise<void> {
  const accessToken = await token(base)
  const path = `${base}/v1/skills/${hospital.nurseCall}/enablements`
  const { status } = await ask('POST', path, {
    token: accessToken,
    body: { unitId: hospital.room, stage: 'live' },
  })
  assert.equal(status, 201)
  const { body } = await control('POST', '/snapshots', {}, base)
  await control('POST', `/snapshots/${body.id}/restore`, undefined, base)
  await control('DELETE', `/snapshots/${body.id}`, undefined, base)
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

async function heapBytes(): Promise<number> {
  // What weak references held is collected only after a turn of the event loop.
  for (let times = 0; times < 4; times += 1) {
    collect()
    await nextTurn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Servers that listen, by name and number; connections and timers of the test itself come and go. */
function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length
}
