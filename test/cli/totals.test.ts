// What a batch says at its end, whatever the service did: in this process, against a server that answers as the test says.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { batchOutcome, describeOutcome } from '../../src/cli/many-units/outcome.ts'
import { describeUnread, readAll } from '../../src/cli/many-units/read-all.ts'
import { sendRows } from '../../src/cli/many-units/send.ts'
import { SkillsClient } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { catalogWithRooms, roomId, startClientWorld } from '../support/clients.ts'
import { createEagerClock } from '../support/eager-clock.ts'
import { listen } from '../support/listen.ts'

/** What the server does with a request: a status for the whole, no answer at all, or a fault for some of its items. */
type Answer = number | 'drop' | { readonly status: number; readonly every: number }

describe('The totals of a batch', () => {
  test('add up to the rows, in what is told and by their reasons, whatever the service answers', async (t) => {
    const server = await scriptedServer(t)
    const answer = fc.oneof(
      { weight: 4, arbitrary: fc.constant(202) },
      {
        weight: 2,
        arbitrary: fc.record({
          status: fc.constantFrom(400, 403, 404, 429, 503),
          every: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 2, arbitrary: fc.constantFrom<Answer>(429, 503, 'drop') },
      { weight: 1, arbitrary: fc.constantFrom(400, 401, 403, 404, 413, 500) },
    )
    const seen = { stopped: 0, refused: 0, notSent: 0, whole: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 1, max: 450 }),
          before: fc.nat({ max: 300 }),
          answers: fc.array(answer, { maxLength: 25 }),
          otherwise: answer,
          concurrency: fc.integer({ min: 1, max: 6 }),
          disable: fc.boolean(),
          throwAt: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 5, nil: undefined }),
          stopAfter: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 4, nil: undefined }),
        }),
        async ({ count, before, answers, otherwise, concurrency, disable, throwAt, stopAfter }) => {
          const rows = Array.from({ length: count }, (_, at) => ({
            unitId: roomId(at),
            index: at * 2 + before,
          }))
          const stop = new AbortController()
          server.play(answers, otherwise, (asked) => void (asked === stopAfter && stop.abort()))
          const kept: number[] = []
          let told = 0
          const order = { skillId: hospital.nurseCall, disable, concurrency }
          const sent = await sendRows(server.client(), rows, order, stop.signal, (accepted, now) => {
            kept.push(...accepted)
            assert.ok(now.accepted + now.refused + now.failed <= count)
            if (++told === throwAt) throw new Error('The disk is full.')
          })
          const outcome = batchOutcome(rows, before, sent)
          const { accepted, refused, notSent } = outcome
          assert.equal(accepted + refused.length + notSent.length, before + count)
          assert.deepEqual(new Set(kept), sent.accepted)
          const isBroken = throwAt !== undefined && told >= throwAt
          assert.equal(sent.failure instanceof Error, isBroken)
          // Nothing is begun after that.
          assert.ok(!isBroken || told <= throwAt + concurrency)
          const all = [...sent.accepted, ...[...refused, ...notSent].map(({ unit }) => unit.index)]
          assert.deepEqual(
            all.sort((a, b) => a - b),
            rows.map(({ index }) => index),
          )
          for (const { errorDescription } of [...refused, ...notSent]) assert.ok(errorDescription.length > 0)
          assertTold(describeOutcome(outcome), [accepted, refused.length, notSent.length])
          seen.stopped += sent.stopped ? 1 : 0
          seen.refused += refused.length > 0 ? 1 : 0
          seen.notSent += notSent.length > 0 ? 1 : 0
          seen.whole += notSent.length + refused.length === 0 ? 1 : 0
        },
      ),
      { numRuns: 250 },
    )
    for (const [what, times] of Object.entries(seen)) assert.ok(times > 5, `${what}: ${times}`)
  })

  test('name the reason of each that is not sent: its own, or why all was given up', async (t) => {
    const server = await scriptedServer(t)
    const rows = Array.from({ length: 400 }, (_, index) => ({ unitId: roomId(index), index }))
    const table: readonly [answers: Answer[], otherwise: Answer, told: RegExp][] = [
      [
        [],
        429,
        /^0 units are accepted, 0 refused, 400 not sent\.\n {2}400 not sent: As the test says\. \(429\)$/,
      ],
      [
        [202, 202],
        'drop',
        /^200 units are accepted, 0 refused, 200 not sent\.\n {2}200 not sent: No complete response arrived: /,
      ],
      [
        [{ status: 404, every: 4 }],
        202,
        /^375 units are accepted, 25 refused\.\n {2}25: As the test says of …\.$/,
      ],
      [
        [{ status: 429, every: 4 }],
        202,
        /^375 units are accepted, 0 refused, 25 not sent\.\n {2}25 not sent: As the test says of …\. \(429\)$/,
      ],
      [
        [202],
        403,
        /^100 units are accepted, 0 refused, 300 not sent\.\n {2}300 not sent: As the test says\. \(403\)$/,
      ],
    ]
    for (const [answers, otherwise, told] of table) {
      server.play(answers, otherwise)
      const order = { skillId: hospital.nurseCall, concurrency: 1 }
      const sent = await sendRows(server.client(), rows, order, new AbortController().signal, () => {})
      assert.match(describeOutcome(batchOutcome(rows, 0, sent)).join('\n'), told)
    }
  })
})

