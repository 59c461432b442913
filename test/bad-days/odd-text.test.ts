import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { type Hospital, startHospital } from '../support/enablements.ts'
import { openConnection } from '../support/raw-connection.ts'
import type { Answer } from '../support/service.ts'

const { room, nurseCall } = hospital

/** Every character of ASCII, and from elsewhere what has surprised programs before. */
const characters = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  '\u0080',
  'é',
  'e\u0301',
  'ß',
  'İ',
  '\u00ad',
  '\u2028',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\uff0e',
  '\u{1f3e8}',
  '\ud800',
  '\udfff',
  '\u{10ffff}',
]
const belongsInId = /^[A-Za-z0-9_-]$/
const odd = characters.filter((character) => !belongsInId.test(character))

describe('An ID with an odd character is refused with 400', () => {
  test('in a path, percent-encoded', async (t) => {
    const service = await startHospital(t)
    for (const character of odd) {
      const id = encode(nurseCall.replace('-', character))
      const answers = [
        await service.get(id, room),
        await service.enable(id, room),
        await service.disable(id, room),
      ]
      // What is not even a path is refused before anything knows that it was meant for a batch.
      const isPath = !/[\ud800-\udfff]/.test(character) || character.length > 1
      if (isPath) answers.push(await batch(service, id, [{ itemId: 1, unitId: room, stage: 'live' }]))
      for (const answer of answers) requireRefused(answer, character)
    }
  })

  test('in a query, percent-encoded', async (t) => {
    const service = await startHospital(t)
    const { adminToken: token } = service
    const path = `/v1/skills/${nurseCall}/enablements`
    for (const character of odd) {
      const unitId = encode(room.replace('-', character))
      const answers = [
        await service.call('GET', `${path}?unitId=${unitId}`, { token }),
        await service.call('DELETE', `${path}?unitId=${unitId}`, { token }),
        await service.call('GET', `/v1/skills/enablements?unitId=${unitId}`, { token }),
        await service.call('DELETE', `${path}?unitId=${room}&stage=live${encode(character)}`, { token }),
      ]
      for (const answer of answers) requireRefused(answer, character)
    }
  })

  test('in a body, as it is and escaped', async (t) => {
    const service = await startHospital(t)
    const { adminToken: token } = service
    const path = `/v1/skills/${nurseCall}/enablements`
    for (const character of odd) {
      const item = { itemId: 1, unitId: room.replace('-', character), stage: 'live' }
      const [asItIs, escaped] = [JSON.stringify(item), escapeAll(JSON.stringify(item))]
      for (const text of [asItIs, escaped]) {
        requireRefused(await service.call('POST', path, { token, body: text }), character)
        const body = `{"items":[${text}]}`
        requireRefused(await service.call('POST', `${path}/batch`, { token, body }), character)
      }
    }
    assert.deepEqual((await service.list(room)).body.items, [])
  })

  test('in a path or a query, as bytes that no client would send', async (t) => {
    const service = await startHospital(t)
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
    // A space ends the path, and these three begin another part of the address.
    const others = bytes.filter((byte) => !belongsInId.test(byte) && !' ?#/\r\n'.includes(byte))
    for (const byte of others) {
      for (const target of [
        `/v1/skills/${nurseCall}${byte}/enablements?unitId=${room}`,
        `/v1/skills/${nurseCall}/enablements?unitId=${byte === '&' ? byte : room + byte}`,
      ]) {
        const connection = await openConnection(service.url)
        const head = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${service.adminToken}`
        connection.socket.write(`${head}\r\n\r\n`, 'latin1')
        const { status, headers, text } = await connection.answer()
        connection.socket.destroy()
        assert.equal(status, 400, JSON.stringify(byte))
        assert.equal(JSON.parse(text).type, 'INVALID_PARAM')
        assert.match(headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/)
      }
    }
  })
})

describe('Text that is no text', () => {
  const broken = [
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%f8%88%80%80%80',
    '%e2%82',
    '%',
    '%4',
    '%zz',
    '%u0041',
    '%2525',
  ]

  test('such as a percent-encoding of nothing is refused with 400 in a path and in a query', async (t) => {
    const service = await startHospital(t)
    const { adminToken: token } = service
    for (const text of broken) {
      const inPath = `/v1/skills/${nurseCall}${text}/enablements?unitId=${room}`
      requireRefused(await service.call('GET', inPath, { token }), text)
      const inQuery = `/v1/skills/enablements?unitId=${room}${text}`
      requireRefused(await service.call('GET', inQuery, { token }), text)
      const page = `/v1/skills/enablements?unitId=${room}&nextToken=${text}`
      requireRefused(await service.call('GET', page, { token }), text)
    }
  })

  test('such as bytes that are not UTF-8 is refused with 400 in a body', async (t) => {
    const service = await startHospital(t)
    const path = `/v1/skills/${nurseCall}/enablements`
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0x80]]) {
      const json = JSON.stringify({ unitId: `${room}§`, stage: 'live' })
      const [before = '', after = ''] = json.split('§')
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
      const answer = await fetch(service.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${service.adminToken}` },
        body,
      })
      assert.equal(answer.status, 400)
      assert.match(await answer.text(), /^\{"type":"INVALID_PARAM"/)
    }
  })

  test('such as half a character is refused with 400 wherever a text is taken', async (t) => {
    const service = await startHospital(t)
    for (const half of ['\\ud800', '\\udfff', '\\u0000']) {
      for (const field of ['stage', 'partitionName']) {
        const body = `{"unitId":"${room}","stage":"live","${field}":"live${half}"}`
        const path = `/v1/skills/${nurseCall}/enablements`
        const answer = await service.call('POST', path, { token: service.adminToken, body })
        requireRefused(answer, `${field} ${half}`)
      }
    }
  })
})

