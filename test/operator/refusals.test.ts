import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createKeptRefusals, keptMax, keptOfStrangersMax } from '../../src/http/observe/kept-refusals.ts'
import { refuse } from '../../src/model/refusal.ts'
import type { RefusalCode, RefusalView } from '../../src/protocol/refusals.ts'
import { hospital, hospitalCatalog, secretOf } from '../support/catalogs.ts'
import { openConnection } from '../support/raw-connection.ts'
import { type Answer, operatorToken, startService, type TestService } from '../support/service.ts'

const {
  nurseCall,
  roomLights,
  pharmacy,
  radio,
  room,
  otherRoom,
  foreignRoom,
  unknownUnit,
  unknownSkill,
  admin,
} = hospital
const one = `/v1/skills/${nurseCall}/enablements`
const live = { unitId: room, stage: 'live' }

interface Found {
  readonly items: readonly RefusalView[]
  readonly paginationContext: { readonly after?: string }
}

async function refusals(service: TestService, query = ''): Promise<Found> {
  const { status, text } = await service.call('GET', `/_skillkeeper/refusals?${query}`, {
    token: operatorToken,
  })
  assert.equal(status, 200, text)
  return JSON.parse(text)
}

/** A request that is refused, and what is kept of it beside the request ID, the time and the message. */
type Row = readonly [
  ask: readonly [method: string, path: string, body?: object],
  kept: Readonly<Partial<Record<keyof RefusalView, string>>>,
]

const asClient: readonly Row[] = [
  [
    ['POST', one, { ...live, stage: 'Live' }],
    { operation: 'enable', code: 'INVALID_PARAM', reason: 'request', skillId: nurseCall, unitId: room },
  ],
  [
    ['POST', `/v1/skills/${roomLights}/enablements`, { ...live, stage: 'development' }],
    { operation: 'enable', code: 'NOT_FOUND', reason: 'stage', skillId: roomLights, unitId: room },
  ],
  [
    ['POST', `/v1/skills/${unknownSkill}/enablements`, live],
    { operation: 'enable', code: 'NOT_FOUND', reason: 'skill', skillId: unknownSkill, unitId: room },
  ],
  [
    ['POST', one, { ...live, unitId: unknownUnit }],
    { operation: 'enable', code: 'NOT_FOUND', reason: 'unit', skillId: nurseCall, unitId: unknownUnit },
  ],
  [
    ['POST', one, { ...live, unitId: foreignRoom }],
    { operation: 'enable', code: 'FORBIDDEN', reason: 'role', skillId: nurseCall, unitId: foreignRoom },
  ],
  [
    ['POST', `/v1/skills/${pharmacy}/enablements`, live],
    { operation: 'enable', code: 'INVALID_PARAM', reason: 'link', skillId: pharmacy, unitId: room },
  ],
  [
    ['GET', `${one}?unitId=${room}`],
    { operation: 'get', code: 'NOT_FOUND', reason: 'absent', skillId: nurseCall, unitId: room },
  ],
  [
    ['DELETE', `${one}?unitId=${room}`],
    { operation: 'disable', code: 'NOT_FOUND', reason: 'absent', skillId: nurseCall, unitId: room },
  ],
  [
    ['GET', `/v1/skills/enablements?unitId=${unknownUnit}`],
    {
      operation: 'list',
      code: 'FORBIDDEN',
      reason: 'unit',
      unitId: unknownUnit,
      detail: 'The unit does not exist.',
    },
  ],
  [
    ['GET', `/v1/skills/enablements?unitId=${room}&maxResults=99`],
    { operation: 'list', code: 'INVALID_PARAM', reason: 'request', unitId: room },
  ],
  [
    ['GET', '/v1/skills/enablements?unitId=nonsense'],
    { operation: 'list', code: 'INVALID_PARAM', reason: 'request' },
  ],
  [
    ['GET', `/v1/skills/enablements?unitId=${room}&unitId=${otherRoom}`],
    { operation: 'list', code: 'INVALID_PARAM', reason: 'request' },
  ],
  [
    ['POST', `${one}/batch`, { items: [] }],
    { operation: 'batch_enable', code: 'INVALID_PARAM', reason: 'request', skillId: nurseCall },
  ],
  [
    ['GET', `/v2/units/${unknownUnit}`],
    { operation: 'get_unit', code: 'NOT_FOUND', reason: 'unit', unitId: unknownUnit },
  ],
  [
    ['POST', '/v2/units', { parentId: foreignRoom, name: { type: 'PLAIN', value: { text: 'x' } } }],
    { operation: 'create_unit', code: 'FORBIDDEN', reason: 'role', unitId: foreignRoom },
  ],
]

