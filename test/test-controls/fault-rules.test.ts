import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileValidator } from '../../src/http/engine/validate.ts'
import type { UnitId } from '../../src/protocol/identifiers.ts'
import { FaultRule, faultPresets } from '../../src/protocol/test-controls/faults.ts'
import type { Occasion } from '../../src/test-controls/faults/matching.ts'
import { presetOf } from '../../src/test-controls/faults/presets.ts'
import { createFaults, type Faults } from '../../src/test-controls/faults/rules.ts'
import type { Subject } from '../../src/test-controls/requests/subject.ts'

const unit = (name: string) => `amzn1.alexa.unit.did.${name}` as UnitId
const skillId = 'amzn1.ask.skill.A' as never
const error = { error: 'SERVICE_UNAVAILABLE' } as const

interface World {
  readonly faults: Faults
  at: number
}

function openFaults(): World {
  const world: World = { at: 0, faults: createFaults({ now: () => world.at, drawSeed: () => 42 }) }
  return world
}

function request(changes: Partial<Subject> = {}): Occasion {
  const target = { unitId: unit('ROOM1'), stage: 'live', itemId: undefined }
  const subject = {
    operation: 'enable',
    clientId: 'c',
    skillId,
    isBatch: false,
    targets: [target],
    ...changes,
  }
  return { point: 'operation', subject }
}

function batch(...targets: Partial<Subject['targets'][number]>[]): Occasion {
  const all = targets.map((target) => ({ unitId: undefined, stage: 'live', itemId: undefined, ...target }))
  return request({ operation: 'batch_enable', isBatch: true, targets: all })
}

/** Which of so many requests strike, by their number from 1. */
function struck({ faults }: World, count: number, occasion = request()): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter(
    () => faults.strike(occasion).hit !== undefined,
  )
}