describe('A very long ID', () => {
  test('is refused with 400 up to where HTTP itself says that it is too long', async (t) => {
    const service = await startHospital(t)
    for (const length of [200, 256, 1000, 4000, 15_000]) {
      const unitId = `amzn1.alexa.unit.did.${'x'.repeat(length)}`
      const skillId = `amzn1.ask.skill.${'x'.repeat(length)}`
      const expected = length === 200 ? 404 : 400
      assert.equal((await service.get(nurseCall, unitId)).status, expected)
      assert.equal((await service.get(skillId, room)).status, expected)
      assert.equal((await service.enable(nurseCall, unitId)).status, expected)
      assert.equal(
        (await service.enable(nurseCall, room, { partitionName: 'x'.repeat(length * 10) })).status,
        400,
      )
    }
    const target = `${service.url}/v1/skills/enablements?unitId=${'x'.repeat(20_000)}`
    const tooLong = await fetch(target, { headers: { authorization: `Bearer ${service.adminToken}` } })
    assert.equal(tooLong.status, 431)
    assert.match(await tooLong.text(), /^\{"type":"INVALID_PARAM"/)
  })
})

function requireRefused({ status, body, text }: Answer, what: string): void {
  assert.equal(status, 400, `${JSON.stringify(what)} ${text}`)
  const code = body.errors === undefined ? body.type : Object(body.errors[0]).errorCode
  assert.equal(code, 'INVALID_PARAM', JSON.stringify(what))
}

/** Percent-encoding of every byte; half a character as the three bytes that it would have. */
function encode(text: string): string {
  return Array.from(text, (character) => [...bytesOf(character.codePointAt(0) ?? 0)])
    .flat()
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
}

function bytesOf(code: number): Uint8Array | number[] {
  const isHalf = code >= 0xd800 && code <= 0xdfff
  return isHalf
    ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
    : Buffer.from(String.fromCodePoint(code))
}

/** Each character of the strings of the JSON as `\uXXXX`. */
function escapeAll(json: string): string {
  return json.replace(/"((?:[^"\\]|\\.)*)"/g, (quoted) => {
    const text: string = JSON.parse(quoted)
    const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
  })
}

function batch(service: Hospital, skillId: string, items: readonly object[]): Promise<Answer> {
  const path = `/v1/skills/${skillId}/enablements/batch`
  return service.call('POST', path, { token: service.adminToken, body: { items } })
}
