import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refuse } from '../../src/model/refusal.ts'
import type { VerifyRequest } from '../../src/protocol/test-controls/journal.ts'
import type { ExchangeRecord } from '../../src/test-controls/journal/exchange-record.ts'
import { createJournal, type Journal } from '../../src/test-controls/journal/journal.ts'
import { createRedactor } from '../../src/test-controls/journal/redact.ts'
import { verify, verifyNoneOther } from '../../src/test-controls/journal/verify.ts'

const operations = new Set(['enable', 'disable', 'get', 'batch_enable', 'token'])
const room = 'amzn1.alexa.unit.did.ROOM101' as never
const otherRoom = 'amzn1.alexa.unit.did.ROOM102' as never
const skillId = 'amzn1.ask.skill.A' as never

interface Shown {
  readonly operation?: string
  readonly status?: number
  readonly unitId?: unknown
  readonly body?: object
  readonly headers?: Record<string, string>
  readonly payload?: string
}

function record({ operation = 'enable', status = 201, unitId = room, ...more }: Shown = {}): ExchangeRecord {
  const { body = { unitId, stage: 'live' }, headers = {}, payload } = more
  const target = { unitId: unitId as never, stage: 'live', itemId: undefined }
  return {
    at: 0,
    realAt: 0,
    durationMs: 1,
    requestId: 'r',
    subject: { operation, clientId: 'c', skillId, isBatch: false, targets: [target] },
    roles: [],
    method: 'POST',
    url: '/v1/skills/x/enablements?a=b',
    query: { a: 'b' },
    headers,
    body,
    status,
    responseHeaders: { 'content-type': 'application/json' },
    payload,
    decision: { refusal: undefined, hasBegun: true, endedBefore: undefined },
    fault: undefined,
    isTooEarly: false,
    note: undefined,
    changes: [],
  }
}

function open(records: readonly Shown[], limits: { entriesMax?: number; bytesMax?: number } = {}): Journal {
  const journal = createJournal({ world: 'w', key: 'key', ...limits })
  for (const one of records) journal.add(record(one))
  return journal
}

describe('The journal', () => {
  test('keeps the last so many exchanges, and counts those that it dropped', () => {
    const journal = open([], { entriesMax: 3 })
    for (let count = 1; count <= 20; count += 1) {
      journal.add(record())
      const { items, dropped, lastSeq } = journal.read({})
      assert.deepEqual(
        items.map(({ seq }) => seq),
        [count - 2, count - 1, count].filter((seq) => seq > 0),
      )
      assert.deepEqual(
        [dropped, lastSeq, journal.droppedUpTo],
        [Math.max(0, count - 3), count, Math.max(0, count - 3)],
      )
    }
  })

  test('keeps no more bytes than it may, but always the last exchange', () => {
    const payload = JSON.stringify('x'.repeat(10_000))
    const journal = open(Array(10).fill({ payload }), { bytesMax: 60_000 })
    const { items, dropped } = journal.read({})
    assert.equal(items.length + dropped, 10)
    assert.ok(items.length >= 2 && items.length <= 3, String(items.length))
    journal.add(record({ payload: JSON.stringify('x'.repeat(1_000_000)) }))
    assert.deepEqual([journal.read({}).items.length, journal.droppedUpTo], [1, 10])
  })

  test('is read by operation, unit, skill, client and status, and from a place on', () => {
    const journal = open([{ operation: 'get', status: 200 }, { status: 403 }, { unitId: otherRoom }, {}])
    const seqs = (query: object) => journal.read(query).items.map(({ seq }) => seq)
    assert.deepEqual(seqs({ operation: 'enable' }), [2, 3, 4])
    assert.deepEqual(seqs({ operation: 'enable', status: 403 }), [2])
    assert.deepEqual(seqs({ unitId: otherRoom }), [3])
    assert.deepEqual(seqs({ skillId: 'amzn1.alexa.skill.A' }), [1, 2, 3, 4])
    assert.deepEqual(seqs({ skillId: 'amzn1.ask.skill.B' }), [])
    assert.deepEqual(seqs({ clientId: 'c', after: 2 }), [3, 4])
    assert.deepEqual(seqs({ after: 4 }), [])
    assert.deepEqual(seqs({ after: 99 }), [])
    assert.deepEqual(seqs({ maxResults: 2 }), [1, 2])
  })

  test('waits for an exchange that fits', async () => {
    const journal = open([{ operation: 'get' }])
    const { signal } = new AbortController()
    await journal.waitFor({ operation: 'get' }, signal)
    let isThere = false
    const waited = journal.waitFor({ operation: 'enable', status: 403 }, signal).then(() => {
      isThere = true
    })
    journal.add(record())
    await Promise.resolve()
    assert.equal(isThere, false)
    journal.add(record({ status: 403 }))
    await waited
    const stop = new AbortController()
    const given = journal.waitFor({ after: 99 }, stop.signal)
    stop.abort()
    await given
  })

  test('shows why a request was refused, with the roles of its client', () => {
    const journal = open([])
    const refusal = refuse('FORBIDDEN', 'No role.')
    const decision = { refusal, hasBegun: true, endedBefore: undefined }
    journal.add({ ...record(), decision, roles: ['A', 'B', 'C', 'D', 'E', 'F', 'G'] })
    journal.add({ ...record(), decision, roles: [] })
    const [many, none] = journal.read({}).items.map(({ why }) => why.at(-1))
    assert.deepEqual(many, {
      step: 'role',
      ok: false,
      detail: `No role. It needs a role on ${room} or above. The client has roles on: A, B, C, D, E, and 2 more.`,
      rule: 'ledger 12',
    })
    assert.match(none?.detail ?? '', /has roles on: none\.$/)
  })

  test('shows the steps before the one that a fault or the client did not let it reach', () => {
    const journal = open([])
    const decision = { refusal: undefined, hasBegun: false, endedBefore: 'role' as const }
    journal.add({ ...record(), decision, fault: 'f' })
    const [entry] = journal.read({}).items
    assert.deepEqual(
      entry?.why.map(({ step, ok }) => [step, ok]),
      ['route', 'capacity', 'token', 'throttle', 'form'].map((step) => [step, true]),
    )
    assert.equal(entry?.fault, 'f')
  })
})

