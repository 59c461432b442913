import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { problemFinder } from '../../src/protocol/problem.ts'
import { FaultRule } from '../../src/protocol/test-controls/faults.ts'
import { ruleProblem, ruleWarning } from '../../src/test-controls/faults/check-rule.ts'

const findProblem = problemFinder(FaultRule, 'The request body')
const error = 'FORBIDDEN'

describe('A fault rule is refused', () => {
  test('for a name that is misspelt, with the one that was probably meant', () => {
    const rows: readonly [rule: object, message: string][] = [
      [{ efect: { error } }, 'A property is unknown. Did you mean effect?'],
      [
        { effect: { error }, match: { oparation: 'get' } },
        'A property in match is unknown. Did you mean operation?',
      ],
      [{ effect: { error }, when: { tymes: 1 } }, 'A property in when is unknown. Did you mean times?'],
      [
        { effect: { error }, when: { weather: 1 } },
        'A property in when is unknown. Known: after, times, every, probability, seed, abovePerSecond, from, until.',
      ],
      [
        { effect: { items: { error, eevery: 1 } } },
        'A property in effect.items is unknown. Did you mean every?',
      ],
      [
        { effect: { error }, match: { operation: 'enabel' } },
        'match.operation is missing or invalid. Did you mean enable?',
      ],
    ]
    for (const [rule, message] of rows) assert.equal(findProblem(rule), message)
    assert.match(
      findProblem({ effect: { error: 'FORBIDEN' } }) ?? '',
      /^effect.error is .* Did you mean FORBIDDEN\?$/,
    )
    assert.match(
      findProblem({ effect: { connection: 'hung' } }) ?? '',
      /one of reset, empty.* Did you mean hang\?$/,
    )
  })

  test('for a form that nothing can follow', () => {
    const rules = [
      { effect: {} },
      {},
      { effect: { status: 200 } },
      { effect: { status: 399 } },
      { effect: { error }, when: { times: 0 } },
      { effect: { error }, when: { probability: 1.5 } },
      { effect: { error }, match: { operation: [] } },
      { effect: { error }, match: { unitId: 'ROOM101' } },
      { effect: { status: 502, headers: { a: 'b\r\nc' } } },
      { effect: { items: { error: 'NOT_FOUND' } } },
      { effect: { items: { error, ids: [] } } },
      { effect: { error, retryAfterSeconds: 0 } },
      { id: 'not an id', effect: { error } },
    ]
    for (const rule of rules) assert.notEqual(findProblem(rule), undefined, JSON.stringify(rule))
  })

  test('if it contradicts itself', () => {
    const rows: readonly [rule: FaultRule, message: RegExp][] = [
      [{ effect: { error, connection: 'reset' } }, /it has error and connection, and can have only one/],
      [{ effect: { status: 500, storage: 'down', link: 'refused' } }, /status and link and storage/],
      [{ effect: { retryAfterSeconds: 1 } }, /it has none of error, items, status/],
      [{ effect: { connection: 'reset', retryAfterSeconds: 1 } }, /retryAfterSeconds .* error or status/],
      [{ effect: { status: 500, message: 'x' } }, /message .* only with error or items/],
      [{ effect: { error, body: 'x' } }, /body .* only with status/],
      [{ effect: { latencyMs: 1, headers: {} } }, /headers .* only with status/],
      [{ effect: { connection: 'reset', bytes: 1 } }, /bytes .* truncate/],
      [{ effect: { connection: 'truncate', bytesPerSecond: 1 } }, /bytesPerSecond .* dribble/],
      [{ effect: { latencyMs: { p50: 2, p99: 1 } } }, /p99 must not be less/],
      [{ effect: { status: 500, headers: { 'Content-Length': '3' } } }, /belongs to the connection/],
      [{ effect: { status: 500, headers: { 'x y': '3' } } }, /letters, digits and hyphens/],
      [{ effect: { error }, early: true }, /early .* status or connection/],
      [{ effect: { status: 500 }, early: true, at: 'after' }, /nothing is done before/],
      [{ effect: { connection: 'truncate' }, early: true }, /nothing is done before/],
      [{ effect: { status: 500 }, early: true, match: { clientId: 'c' } }, /only operation can be matched/],
      [{ effect: { error }, match: { operation: 'token_server' } }, /link or latencyMs/],
      [{ effect: { error }, match: { operation: 'storage' } }, /storage or latencyMs/],
      [{ effect: { error }, match: { operation: ['get', 'storage'] } }, /storage stands alone/],
      [{ effect: { link: 'refused' }, at: 'after' }, /after does not go with link/],
      [{ effect: { storage: 'full' }, at: 'after' }, /after does not go with storage/],
      [{ effect: { error }, enforceRetryAfter: true }, /needs effect.retryAfterSeconds/],
      [{ effect: { error: 'invalid_grant' } }, /operation token alone/],
      [
        { effect: { error: 'invalid_grant' }, match: { operation: ['token', 'get'] } },
        /operation token alone/,
      ],
      [
        { effect: { error }, when: { from: '2027-02-31T00:00:00Z' } },
        /when.from is invalid: there is no such day/,
      ],
    ]
    for (const [rule, message] of rows) {
      assert.equal(findProblem(rule), undefined, JSON.stringify(rule))
      assert.match(ruleProblem(rule) ?? '', message, JSON.stringify(rule))
    }
  })
})

describe('A fault rule is taken with a warning', () => {
  test('if it can never strike', () => {
    const rows: readonly [rule: FaultRule, warning: RegExp | undefined][] = [
      [{ effect: { error }, when: { probability: 0 } }, /probability is 0/],
      [
        { effect: { error }, when: { from: '2027-01-02T00:00:00Z', until: '2027-01-01T00:00:00Z' } },
        /ends before it begins/,
      ],
      [{ effect: { error }, when: { until: '1999-01-01T00:00:00Z' } }, /time is over/],
      [{ effect: { items: { error } }, match: { operation: 'enable' } }, /effect.items goes with/],
      [{ effect: { error }, match: { operation: 'list', stage: 'live' } }, /list has no stage/],
      [
        {
          effect: { error },
          match: { operation: ['list', 'get_unit'], skillId: 'amzn1.ask.skill.A' as never },
        },
        /list, get_unit has no skillId/,
      ],
      [{ effect: { items: { error } }, match: { operation: ['enable', 'batch_enable'] } }, undefined],
      [{ effect: { error }, when: { until: '2027-01-01T00:00:00Z' } }, undefined],
      [{ effect: { link: 'refused' }, match: { skillId: 'amzn1.ask.skill.A' as never } }, undefined],
    ]
    for (const [rule, warning] of rows) {
      assert.equal(ruleProblem(rule), undefined)
      const shown = ruleWarning(rule, Date.parse('2026-01-01T00:00:00Z'))
      if (warning === undefined) assert.equal(shown, undefined)
      else assert.match(shown ?? '', warning)
    }
  })
})