const ofAnyone: readonly Row[] = [
  [['GET', '/nowhere'], { operation: 'unknown', code: 'NOT_FOUND', reason: 'path' }],
  [['PATCH', one], { operation: 'unknown', code: 'INVALID_PARAM', reason: 'path' }],
  [
    ['GET', `${one}?unitId=${room}`],
    { operation: 'get', code: 'INVALID_LWA_TOKEN', reason: 'token', skillId: nurseCall, unitId: room },
  ],
  [['GET', '/_skillkeeper/skills'], { operation: 'catalog', code: 'INVALID_LWA_TOKEN', reason: 'token' }],
]

const asOperator: readonly Row[] = [
  [
    ['GET', `/_skillkeeper/units/${unknownUnit}`],
    { operation: 'catalog', code: 'NOT_FOUND', reason: 'unit', unitId: unknownUnit, operator: 'operator' },
  ],
  [
    ['DELETE', `/_skillkeeper/skills/${unknownSkill}`],
    {
      operation: 'catalog',
      code: 'NOT_FOUND',
      reason: 'skill',
      skillId: unknownSkill,
      operator: 'operator',
    },
  ],
  [
    ['GET', '/_skillkeeper/operations?outcome=maybe'],
    { operation: 'operations_log', code: 'INVALID_PARAM', reason: 'request', operator: 'operator' },
  ],
]