describe('Secrets in the journal', () => {
  const token = 'Atza|IwEBIJedGXjDqsU_vMxykqOMg'
  const code = 'ANdNAVhyhqirUelHGEHA'

  test('are replaced wherever they stand, each by a mark of its own', () => {
    const journal = open([
      {
        operation: 'token',
        headers: {
          authorization: `Bearer ${token}`,
          cookie: 'session=1',
          host: 'localhost',
          'x-amz-access-token': token,
        },
        body: {
          accountLinkRequest: { authCode: code, redirectUri: 'https://x/cb' },
          client_secret: 'shh',
          refreshTokens: ['Atzr|one'],
          items: [{ accountLinkRequest: { authCode: code } }],
          note: `here is ${token}.`,
          nextToken: 'page',
          stage: 'live',
        },
        payload: JSON.stringify({ access_token: token, refresh_token: 'Atzr|two', token_type: 'bearer' }),
      },
    ])
    const [entry] = journal.read({}).items
    const mark = /^\[removed [0-9a-f]{4}\]$/
    const marks = (value: unknown) => assert.match(String(value), mark)
    const { headers, body } = Object(entry?.request)
    const sent = Object(body)
    const answered = Object(entry?.response.body)
    marks(headers.cookie)
    marks(sent.client_secret)
    marks(sent.refreshTokens[0])
    marks(answered.refresh_token)
    marks(sent.accountLinkRequest.authCode)
    // The same secret has the same mark, also within a header and a text.
    marks(answered.access_token)
    assert.equal(headers.authorization, `Bearer ${answered.access_token}`)
    assert.equal(headers['x-amz-access-token'], answered.access_token)
    assert.equal(sent.note, `here is ${answered.access_token}.`)
    assert.equal(sent.items[0].accountLinkRequest.authCode, sent.accountLinkRequest.authCode)
    assert.notEqual(sent.client_secret, sent.accountLinkRequest.authCode)
    assert.deepEqual(
      [headers.host, sent.nextToken, sent.stage, sent.accountLinkRequest.redirectUri, answered.token_type],
      ['localhost', 'page', 'live', 'https://x/cb', 'bearer'],
    )
    const text = JSON.stringify(entry)
    for (const secret of [token, code, 'shh', 'Atzr|', 'session=1'])
      assert.equal(text.includes(secret), false, secret)
  })

  test('of people and operators are replaced, in a form, a query and JSON', () => {
    const secrets = {
      passphrase: 'correct horse',
      passphraseHash: '$scrypt$x',
      operator_token: 'of-operator',
    }
    for (const part of [
      { body: new URLSearchParams({ ...secrets, email: 'a@b.c' }).toString() },
      { query: { ...secrets, email: 'a@b.c' } },
      { body: { people: [{ ...secrets, email: 'a@b.c' }] } },
    ]) {
      const journal = open([])
      journal.add({ ...record(), ...part })
      const text = JSON.stringify(journal.read({}).items)
      for (const secret of Object.values(secrets)) assert.equal(text.includes(secret), false, secret)
      assert.ok(text.includes('a@b.c'))
    }
  })

  test('are replaced in a form, in a query and in the address of a redirect', () => {
    const journal = open([])
    journal.add({
      ...record(),
      body: `grant_type=authorization_code&code=${code}&client_secret=shh&client_id=c`,
      query: { access_token: token, unitId: room },
      url: `/auth/o2/tokeninfo?access_token=${encodeURIComponent(token)}`,
      responseHeaders: { location: `https://x/cb?code=${code}&state=s` },
    })
    const [entry] = journal.read({}).items
    const body = Object(entry?.request.body)
    assert.equal(body.grant_type, 'authorization_code')
    assert.equal(body.client_id, 'c')
    assert.equal(entry?.request.path, '/auth/o2/tokeninfo')
    assert.equal(entry?.response.headers.location, `https://x/cb?code=${body.code}&state=s`)
    const text = JSON.stringify(entry)
    for (const secret of [token, encodeURIComponent(token), code, 'shh'])
      assert.equal(text.includes(secret), false, secret)
  })

  test('have other marks in another world', () => {
    const [one, other] = ['a', 'b'].map((key) => createRedactor(key).value({ secret: 'x' }))
    assert.notDeepEqual(one, other)
  })

  test('are none where a name only looks like one', () => {
    const value = {
      code: 'FORBIDDEN',
      errorCode: 'x',
      countryCode: 'US',
      token_type: 'bearer',
      secret: '',
      code2: 1,
    }
    assert.deepEqual(createRedactor('k').value(value), value)
  })
})