describe('A list of many units', () => {
  test('tells what it has read when the service goes away, and goes on where a request failed for a moment', async (t) => {
    const { client, proxy } = await startClientWorld(t, { catalog: catalogWithRooms(100) })
    const rows = Array.from({ length: 100 }, (_, index) => ({ unitId: roomId(index), index }))
    // The token and three pages; then five attempts that fail in the middle, and all others pass.
    proxy.plan('pass', 'pass', 'pass', 'pass', ...Array<'drop'>(20).fill('drop'))
    const whole = await readAll(client, rows, () => {})
    assert.deepEqual(
      [whole.reports.map(({ unitId }) => unitId), describeUnread(whole, 100)],
      [rows.map(({ unitId }) => unitId), []],
    )

    let asked = 0
    proxy.otherwise(() => (++asked > 4 ? 'drop' : 'pass'))
    const cut = await readAll(client, rows, () => {})
    const read = cut.reports.length
    assert.ok(read > 0 && read < 100, String(read))
    const [first = '', second = '', ...others] = describeUnread(cut, 100)
    assert.equal(first, `${read} of 100 units are listed, 0 refused, ${100 - read} not read.`)
    assert.match(second, new RegExp(`^ {2}${100 - read} not read: No complete response arrived`))
    assert.deepEqual(others, [])
  })

  test('tells each reason once, with how many units it is for, and names some of them', async (t) => {
    const { client } = await startClientWorld(t)
    const rows = [
      hospital.room,
      hospital.foreignRoom,
      ...Array.from({ length: 30 }, (_, index) => roomId(index)),
    ]
    const found = await readAll(
      client,
      rows.map((unitId, index) => ({ unitId, index })),
      () => {},
    )
    assert.deepEqual(describeUnread(found, rows.length), [
      '1 of 32 units are listed, 31 refused, 0 not read.',
      "  30: unitId is invalid: the unit … can't be found.",
      ...[0, 1, 2].map((index) => `     ${roomId(index)}`),
      '     and 27 more',
      "  1: The client doesn't have the right permission to perform the operation on this unit.",
      `     ${hospital.foreignRoom}`,
    ])
  })
})

/** The first line has the totals, and the counts of the reasons are as many. */
function assertTold(
  lines: readonly string[],
  [accepted, refused, notSent]: readonly [number, number, number],
): void {
  const [first = '', ...reasons] = lines
  const unsent = notSent === 0 ? '' : `, ${notSent} not sent`
  assert.equal(first, `${accepted} units are accepted, ${refused} refused${unsent}.`)
  const sum = (pattern: RegExp) =>
    reasons.reduce((total, line) => total + Number(pattern.exec(line)?.[1] ?? 0), 0)
  assert.deepEqual([sum(/^ {2}(\d+): /), sum(/^ {2}(\d+) not sent: /)], [refused, notSent], lines.join('\n'))
}

async function scriptedServer(t: TestContext) {
  let answers: Answer[] = []
  let otherwise: Answer = 202
  let onRequest: (asked: number) => void = () => {}
  let asked = 0
  const server = await listen(() => async (request, response) => {
    asked += 1
    const { items } = JSON.parse(await text(request))
    onRequest(asked)
    await reply(answers.shift() ?? otherwise, items, request, response)
  })
  t.after(() => server.stop())
  return {
    play(first: readonly Answer[], then: Answer, watch: (asked: number) => void = () => {}) {
      answers = [...first]
      otherwise = then
      onRequest = watch
      asked = 0
    },
    client: () =>
      new SkillsClient({
        endpoint: server.url,
        credentials: 'a-token',
        clock: createEagerClock(),
        retry: { attemptsMax: 2 },
      }),
  }
}

async function reply(
  answer: Answer,
  items: readonly { itemId: number; unitId: string }[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (answer === 'drop') return void request.socket.destroy()
  const whole = typeof answer === 'number' ? answer : 400
  const errors =
    typeof answer === 'number'
      ? [{ status: answer, errorCode: 'X', errorDescription: 'As the test says.' }]
      : items
          .filter((_, at) => at % answer.every === 0)
          .map(({ itemId, unitId }) => ({
            itemId,
            status: answer.status,
            errorCode: 'X',
            errorDescription: `As the test says of ${unitId}.`,
          }))
  response.writeHead(whole, { 'content-type': 'application/json' })
  response.end(whole < 300 ? '' : JSON.stringify({ errors }))
  await once(response, 'close')
}
