import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { createRecording, readRecording } from '../../src/conform/proxy/recording.ts'
import { hospital } from '../support/catalogs.ts'
import { enablements, ofUnit, replay, startRecorder } from '../support/conform.ts'
import { temporaryFolder } from '../support/program.ts'

const { nurseCall, room } = hospital
const head = { upstream: 'https://api.amazonalexa.com', at: '2026-01-01T00:00:00.000Z', allowsWrites: false }
const exchange = {
  at: '2026-01-01T12:00:00.000Z',
  request: { method: 'GET', path: '/v1/skills/enablements', headers: {} },
  response: { status: 400, headers: {} },
}

describe('The file of a recording', () => {
  test('is for its owner alone, and never replaces another file', (t) => {
    const file = path.join(temporaryFolder(t), 'run.jsonl')
    createRecording(file, head).close()
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.throws(() => createRecording(file, head), { code: 'EEXIST' })
  })

  test('has each call as soon as its client has the answer', async (t) => {
    const { send, file } = await startRecorder(t)
    for (let calls = 1; calls <= 3; calls++) {
      await send('GET', enablements(nurseCall) + ofUnit(room))
      assert.equal(readRecording(file).exchanges.length, calls)
    }
  })

  test('that was cut off anywhere in its last line is read without that line, which is reported', async (t) => {
    const { send, file, stop } = await startRecorder(t)
    for (let calls = 0; calls < 3; calls++) await send('GET', enablements(nurseCall) + ofUnit(room))
    await stop()
    const whole = readFileSync(file)
    const lastStart = whole.lastIndexOf('\n', whole.length - 2) + 1
    for (const length of [whole.length - 2, lastStart + 30, lastStart + 1]) {
      truncateSync(file, length)
      const { exchanges, tornLine } = readRecording(file)
      assert.deepEqual([exchanges.length, tornLine], [2, 4])
      writeFileSync(file, whole)
    }
    truncateSync(file, lastStart)
    assert.deepEqual([readRecording(file).exchanges.length, readRecording(file).tornLine], [2, undefined])
    // An editor removes the last line end, and some write others.
    writeFileSync(file, `\uFEFF${whole.toString().replaceAll('\n', '\r\n').trimEnd()}`)
    assert.deepEqual([readRecording(file).exchanges.length, readRecording(file).tornLine], [3, undefined])
    assert.equal((await replay(file)).totals.exchanges, 3)
  })

  test('is refused with the line and the reason if it is anything else', (t) => {
    const file = path.join(temporaryFolder(t), 'run.jsonl')
    createRecording(file, head).close()
    const start = readFileSync(file, 'utf8')
    const line = (change: object) => `${JSON.stringify({ ...exchange, ...change })}\n`
    const bad: [content: string, reason: RegExp][] = [
      ['', /line 1: .*not the first line of a recording/],
      ['{"format":"skillkeeper-con', /line 1: .*not the first line/],
      [line({}), /line 1: .*not the first line/],
      ['\0\0\0\0\n', /line 1: .*not the first line/],
      [start.replace('"version":1', '"version":2'), /line 1: The recording has the version 2/],
      [`${start}no JSON\n${line({})}`, /line 2: The line is not JSON/],
      [`${start}${line({})}[]\n${line({})}`, /line 3: The line is missing or invalid/],
      [start + line({ at: '2026-99-01T12:00:00.000Z' }), /line 2: at is no time/],
      [start + line({ response: { status: 9, headers: {} } }), /line 2: response/],
      [start + line({ response: undefined }), /line 2: The line has no response and no failure/],
      [
        start + line({ request: { ...exchange.request, path: 'http://127.0.0.1:9/' } }),
        /line 2: request.path/,
      ],
      [start + line({ request: { ...exchange.request, method: 'GET /' } }), /line 2: request.method/],
      [`${start}${'['.repeat(100_000)}\n`, /line 2: The line is not JSON, or nested too deeply/],
    ]
    for (const [content, reason] of bad) {
      writeFileSync(file, content)
      assert.throws(() => readRecording(file), { name: 'RecordingFault', message: reason })
    }
    assert.throws(() => readRecording(`${file}.none`), { code: 'ENOENT' })
    writeFileSync(file, start)
    appendFileSync(file, '\n\n')
    assert.deepEqual(readRecording(file).exchanges, [])
  })

  test('may have a call that cannot be sent: that is reported, and the others are compared', async (t) => {
    const file = path.join(temporaryFolder(t), 'run.jsonl')
    const recording = createRecording(file, head)
    const { request } = exchange
    recording.write({ ...exchange, request: { ...request, method: 'TRACE' } })
    recording.write({
      ...exchange,
      request: { ...request, headers: { accept: 'a\nb', authorization: 'Bearer x' } },
    })
    recording.write({ ...exchange, response: { status: 401, headers: {} } })
    recording.close()
    const { totals, notComparable } = await replay(file)
    assert.deepEqual([totals.exchanges, totals.notComparable], [3, 2])
    assert.ok(notComparable.every(({ reason }) => /The call cannot be sent/.test(reason)))
  })
})