describe('A refusal', () => {
  test('is kept with its request, client, operation, unit, skill, code, reason and message', async (t) => {
    const service = await startService(t)
    const token = await service.token(admin)
    const groups = [
      { rows: asClient, given: { token }, who: { clientId: admin } },
      { rows: ofAnyone, given: {}, who: {} },
      { rows: asOperator, given: { token: operatorToken }, who: {} },
    ]
    for (const { rows, given, who } of groups) {
      for (const [[method, path, body], expected] of rows) {
        service.clock.moveBy(10_000)
        const answer = await service.call(method, path, { ...given, ...(body && { body }) })
        const { items } = await refusals(service, 'maxResults=1')
        const { id, why, ...kept } = items[0]!
        assert.deepEqual(
          why.map(({ ok }) => ok),
          [...why.slice(1).map(() => true), false],
        )
        assert.ok(why.at(-1)?.detail?.startsWith(kept.message))
        assert.deepEqual(
          kept,
          {
            ...expected,
            ...who,
            at: new Date(service.clock.now()).toISOString(),
            requestId: answer.headers.get('x-amzn-requestid'),
            message: answer.body.message ?? answer.body.errors[0]?.errorDescription,
          },
          `${method} ${path}`,
        )
      }
    }
    const { items } = await refusals(service)
    assert.equal(items.length, asClient.length + ofAnyone.length + asOperator.length)
  })

  test('The refusal of a batch is one entry for each bad item, with its unit also where its form is wrong', async (t) => {
    const service = await startService(t)
    const token = await service.token(admin)
    const items = [
      { itemId: 1, ...live },
      { itemId: 2, ...live, unitId: unknownUnit },
      { itemId: 3, ...live, unitId: foreignRoom },
      { itemId: 4, unitId: otherRoom, stage: 'LIVE' },
      { itemId: 1, unitId: otherRoom, stage: 'live' },
      { itemId: 'five', unitId: otherRoom, stage: 'live' },
      { unitId: room, stage: 'live' },
      { itemId: 8, ...live, unitId: 'room 8' },
      null,
    ]
    for (const [path, operation] of [
      [`${one}/batch`, 'batch_enable'],
      [`${one}/batchDelete`, 'batch_disable'],
    ]) {
      const answer = await service.call('POST', `${path}`, { token, body: { items } })
      const requestId = answer.headers.get('x-amzn-requestid')
      const kept = (await refusals(service, `requestId=${requestId}`)).items.toReversed()
      assert.deepEqual(
        kept.map((refusal) => [refusal.itemId, refusal.unitId, refusal.code, refusal.reason]),
        [
          [2, unknownUnit, 'INVALID_PARAM', 'unit'],
          [3, foreignRoom, 'FORBIDDEN', 'role'],
          [4, otherRoom, 'INVALID_PARAM', 'request'],
          [1, otherRoom, 'INVALID_PARAM', 'request'],
          [undefined, otherRoom, 'INVALID_PARAM', 'request'],
          [undefined, room, 'INVALID_PARAM', 'request'],
          [8, undefined, 'INVALID_PARAM', 'request'],
          [undefined, undefined, 'INVALID_PARAM', 'request'],
        ],
      )
      assert.deepEqual(
        kept.map(({ message }) => message),
        answer.body.errors.map(({ errorDescription }) => errorDescription),
      )
      assert.ok(kept.every((refusal) => refusal.operation === operation && refusal.clientId === admin))
      assert.ok(kept.every((refusal) => refusal.skillId === nurseCall))
    }
  })

  test('A refusal at the token issuer names the client of the catalog that it was for, and no other', async (t) => {
    const service = await startService(t)
    const ask = (path: string, form: Record<string, string>) =>
      service.call('POST', path, { body: new URLSearchParams(form).toString() })
    const own = { client_id: admin, client_secret: secretOf(admin) }
    const rows: readonly [answer: Promise<Answer>, code: RefusalCode, clientId: string | undefined][] = [
      [
        ask('/auth/o2/token', { grant_type: 'client_credentials', client_id: admin, client_secret: 'wrong' }),
        'invalid_client',
        admin,
      ],
      [
        ask('/auth/o2/token', { grant_type: 'client_credentials', client_id: 'secret of somebody' }),
        'invalid_client',
        undefined,
      ],
      [
        ask('/auth/o2/token', { grant_type: 'refresh_token', refresh_token: 'Atzr|x', ...own }),
        'invalid_grant',
        admin,
      ],
      [ask('/auth/o2/token', { grant_type: 'password', ...own }), 'unsupported_grant_type', undefined],
      [ask('/auth/o2/revoke', own), 'invalid_request', admin],
    ]
    for (const [asked, code, clientId] of rows) {
      const requestId = (await asked).headers.get('x-amzn-requestid')
      const { items } = await refusals(service, `requestId=${requestId}`)
      assert.deepEqual(
        items.map((kept) => [kept.code, kept.clientId]),
        [[code, clientId]],
      )
    }
  })

  test('on the authorize page is kept as well, shown there or sent back to the client', async (t) => {
    const redirectUri = 'https://portal.example/cb'
    const [known] = hospitalCatalog.clients
    const clients = [{ ...known, redirectUris: [redirectUri] }]
    const service = await startService(t, { catalog: { ...hospitalCatalog, clients } })
    const wish = { client_id: admin, redirect_uri: redirectUri, response_type: 'code' }
    const scope = 'alexa::enterprise:management'
    const rows: readonly [
      wish: Record<string, string>,
      status: number,
      code: RefusalCode,
      clientId?: string,
    ][] = [
      [{ ...wish, scope: 'everything' }, 302, 'invalid_scope', admin],
      [{ ...wish, scope, response_type: 'token' }, 302, 'unsupported_response_type', admin],
      [{ ...wish, scope, redirect_uri: 'https://elsewhere.example/' }, 400, 'invalid_request'],
      [{ ...wish, scope, client_id: 'nobody' }, 400, 'invalid_request'],
    ]
    for (const [parameters, status, code, clientId] of rows) {
      const answer = await service.call('GET', `/ap/oa?${new URLSearchParams(parameters)}`)
      assert.equal(answer.status, status)
      const { items } = await refusals(service, 'maxResults=1')
      assert.deepEqual(
        [items[0]?.operation, items[0]?.code, items[0]?.clientId],
        ['authorize', code, clientId],
      )
    }
  })

  test('A refusal of what never became a request is kept, too', async (t) => {
    const service = await startService(t)
    const connection = await openConnection(service.url)
    connection.write('this is no HTTP\r\n\r\n')
    const { headers } = await connection.answer()
    await connection.closed
    const { items } = await refusals(service, 'operation=unknown')
    assert.deepEqual(
      items.map(({ requestId, code }) => [requestId, code]),
      [[headers['x-amzn-requestid'], 'INVALID_PARAM']],
    )
  })

  test('holds no secret, whatever a caller sends where', async (t) => {
    const service = await startService(t, { rateLimit: 0 })
    const token = await service.token(admin)
    const secret = 'amzn1.oa2-cs.v1.a-very-secret-thing'
    const linked = { ...live, accountLinkRequest: { redirectUri: secret, authCode: secret, type: secret } }
    const bodies = [
      linked,
      { ...linked, unitId: secret },
      { ...linked, stage: secret, partitionName: secret },
      { [secret]: secret },
      { items: [{ itemId: secret, ...linked }, { itemId: 1, ...linked, unitId: secret }, secret] },
      { items: secret, parentId: secret, name: { type: secret, value: { text: secret } } },
      secret,
      `{"${secret}`,
    ]
    const paths = [one, `${one}/batch`, `${one}/batchDelete`, '/v2/units', `/v1/skills/${radio}/enablements`]
    for (const path of paths) for (const body of bodies) await service.call('POST', path, { token, body })
    const forms = [
      `grant_type=refresh_token&refresh_token=${secret}&client_id=${secret}&client_secret=${secret}`,
      `grant_type=${secret}&code=${secret}&code_verifier=${secret}`,
      `${secret}=1&${secret}=2`,
      `token=${secret}&client_id=${admin}&client_secret=${secret}`,
    ]
    for (const body of forms) {
      for (const path of ['token', 'revoke']) await service.call('POST', `/auth/o2/${path}`, { body })
    }
    for (const name of ['unitId', 'nextToken', 'maxResults', 'expand', 'access_token', 'skillId']) {
      for (const path of [one, '/v1/skills/enablements', '/v2/units', '/auth/o2/tokeninfo', '/ap/oa']) {
        await service.call('GET', `${path}?${name}=${secret}`, { token })
      }
    }
    for (const path of [
      `/v1/skills/${secret}/enablements`,
      `/v2/units/${secret}`,
      `/${secret}`,
      `/_skillkeeper/clients/${secret}`,
    ]) {
      await service.call('GET', path, { token })
      await service.call('GET', path, { headers: { authorization: `Bearer ${secret}` } })
    }
    await service.call(
      'PUT',
      `/_skillkeeper/organizations/${hospital.organization}/delegated-links/${nurseCall}`,
      {
        token: operatorToken,
        body: { authCode: secret, redirectUri: secret },
      },
    )
    const found = await refusals(service)
    assert.ok(found.items.length > 80)
    const all = JSON.stringify(found)
    for (const hidden of [secret, token, secretOf(admin), operatorToken]) {
      assert.equal(all.includes(hidden), false, hidden)
    }
  })
})

