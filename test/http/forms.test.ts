// Text and numbers come in as they are, or not at all: what could not be kept or given back as received is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../src/protocol/parse-json.ts'
import { hospital } from '../support/catalogs.ts'
import { openConnection } from '../support/raw-connection.ts'
import { operatorToken, startService } from '../support/service.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
const list = '/v1/skills/enablements'
const target = { unitId: hospital.room, stage: 'live' }

describe('A text with half a surrogate pair', () => {
  const halves = [
    '\\ud800',
    '\\uDBFF',
    '\\udc00',
    '\\uDFFF',
    '\\ude00\\ud83d',
    '\\ud83d x',
    '\\ud83d\\ud83d\\ude00',
  ]

  test('is refused with the place of the escape, wherever it comes in', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    for (const half of halves) {
      const bodies: [method: string, path: string, token: string, body: string][] = [
        [
          'POST',
          '/v2/units',
          token,
          `{"name":{"type":"PLAIN","value":{"text":"a${half}b"}},"parentId":"${hospital.organization}"}`,
        ],
        [
          'POST',
          `/v1/skills/${hospital.radio}/enablements`,
          token,
          `{"unitId":"${hospital.room}","stage":"live","accountLinkRequest":{"redirectUri":"https://h.example/${half}","authCode":"a","type":"AUTH_CODE"}}`,
        ],
        [
          'POST',
          `${path}/batch`,
          token,
          `{"items":[{"itemId":1,"unitId":"${hospital.room}","stage":"live","x":"${half}"}]}`,
        ],
        [
          'POST',
          '/_skillkeeper/catalog',
          operatorToken,
          `{"skills":[{"id":"${hospital.menu}","name":"${half}","stages":["live"]}]}`,
        ],
        ['POST', '/auth/o2/token', token, `{"grant_type":"refresh_token","refresh_token":"${half}"}`],
      ]
      for (const [method, to, bearer, body] of bodies) {
        const { status, text } = await service.call(method, to, { token: bearer, body })
        assert.equal(status, 400, `${method} ${to} ${half}`)
        assert.match(text, /half a surrogate pair, at line 1, column \d+/)
      }
    }
  })

  test('is told from whole pairs and from escaped backslashes in any text', () => {
    const parts = fc.constantFrom(
      '\\ud83d\\ude00',
      '\\\\ud800',
      '\\\\',
      '\\u0041',
      'a',
      '😀',
      '\\n',
      '\\ud800',
      '\\udc00',
    )
    fc.assert(
      fc.property(fc.array(parts), (all) => {
        const text = `{"${all.join('')}":["${all.join('')}"]}`
        const value: unknown = JSON.parse(text)
        const isWhole = Object.keys(value as object).every((name) => name.isWellFormed())
        assert.equal('value' in parseJson(text), isWhole, text)
      }),
    )
  })
})

describe('Bytes that are not UTF-8', () => {
  test('are refused in a body, as JSON and as a form, and in the query of the authorize page', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xe2, 0x82]]) {
      const name = Buffer.from(bytes).toString('latin1')
      const connection = await openConnection(service.url)
      const body = `{"name":{"type":"PLAIN","value":{"text":"${name}"}},"parentId":"${hospital.organization}"}`
      const head = `POST /v2/units HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`
      connection.socket.write(Buffer.from(head + body, 'latin1'))
      const answer = await connection.answer()
      assert.deepEqual(
        [answer.status, JSON.parse(answer.text).message],
        [400, 'The request body is not UTF-8.'],
      )
      connection.socket.destroy()
      const escaped = bytes.map((byte) => `%${byte.toString(16)}`).join('')
      for (const [method, to, form] of [
        ['POST', '/auth/o2/token', `grant_type=refresh_token&refresh_token=${escaped}`],
        ['GET', `/auth/o2/tokeninfo?access_token=${escaped}`, undefined],
      ] as const) {
        const { status, text } = await service.call(method, to, { body: form })
        assert.deepEqual([status, JSON.parse(text).error], [400, 'invalid_request'], `${method} ${to}`)
      }
    }
  })
})