describe('A verification', () => {
  const three: Shown[] = [
    {},
    { body: { unitId: room, stage: 'development' } },
    { operation: 'get', status: 200 },
  ]
  const ask = (journal: Journal, request: VerifyRequest) => verify(journal, request, operations)
  const live = { operation: 'enable', body: { unitId: room, stage: 'live' } }

  test('counts what fits, and shows the nearest of what does not', () => {
    const journal = open(three)
    const verdict = ask(journal, { match: live, count: { exactly: 2 } })
    assert.deepEqual(
      [verdict.pass, verdict.matched, verdict.seqs, verdict.message],
      [false, 1, [1], '1 of 3 requests match, and exactly 2 should.'],
    )
    assert.deepEqual(
      verdict.nearest.map(({ seq, differences }) => [
        seq,
        differences.map(({ at, shown }) => `${at}: ${shown}`),
      ]),
      [
        [3, ['operation: expected "enable" (string), found "get" (string)']],
        [2, ['body.stage: expected "live" (string), found "development" (string)']],
      ],
    )
  })

  test('orders the nearest by the number of differing places, at most three', () => {
    const journal = open([
      { body: {} },
      { body: { unitId: room, stage: 'other' } },
      { body: { unitId: 'x', stage: 'other' } },
      { operation: 'get', body: { unitId: 'x', stage: 'other' } },
      { body: { unitId: room } },
    ])
    const { nearest } = ask(journal, { match: live })
    assert.deepEqual(
      nearest.map(({ seq, differences }) => [seq, differences.length]),
      [
        [5, 1],
        [2, 1],
        [3, 2],
      ],
    )
    assert.equal(nearest[0]?.differences[0]?.shown, 'expected "live" (string), found nothing')
  })

  test('takes each kind of count', () => {
    const journal = open([{}, {}])
    const rows: readonly [count: VerifyRequest['count'], pass: boolean][] = [
      [undefined, true],
      [{ exactly: 2 }, true],
      [{ exactly: 1 }, false],
      [{ atLeast: 2 }, true],
      [{ atLeast: 3 }, false],
      [{ atMost: 2 }, true],
      [{ atMost: 1 }, false],
      [{ atLeast: 1, atMost: 2 }, true],
    ]
    for (const [count, pass] of rows)
      assert.equal(ask(journal, { match: live, ...(count && { count }) }).pass, pass, JSON.stringify(count))
    assert.equal(ask(journal, { match: live, after: 1, count: { exactly: 1 } }).pass, true)
    assert.equal(ask(journal, { match: { operation: 'get' }, count: { exactly: 0 } }).pass, true)
  })

  test('is unknown where dropped entries could decide, and never no', () => {
    const journal = open([{}, {}, {}, {}], { entriesMax: 2 })
    const rows: readonly [count: VerifyRequest['count'], after: number, pass: boolean | null][] = [
      [{ atLeast: 2 }, 0, true],
      [{ atLeast: 3 }, 0, null],
      [{ exactly: 2 }, 0, null],
      [{ exactly: 4 }, 0, null],
      [{ exactly: 1 }, 0, false],
      [{ atMost: 1 }, 0, false],
      [{ atMost: 9 }, 0, null],
      // Behind what was dropped, everything is known.
      [{ exactly: 2 }, 2, true],
      [{ exactly: 3 }, 2, false],
      [{ exactly: 3 }, 1, null],
    ]
    for (const [count, after, pass] of rows) {
      const verdict = ask(journal, { match: live, after, ...(count && { count }) })
      assert.equal(verdict.pass, pass, JSON.stringify([count, after]))
      assert.equal(/Unknown: \d older requests are no longer/.test(verdict.message), pass === null)
    }
  })

  test('of an order finds an entry for each, and allows others between', () => {
    const journal = open([{}, { operation: 'get' }, {}, { operation: 'disable' }])
    const order = (...names: string[]) => ({ inOrder: names.map((operation) => ({ operation })) })
    assert.deepEqual(ask(journal, order('enable', 'enable', 'disable')).seqs, [1, 3, 4])
    const missing = ask(journal, order('get', 'get'))
    assert.deepEqual([missing.pass, missing.message], [false, 'No request behind #2 fits inOrder[1].'])
    const lost = open([{}, { operation: 'get' }], { entriesMax: 1 })
    assert.equal(ask(lost, order('enable', 'get')).pass, null)
    assert.equal(ask(lost, order('get')).pass, true)
  })

  test('takes expressions, choices and absence', () => {
    const journal = open([{ body: { unitId: room, stage: 'live', list: [1, { a: 'b' }] } }])
    const rows: readonly [body: object, pass: boolean][] = [
      [{ unitId: { matches: '^amzn1' } }, true],
      [{ unitId: { matches: '^x' } }, false],
      [{ stage: { anyOf: ['live', 'development'] } }, true],
      [{ stage: { anyOf: [{ matches: '^d' }] } }, false],
      [{ partitionName: { absent: true } }, true],
      [{ stage: { absent: true } }, false],
      [{ stage: { absent: false } }, true],
      [{ list: [1, { a: 'b' }] }, true],
      [{ list: [1] }, false],
      [{ list: [{ anyOf: [1, 2] }, {}] }, true],
      [{ list: { absent: false } }, true],
      [{ stage: null }, false],
    ]
    for (const [body, pass] of rows)
      assert.equal(ask(journal, { match: { body } as never }).pass, pass, JSON.stringify(body))
  })

  test('finds a skill by either spelling, a batch by any of its units, a secret by itself', () => {
    const journal = open([{ body: { authCode: 'secret-code' } }])
    const targets = [room, otherRoom].map((unitId) => ({ unitId, stage: 'live', itemId: 1 }))
    journal.add({
      ...record(),
      subject: { ...record().subject, operation: 'batch_enable', isBatch: true, targets },
    })
    const passes = (match: object) => ask(journal, { match: match as never }).pass
    assert.equal(passes({ skillId: 'amzn1.alexa.skill.A' }), true)
    assert.equal(passes({ skillId: 'amzn1.alexa.skill.B' }), false)
    assert.equal(passes({ operation: 'batch_enable', unitId: otherRoom }), true)
    assert.equal(passes({ operation: 'enable', unitId: otherRoom }), false)
    assert.equal(passes({ body: { authCode: 'secret-code' } }), true)
    assert.equal(passes({ body: { authCode: 'another-code' } }), false)
    assert.equal(
      passes({ status: 201, method: 'POST', path: '/v1/skills/x/enablements', query: { a: 'b' } }),
      true,
    )
    assert.equal(passes({ fault: null }), true)
  })

  test('shows types and what nobody sees, so that two equal texts never stand side by side', () => {
    const shown = (expected: unknown, actual: unknown) =>
      ask(open([{ body: { a: actual } }]), { match: { body: { a: expected } } as never }).nearest[0]
        ?.differences[0]?.shown
    assert.equal(shown(1, '1'), 'expected 1 (number), found "1" (string)')
    assert.equal(shown('a b', 'a\u00a0b'), 'expected "a b" (string), found "a\\u00a0b" (string)')
    assert.equal(shown('live', 'l\u0456ve'), 'expected "live" (string), found "l\\u0456ve" (string)')
    assert.equal(shown('Zoë', 'Zoe\u0308'), 'expected "Zoë" (string), found "Zoe\\u0308" (string)')
    assert.equal(shown('x', 'x\u200b'), 'expected "x" (string), found "x\\u200b" (string)')
    assert.equal(shown('x', 'x\n'), 'expected "x" (string), found "x\\n" (string)')
    assert.equal(shown(null, {}), 'expected null (null), found {} (object)')
    assert.equal(shown([], {}), 'expected [] (array), found {} (object)')
  })

  test('refuses a match that no request can fit because of its form', () => {
    const journal = open([])
    const rows: readonly [request: object, message: RegExp][] = [
      [{ match: { opration: 'get' } }, /unknown property. Did you mean operation\?/],
      [{ match: { weather: 1 } }, /unknown property. Known: operation, clientId/],
      [{ match: { operation: 'enabel' } }, /match.operation is invalid. Did you mean enable\?/],
      [{ match: { operation: { anyOf: ['enable', 'gett'] } } }, /Did you mean get\?/],
      [{ match: { path: { matches: '(' } } }, /match.path.matches is invalid/],
      [{ match: { body: { a: { anyOf: 'x' } } } }, /match.body.a.anyOf is invalid/],
      [{ match: { body: { a: [{ absent: 1 }] } } }, /match.body.a.0.absent is invalid/],
      [{ inOrder: [{ opration: 1 }] }, /Did you mean operation/],
      [{}, /either match or inOrder/],
      [{ match: {}, inOrder: [{}] }, /either match or inOrder/],
      [{ inOrder: [{}], count: { exactly: 1 } }, /count is invalid/],
    ]
    for (const [request, message] of rows) assert.throws(() => ask(journal, request as never), message)
  })
})