describe('The list of refusals', () => {
  test('is narrowed by each of its filters, the newest first, page after page', async (t) => {
    const service = await startService(t, { rateLimit: 0 })
    const token = await service.token(admin)
    const begin = service.clock.now()
    const answers: Answer[] = []
    for (const [[method, path, body]] of asClient) {
      service.clock.moveBy(1000)
      answers.push(await service.call(method, path, { token, ...(body && { body }) }))
    }
    const all = (await refusals(service)).items
    const at = (seconds: number) => new Date(begin + seconds * 1000).toISOString()
    const filters: [query: string, expected: (kept: RefusalView) => boolean][] = [
      [`unitId=${room}`, (kept) => kept.unitId === room],
      [`skillId=${pharmacy}`, (kept) => kept.skillId === pharmacy],
      [`skillId=${nurseCall.replace('ask', 'alexa')}`, (kept) => kept.skillId === nurseCall],
      [`clientId=${admin}`, () => true],
      [`clientId=${hospital.stranger}`, () => false],
      [
        `requestId=${answers[3]?.headers.get('x-amzn-requestid')}`,
        (kept) => kept.unitId === unknownUnit && kept.operation === 'enable',
      ],
      ['operation=list', (kept) => kept.operation === 'list'],
      ['operation=batch_disable', () => false],
      ['code=NOT_FOUND', (kept) => kept.code === 'NOT_FOUND'],
      ['code=invalid_client', () => false],
      ['reason=skill', (kept) => kept.reason === 'skill'],
      [`since=${at(3)}`, (kept) => kept.at >= at(3)],
      [`until=${at(3)}`, (kept) => kept.at < at(3)],
      [`since=${at(3)}&until=${at(4)}`, (kept) => kept.at === at(3)],
      [`since=${encodeURIComponent(at(3).replace('Z', '+00:00'))}`, (kept) => kept.at >= at(3)],
      [`unitId=${room}&code=NOT_FOUND`, (kept) => kept.unitId === room && kept.code === 'NOT_FOUND'],
    ]
    assert.deepEqual(
      all.map(({ at }) => at),
      all
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
    for (const [query, expected] of filters) {
      const found: RefusalView[] = []
      for (let after = ''; ; ) {
        const page = await refusals(service, `maxResults=2&${query}${after}`)
        assert.ok(page.items.length <= 2)
        found.push(...page.items)
        if (page.paginationContext.after === undefined) break
        after = `&after=${page.paginationContext.after}`
      }
      assert.deepEqual(found, all.filter(expected), query)
    }
  })

  test('refuses a filter that can match nothing, and says what it takes', async (t) => {
    const service = await startService(t)
    const rows: readonly [query: string, message: RegExp][] = [
      ['operation=enabel', /^operation is invalid: one of .*batch_enable.*enable/],
      ['operation=ENABLE', /^operation is missing or invalid/],
      ['code=forbidden', /^code is missing or invalid/],
      ['reason=because', /^reason is missing or invalid/],
      ['unitId=room', /^unitId is missing or invalid/],
      ['since=yesterday', /^since is missing or invalid: A time in the form of RFC 3339/],
      ['since=2026-02-31T00:00:00Z', /^since is invalid: the day does not exist\.$/],
      ['until=2026-07-01', /^until is missing or invalid/],
      [
        'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
        /^since is invalid: it must be before until\.$/,
      ],
      ['maxResults=101', /^maxResults is missing or invalid/],
    ]
    for (const [query, message] of rows) {
      const { status, body } = await service.call('GET', `/_skillkeeper/refusals?${query}`, {
        token: operatorToken,
      })
      assert.equal(status, 400, query)
      assert.match(body.message, message)
    }
    const token = await service.token(admin)
    assert.equal((await service.call('GET', '/_skillkeeper/refusals', { token })).status, 400)
  })

  test('keeps the last so many of clients, whatever strangers and throttled clients do', () => {
    let made = 0
    const effects = { now: () => made, newId: () => String(made++).padStart(8, '0') }
    const kept = createKeptRefusals(effects, { recordRefusal() {} })
    const keep = (isKnown: boolean, code: RefusalCode, count: number) => {
      const request = { requestId: 'r', operation: isKnown ? 'known' : 'strange', isKnown, hasBegun: true }
      for (let n = 0; n < count; n += 1) kept.keep(request, refuse(code, 'no'))
    }
    const count = (filter: object) => kept.list(filter, { limit: 1_000_000 }).length
    keep(true, 'NOT_FOUND', 10)
    keep(false, 'INVALID_LWA_TOKEN', keptOfStrangersMax * 2)
    assert.deepEqual(
      [count({ code: 'NOT_FOUND' }), count({ code: 'INVALID_LWA_TOKEN' })],
      [10, keptOfStrangersMax],
    )
    for (const code of ['TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE'] as const)
      keep(true, code, keptOfStrangersMax)
    assert.deepEqual([count({ code: 'NOT_FOUND' }), count({ operation: 'strange' })], [10, 0])
    keep(true, 'FORBIDDEN', keptMax)
    assert.deepEqual([count({ code: 'NOT_FOUND' }), count({ code: 'FORBIDDEN' })], [0, keptMax])
    assert.equal(count({}), keptMax + keptOfStrangersMax)
    const [newest, next] = kept.list({}, { limit: 2 })
    assert.equal(newest?.id, String(made - 1).padStart(8, '0'))
    assert.deepEqual(kept.list({}, { limit: 1, after: newest!.id }), [next])
  })

  test('cuts a long message, and keeps nothing of the text that it was a part of', () => {
    const kept = createKeptRefusals({ now: () => 0, newId: () => '1' }, { recordRefusal() {} })
    kept.keep(
      { requestId: 'r', operation: 'catalog', isKnown: true, hasBegun: true },
      refuse('INVALID_PARAM', 'long '.repeat(1000)),
    )
    assert.equal(kept.list({}, { limit: 1 })[0]?.message.length, 1000)
  })
})

describe('The metrics of refusals', () => {
  test('count each by operation, code and reason, and each bad item of a batch', async (t) => {
    const service = await startService(t)
    const token = await service.token(admin)
    await service.call('POST', one, { token, body: { ...live, unitId: foreignRoom } })
    await service.call('POST', one, { token, body: { ...live, unitId: foreignRoom } })
    await service.call('GET', one)
    const items = [unknownUnit, unknownUnit, foreignRoom].map((unitId, itemId) => ({
      ...live,
      unitId,
      itemId,
    }))
    await service.call('POST', `${one}/batch`, { token, body: { items } })
    const { text } = await service.call('GET', '/metrics')
    const counted = text.split('\n').filter((line) => line.startsWith('skillkeeper_refusals_total{'))
    assert.deepEqual(counted, [
      'skillkeeper_refusals_total{operation="enable",code="FORBIDDEN",reason="role"} 2',
      'skillkeeper_refusals_total{operation="get",code="INVALID_LWA_TOKEN",reason="token"} 1',
      'skillkeeper_refusals_total{operation="batch_enable",code="INVALID_PARAM",reason="unit"} 2',
      'skillkeeper_refusals_total{operation="batch_enable",code="FORBIDDEN",reason="role"} 1',
    ])
  })
})