describe('What may be left out', () => {
  test('may be null in a body, on every level', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const nulls = { partitionName: null, accountLinkRequest: null, nameFreeInvocationRequest: null }
    const calls: [method: string, path: string, body: object, status: number][] = [
      ['POST', path, { ...target, ...nulls }, 201],
      ['POST', `${path}/batch`, { items: [{ itemId: 1, ...target, ...nulls }] }, 202],
      [
        'POST',
        `${path}/batchDelete`,
        { items: [{ itemId: 1, unitId: hospital.otherRoom, stage: null }] },
        202,
      ],
      [
        'POST',
        `${list}/batchGet`,
        {
          items: [{ itemId: 1, unitId: hospital.room }],
          paginationContext: { maxResults: null, nextToken: null },
          expand: null,
        },
        200,
      ],
      [
        'POST',
        `${list}/batchGet`,
        { items: [{ itemId: 1, unitId: hospital.room }], paginationContext: null },
        200,
      ],
    ]
    for (const [method, to, body, status] of calls) {
      const answer = await service.call(method, to, { token, body })
      assert.equal(answer.status, status, `${to} ${answer.text}`)
    }
    const skill = { id: hospital.menu, name: 'Menu', stages: ['live'], accountLinking: null }
    const put = await service.call('POST', '/_skillkeeper/catalog', {
      token: operatorToken,
      body: { organizations: null, skills: [skill] },
    })
    assert.equal(put.status, 200, put.text)
  })

  test('may not be null where it is required', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    for (const body of [
      { ...target, stage: null },
      { ...target, unitId: null },
    ]) {
      assert.equal((await service.call('POST', path, { token, body })).status, 400)
      const items = [{ itemId: 1, ...body }]
      assert.equal((await service.call('POST', `${path}/batch`, { token, body: { items } })).status, 400)
    }
    assert.equal((await service.call('POST', `${path}/batch`, { token, body: { items: null } })).status, 400)
  })

  test('may be a name without a value in a query', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    await service.call('POST', path, { token, body: target })
    const room = `unitId=${hospital.room}`
    for (const to of [
      `${list}?${room}&nextToken=&maxResults=&expand=`,
      `${list}?${room}&nextToken`,
      `${path}?${room}&stage=&expand=`,
      `/v2/units?parentId=${hospital.ward}&queryDepth=&expand=&maxResults=&nextToken=`,
    ])
      assert.equal((await service.call('GET', to, { token })).status, 200, to)
    assert.equal((await service.call('GET', `${list}?unitId=`, { token })).status, 400)
    const log = await service.call('GET', '/_skillkeeper/operations?unitId=&after=', { token: operatorToken })
    assert.equal(log.status, 200, log.text)
  })
})

describe('A number', () => {
  test('of a query is written in decimal digits, without a sign or zeros in front', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    for (const text of ['010', '01', '+5', '-5', '-0', '5.0', '5e0', '0x5', ' 5', '5 ', '５', '00', '1_0']) {
      const to = `${list}?unitId=${hospital.room}&maxResults=${encodeURIComponent(text)}`
      assert.equal((await service.call('GET', to, { token })).status, 400, text)
    }
    assert.equal(
      (await service.call('GET', `${list}?unitId=${hospital.room}&maxResults=5`, { token })).status,
      200,
    )
  })

  test('that is an itemId comes back as received, or its item is refused without it', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const batch = (itemId: string, unitId: string) =>
      service.call('POST', `${path}/batch`, {
        token,
        body: `{"items":[{"itemId":${itemId},"unitId":"${unitId}","stage":"live"}]}`,
      })
    for (const exact of ['0', '1', '-7', '9007199254740991', '-9007199254740991', '  42']) {
      assert.equal((await batch(exact, hospital.room)).status, 202, exact)
      const refused = await batch(exact, hospital.unknownUnit)
      assert.ok(refused.text.includes(`"itemId":${exact.trim()},`), refused.text)
    }
    const inexact = [
      '9007199254740992',
      '9007199254740993',
      '-9007199254740993',
      '12345678901234567890',
      '1e2',
      '1E2',
      '1.0',
      '1.0000000000000000001',
      '-0',
      '-0.0',
      '1e400',
    ]
    for (const text of inexact) {
      const { status, body } = await batch(text, hospital.room)
      assert.equal(status, 400, text)
      assert.equal(body.errors.length, 1)
      assert.ok(!('itemId' in Object(body.errors[0])), text)
      assert.match(body.errors[0]?.errorDescription ?? '', /^items\[0\]: itemId is missing or invalid/)
    }
  })
})