describe('A fault rule', () => {
  test('fits a request that has all that it names', () => {
    const rows: readonly [match: FaultRule['match'], occasion: Occasion, fits: boolean][] = [
      [undefined, request(), true],
      [{ operation: 'enable' }, request(), true],
      [{ operation: ['get', 'enable'] }, request(), true],
      [{ operation: 'get' }, request(), false],
      [{ unitId: unit('ROOM1') }, request(), true],
      [{ unitId: [unit('ROOM2'), unit('ROOM3')] }, request(), false],
      [{ skillId }, request(), true],
      [{ skillId: 'amzn1.alexa.skill.A' as never }, request(), true],
      [{ skillId: 'amzn1.ask.skill.B' as never }, request(), false],
      [{ clientId: 'c' }, request(), true],
      [{ clientId: ['d'] }, request(), false],
      [{ clientId: 'c' }, request({ clientId: undefined }), false],
      [{ stage: 'live' }, request(), true],
      [{ stage: 'development' }, request(), false],
      [{ operation: 'enable', stage: 'live', clientId: 'd' }, request(), false],
    ]
    for (const [match, occasion, fits] of rows) {
      const world = openFaults()
      world.faults.add({ ...(match && { match }), effect: error })
      assert.equal(struck(world, 1, occasion).length === 1, fits, JSON.stringify(match))
      assert.equal(world.faults.list()[0]?.matched, fits ? 1 : 0)
    }
  })

  test('fits the units below one, by their paths', () => {
    const world = openFaults()
    world.faults.add({ match: { under: unit('WARD1') }, effect: error })
    assert.equal(world.faults.needsPaths, true)
    const within = (path: string): Occasion => ({ ...request(), paths: new Map([[unit('ROOM1'), path]]) })
    assert.equal(struck(world, 1, within(`/${unit('ORG')}/${unit('WARD1')}/${unit('ROOM1')}`)).length, 1)
    assert.equal(struck(world, 1, within(`/${unit('ORG')}/${unit('WARD10')}/${unit('ROOM1')}`)).length, 0)
    // A unit that is not there has no path.
    assert.equal(struck(world, 1).length, 0)
  })

  test('fits a batch if it fits one of its items', () => {
    const world = openFaults()
    world.faults.add({ match: { unitId: unit('ROOM2') }, effect: error })
    assert.equal(struck(world, 1, batch({ unitId: unit('ROOM1') }, { unitId: unit('ROOM2') })).length, 1)
    assert.equal(struck(world, 1, batch({ unitId: unit('ROOM1') })).length, 0)
    assert.equal(struck(world, 1, batch()).length, 0)
  })

  test('refuses the items that it fits, those with an ID, and each so-manieth', () => {
    const items = [1, 2, 3, 4, 5, 6, 7].map((itemId) => ({ itemId, unitId: unit(`ROOM${itemId % 2}`) }))
    const refused = (rule: FaultRule): unknown[] | undefined => {
      const world = openFaults()
      world.faults.add(rule)
      return world.faults.strike(batch(...items)).hit?.targets.map(({ itemId }) => itemId)
    }
    const forbidden = { error: 'FORBIDDEN' } as const
    assert.deepEqual(refused({ effect: { items: { ...forbidden, every: 3 } } }), [3, 6])
    assert.deepEqual(refused({ effect: { items: { ...forbidden, ids: [7, 2, 99] } } }), [2, 7])
    assert.deepEqual(
      refused({ match: { unitId: unit('ROOM0') }, effect: { items: { ...forbidden, every: 2 } } }),
      [4],
    )
    assert.equal(refused({ effect: { items: { ...forbidden, ids: [99] } } }), undefined)
    const single = openFaults()
    single.faults.add({ effect: { items: forbidden } })
    assert.deepEqual(struck(single, 1), [])
  })

  test('strikes after so many, so many times, each so-manieth', () => {
    const rows: readonly [when: FaultRule['when'], expected: number[]][] = [
      [undefined, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      [{ times: 2 }, [1, 2]],
      [{ after: 7 }, [8, 9, 10]],
      [{ after: 1, times: 2 }, [2, 3]],
      [{ every: 4 }, [4, 8]],
      [{ after: 1, every: 3, times: 2 }, [4, 7]],
      [{ probability: 0 }, []],
      [{ probability: 1 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ]
    for (const [when, expected] of rows) {
      const world = openFaults()
      world.faults.add({ ...(when && { when }), effect: error })
      assert.deepEqual(struck(world, 10), expected, JSON.stringify(when))
      const [fault] = world.faults.list()
      assert.deepEqual([fault?.matched, fault?.struck], [10, expected.length])
    }
  })

  test('strikes within its time on the clock of the world, and counts from its beginning', () => {
    const world = openFaults()
    world.faults.add({
      when: { from: '1970-01-01T00:00:10Z', until: '1970-01-01T00:00:20Z', after: 1 },
      effect: error,
    })
    const at = (seconds: number) => {
      world.at = seconds * 1000
      return struck(world, 1).length
    }
    assert.deepEqual([0, 9.999, 10, 11, 19.999, 20, 30].map(at), [0, 0, 0, 1, 1, 0, 0])
    assert.equal(world.faults.list()[0]?.matched, 3)
  })

  test('strikes by a chance that only its seed, its ID and its count decide', () => {
    const rule = { id: 'r', when: { probability: 0.3, seed: 7 }, effect: error }
    const world = openFaults()
    world.faults.add(rule)
    const alone = struck(world, 1000)
    assert.ok(alone.length > 250 && alone.length < 350, String(alone.length))
    // Other rules, and requests that do not fit, change nothing.
    const other = openFaults()
    other.faults.add({ id: 'before', match: { clientId: 'd' }, effect: error }, rule)
    const beside = Array.from({ length: 1000 }, (_, index) => index + 1).filter(() => {
      other.faults.strike(request({ clientId: 'd', operation: 'get', targets: [] }))
      return other.faults.strike(request()).hit !== undefined
    })
    assert.equal(other.faults.find('r')?.matched, 2000)
    const matchedTwice = openFaults()
    matchedTwice.faults.add(rule)
    const ofPairs = struck(matchedTwice, 2000)
    assert.deepEqual(
      beside,
      alone.length === 0 ? [] : ofPairs.filter((count) => count % 2 === 0).map((count) => count / 2),
    )
    const another = openFaults()
    another.faults.add({ ...rule, when: { probability: 0.3, seed: 8 } })
    assert.notDeepEqual(struck(another, 1000), alone)
  })

  test('shows the seed that was drawn, if it needs one', () => {
    const { faults } = openFaults()
    const [chance, slow, plain] = faults.add(
      { when: { probability: 0.5 }, effect: error },
      { effect: { latencyMs: { p50: 1, p99: 2 } } },
      { effect: error },
    )
    assert.deepEqual(
      [chance, slow, plain].map((fault) => fault?.rule.when?.seed),
      [42, 42, undefined],
    )
  })

  test('strikes a client above its rate, and tells when it may come again', () => {
    const world = openFaults()
    world.faults.add({ when: { abovePerSecond: 2 }, effect: { error: 'TOO_MANY_REQUESTS' } })
    const hits = [1, 2, 3].map(() => world.faults.strike(request()).hit?.retryAfterMs)
    assert.deepEqual(hits, [undefined, undefined, 500])
    assert.equal(world.faults.strike(request({ clientId: 'other' })).hit, undefined)
    world.at = 500
    assert.equal(world.faults.strike(request()).hit, undefined)
  })

  test('refuses again who comes too early, without using up a strike', () => {
    const world = openFaults()
    world.faults.add({
      when: { times: 2 },
      effect: { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 2 },
      enforceRetryAfter: true,
    })
    const ask = (clientId = 'c') => {
      const { hit } = world.faults.strike(request({ clientId }))
      return hit && [hit.retryAfterMs, hit.isTooEarly]
    }
    assert.deepEqual(ask(), [2000, false])
    world.at = 1500
    assert.deepEqual(ask(), [500, true])
    assert.deepEqual(ask('other'), [2000, false])
    world.at = 2000
    assert.equal(ask(), undefined)
    const [fault] = world.faults.list()
    assert.deepEqual([fault?.matched, fault?.struck, fault?.tooEarly], [3, 2, 1])
  })

  test('that has only a latency lets later rules strike; latencies add up, and the first other rule wins', () => {
    const world = openFaults()
    world.faults.add(
      { effect: { latencyMs: 100 } },
      { effect: { latencyMs: 20 }, at: 'after' },
      { id: 'first', when: { times: 1 }, effect: { ...error, latencyMs: 3 } },
      { id: 'second', effect: { status: 502 } },
      { effect: { latencyMs: 1000 } },
    )
    const one = world.faults.strike(request())
    assert.deepEqual([one.hit?.id, one.latencyMs], ['first', { before: 1103, after: 20 }])
    const two = world.faults.strike(request())
    assert.deepEqual([two.hit?.id, two.latencyMs], ['second', { before: 1100, after: 20 }])
    assert.deepEqual(
      world.faults.list().map(({ matched, struck }) => [matched, struck]),
      [
        [2, 2],
        [2, 2],
        [2, 1],
        [2, 1],
        [2, 2],
      ],
    )
  })

  test('of truncate and dribble acts after the work, always', () => {
    for (const connection of ['truncate', 'dribble'] as const) {
      const { faults } = openFaults()
      faults.add({ effect: { connection } })
      assert.equal(faults.strike(request()).hit?.at, 'after')
    }
  })

  test('counts a request once, however often it is asked for it', () => {
    const { faults } = openFaults()
    faults.add({ when: { times: 1 }, effect: { storage: 'down' } })
    const occasion = { ...request(), point: 'storage' } as const
    const asked = new Map<string, boolean>()
    assert.deepEqual(
      [1, 2, 3].map(() => faults.strike(occasion, asked).hit !== undefined),
      [true, true, true],
    )
    assert.equal(faults.strike(occasion, new Map()).hit, undefined)
    assert.deepEqual([faults.list()[0]?.matched, faults.list()[0]?.struck], [2, 1])
  })

  test('acts where its effect is: at requests, before the token, at token servers, at the storage', () => {
    const rows: readonly [rule: FaultRule, point: Occasion['point']][] = [
      [{ effect: error }, 'operation'],
      [{ effect: { latencyMs: 1 } }, 'operation'],
      [{ early: true, effect: { status: 502 } }, 'early'],
      [{ effect: { link: 'refused' } }, 'token_server'],
      [{ match: { operation: 'enable' }, effect: { link: 'refused' } }, 'token_server'],
      [{ match: { operation: 'token_server' }, effect: { latencyMs: 1 } }, 'token_server'],
      [{ effect: { storage: 'full' } }, 'storage'],
      [{ match: { operation: 'storage' }, effect: { latencyMs: 1 } }, 'storage'],
    ]
    for (const [rule, point] of rows) {
      const { faults } = openFaults()
      faults.add(rule)
      for (const other of ['early', 'operation', 'token_server', 'storage'] as const) {
        assert.equal(faults.actsAt(other), other === point, JSON.stringify(rule))
        const { hit, latencyMs } = faults.strike({ ...request(), point: other, isWrite: true })
        assert.equal(hit !== undefined || latencyMs.before > 0, other === point)
      }
    }
  })

  test('is switched off and on, removed and put back with its counts', () => {
    const world = openFaults()
    const { faults } = world
    faults.add({ id: 'one', when: { times: 3 }, effect: error }, { id: 'two', effect: { status: 500 } })
    struck(world, 2)
    assert.equal(faults.setEnabled('one', false)?.enabled, false)
    assert.equal(faults.strike(request()).hit?.id, 'two')
    faults.setEnabled('one', true)
    const kept = faults.list()
    assert.equal(faults.remove('one'), true)
    assert.equal(faults.remove('one'), false)
    assert.equal(faults.setEnabled('one', true), undefined)
    faults.clear()
    assert.deepEqual([faults.list(), faults.actsAt('operation')], [[], false])
    faults.restore(kept)
    assert.equal(faults.strike(request()).hit?.id, 'one')
    assert.equal(faults.strike(request()).hit?.id, 'two')
  })

  test('gets an ID that no other has', () => {
    const { faults } = openFaults()
    faults.add({ id: 'fault-1', effect: error })
    assert.deepEqual(
      faults.add({ effect: error }, { effect: error }).map(({ id }) => id),
      ['fault-2', 'fault-3'],
    )
    assert.throws(() => faults.add({ id: 'fault-3', effect: error }), /already a rule fault-3/)
  })

  test('is one of at most a thousand', () => {
    const { faults } = openFaults()
    faults.add(...Array.from({ length: 1000 }, () => ({ effect: error })))
    assert.throws(() => faults.add({ effect: error }), /at most 1000 fault rules/)
    assert.equal(faults.list().length, 1000)
  })
})

describe('A latency', () => {
  test('is drawn around its percentiles, the same for the same seed', () => {
    const draw = () => {
      const { faults } = openFaults()
      faults.add({ effect: { latencyMs: { p50: 80, p99: 2000 } } })
      return Array.from({ length: 2000 }, () => faults.strike(request()).latencyMs.before)
    }
    const drawn = draw()
    assert.deepEqual(draw(), drawn)
    const sorted = drawn.toSorted((one, other) => one - other)
    const median = sorted[1000] ?? 0
    const p99 = sorted[1980] ?? 0
    assert.ok(median > 65 && median < 95, String(median))
    assert.ok(p99 > 1200 && p99 < 3300, String(p99))
  })
})

describe('A preset', () => {
  test('has rules that fit the form, contradict nothing, and take a seed', () => {
    const findProblem = compileValidator({ schema: FaultRule, method: 'POST', url: '/', httpPart: 'body' })
    for (const name of faultPresets) {
      const { faults } = openFaults()
      const { rules } = presetOf(name, 7)
      for (const rule of rules) assert.equal(findProblem(rule), true, name)
      const added = faults.add(...rules)
      assert.ok(added.every(({ id, rule }) => id.startsWith(name) && rule.when?.seed === 7))
    }
  })
})