describe('That nothing else came', () => {
  test('holds if all other requests were expected', () => {
    const journal = open([{}, { operation: 'get' }, {}])
    assert.equal(verifyNoneOther(journal, { except: [1, 2, 3] }).pass, true)
    assert.equal(verifyNoneOther(journal, { after: 3 }).pass, true)
    const verdict = verifyNoneOther(journal, { except: [1, 3] })
    assert.deepEqual([verdict.pass, verdict.seqs], [false, [2]])
    assert.match(verdict.message, /^1 other requests came: #2 get POST \/v1/)
  })

  test('is unknown if what was dropped may have been something else', () => {
    const journal = open([{}, {}, {}], { entriesMax: 1 })
    assert.equal(verifyNoneOther(journal, { except: [3] }).pass, null)
    assert.equal(verifyNoneOther(journal, { except: [1, 2, 3] }).pass, true)
    assert.equal(verifyNoneOther(journal, { after: 2, except: [3] }).pass, true)
    assert.equal(verifyNoneOther(journal, {}).pass, false)
  })

  test('leaves out what happened to the world itself', () => {
    const journal = open([])
    journal.add({ ...record(), method: '', note: 'restored' })
    assert.equal(verifyNoneOther(journal, {}).pass, true)
    assert.equal(journal.read({}).items[0]?.note, 'restored')
  })
})
