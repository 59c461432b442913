import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { openConnection } from '../support/raw-connection.ts'
import { startService } from '../support/service.ts'

const path = `/v1/skills/${hospital.nurseCall}/enablements`
const request = { unitId: hospital.room, stage: 'live' }

describe('A body', () => {
  test('is read as JSON whatever its content type says, or does not say (row 7)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const types = [
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense',
      '; ; ;',
      '',
    ]
    for (const type of types) {
      const headers = { 'content-type': type }
      const { status } = await service.call('POST', path, { token, headers, body: request })
      assert.equal(status, 201, type)
    }
    const connection = await openConnection(service.url)
    const text = JSON.stringify(request)
    connection.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    )
    assert.equal((await connection.answer()).status, 201)
    connection.socket.destroy()
  })

  test('that is no JSON is refused with the line and the column of the problem (row 6)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const cases: [body: string, place: string][] = [
      ['nonsense', 'a value is expected, not "n".*, at line 1, column 1.'],
      ['{"unitId": "a",\n "stage": live}', 'a value is expected, not "l".*, at line 2, column 11.'],
      ['{"unitId": "a",}', 'a property name in double quotes is expected, not "}".*, at line 1, column 16.'],
      ['{"unitId": "a"', 'the text ends too early.*, at line 1, column 15.'],
      ['{\n  "unitId": "a", // which one\n}', '.*JSON has no comments.*, at line 2, column 18.'],
      ['{}\n{}', 'nothing may follow the value.*, at line 2, column 1.'],
      ['\uFEFF{"a" 1}', 'a colon is expected.*, at line 1, column 6.'],
    ]
    for (const [body, place] of cases) {
      const { status, body: answer } = await service.call('POST', path, { token, body })
      assert.deepEqual([status, answer.type], [400, 'INVALID_PARAM'], body)
      assert.match(answer.message, new RegExp(`^The request body is not JSON: ${place}$`), body)
    }
  })

  test('that is no JSON is refused in the form of a batch there (row 6)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const { status, body } = await service.call('POST', `${path}/batch`, { token, body: '{"items": [}' })
    assert.equal(status, 400)
    assert.deepEqual(body, {
      errors: [
        {
          status: 400,
          errorCode: 'INVALID_PARAM',
          errorDescription:
            'The request body is not JSON: a value or ] is expected, not "}", at line 1, column 12.',
        },
      ],
    })
  })

  test('that is missing, or is JSON but no object, is 400', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    for (const body of [undefined, '', 'null', '[]', '17', '"text"', 'true']) {
      const { status, body: answer } = await service.call('POST', path, { token, body })
      assert.deepEqual([status, answer.type], [400, 'INVALID_PARAM'], body)
      const batch = await service.call('POST', `${path}/batch`, { token, body })
      assert.equal(batch.status, 400, body)
      assert.match(batch.body.errors[0]!.errorDescription, /^items is missing or invalid/, body)
    }
  })

  test('of more than a mebibyte is 413 in the form of the operation, and the connection goes on (row 7)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const fitting = JSON.stringify({ ...request, padding: 'x'.repeat(1_048_576 - 200) })
    assert.equal((await service.call('POST', path, { token, body: fitting })).status, 201)

    const tooLarge = JSON.stringify({ ...request, padding: 'x'.repeat(5_000_000) })
    const connection = await openConnection(service.url)
    const head = (target: string) =>
      `POST ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${tooLarge.length}\r\n\r\n`
    connection.write(head(path) + tooLarge)
    const single = await connection.answer()
    assert.equal(single.status, 413)
    assert.deepEqual(JSON.parse(single.text), {
      type: 'INVALID_PARAM',
      message: 'The request body is too large.',
    })
    connection.write(head(`${path}/batch`) + tooLarge)
    const batch = await connection.answer()
    assert.equal(batch.status, 413)
    assert.deepEqual(JSON.parse(batch.text), {
      errors: [
        { status: 413, errorCode: 'INVALID_PARAM', errorDescription: 'The request body is too large.' },
      ],
    })
    connection.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await connection.answer()).status, 200)
    connection.socket.destroy()
  })

  test('of unknown length is 413 as soon as it is too long', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const connection = await openConnection(service.url)
    connection.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = 'x'.repeat(100_000)
    for (let sent = 0; sent < 11; sent += 1) {
      connection.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    }
    assert.equal((await connection.answer()).status, 413)
    connection.socket.destroy()
  })

  test('may nest as deep as it is long', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const depth = 500_000
    const arrays = `{"unitId":"${hospital.room}","stage":"live","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`
    assert.equal((await service.call('POST', path, { token, body: arrays })).status, 201)
    const unclosed = await service.call('POST', path, { token, body: '['.repeat(1_000_000) })
    assert.match(unclosed.body.message, /the text ends too early.*column 1000001/)
    const objects = '{"unitId":'.repeat(90_000)
    assert.equal((await service.call('POST', path, { token, body: objects })).status, 400)
    const closed = `${objects}1${'}'.repeat(90_000)}`
    assert.equal((await service.call('POST', path, { token, body: closed })).status, 400)
    const inItems = `{"items":[${'['.repeat(depth)}${']'.repeat(depth)}]}`
    assert.equal((await service.call('POST', `${path}/batch`, { token, body: inItems })).status, 400)
  })

  test('cannot reach the prototype of anything', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const poisoned = `{"__proto__":{"unitId":"${hospital.room}","stage":"live","polluted":1},"constructor":{"prototype":{"polluted":1}}}`
    assert.equal((await service.call('POST', path, { token, body: poisoned })).status, 400)
    const complete = poisoned.replace('{', `{"unitId":"${hospital.room}","stage":"live",`)
    assert.equal((await service.call('POST', path, { token, body: complete })).status, 201)
    assert.equal('polluted' in {}, false)
  })

  test('is not needed for GET and DELETE, even with a content type that promises one', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const headers = { 'content-type': 'application/json' }
    await service.call('POST', path, { token, body: request })
    const target = `${path}?unitId=${hospital.room}`
    assert.equal((await service.call('GET', target, { token, headers })).status, 200)
    assert.equal((await service.call('DELETE', target, { token, headers })).status, 204)
    await service.call('POST', path, { token, body: request })
    assert.equal((await service.call('DELETE', target, { token, headers, body: 'no JSON' })).status, 204)
  })

  test('that the client announces with Expect is asked for', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const text = JSON.stringify(request)
    for (const expectation of ['100-continue', 'a miracle']) {
      const connection = await openConnection(service.url)
      connection.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nExpect: ${expectation}\r\nContent-Length: ${text.length}\r\n\r\n`,
      )
      if (expectation === '100-continue') assert.equal((await connection.answer()).status, 100)
      connection.write(text)
      assert.equal((await connection.answer()).status, 201)
      connection.socket.destroy()
    }
  })
})
