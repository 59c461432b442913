import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { prettyLine } from '../../src/app/log/pretty-log.ts'
import { openTelemetry } from '../../src/app/log/telemetry.ts'

const run = promisify(execFile)

describe('The log', () => {
  test('is one object of JSON a line, with level, time and message', () => {
    const [line] = linesOf('info', ({ log }) => log.info({ port: 1 }, 'It listens'))
    const { time, ...rest } = JSON.parse(line ?? '')
    assert.deepEqual(rest, { level: 'info', port: 1, msg: 'It listens' })
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  test('leaves out what is less severe than its level, the access log too', () => {
    const telemetry = openTelemetry({ logLevel: 'warn', logFormat: 'auto' }, { write: () => {} })
    assert.equal(telemetry.writeLine, undefined)
    assert.equal(linesOf('warn', ({ log }) => log.info({}, 'quiet')).length, 0)
    assert.equal(linesOf('silent', ({ log }) => log.error({}, 'quiet')).length, 0)
  })

  test('shows no secret: neither a field of that name nor a token in a text', () => {
    const error = new Error('The token Atza|s1.abc.def was refused')
    const [line = ''] = linesOf('info', ({ log }) =>
      log.error(
        { err: error, body: { clientSecret: 'hush' }, authCode: 'hush', refreshToken: 'hush' },
        'Atzr|hush',
      ),
    )
    assert.doesNotMatch(line, /hush|s1\.abc/)
    assert.match(line, /Atza\|…/)
    assert.equal(JSON.parse(line).level, 'error')
  })
})

describe('The log at a terminal', () => {
  const time = '2025-07-12T14:03:07.123Z'
  const at = new Date(time).toTimeString().slice(0, 8)
  const shown = (fields: object) => prettyLine(JSON.stringify({ level: 'info', time, ...fields }), false)

  test('has a short line for each event, and says nothing twice', () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ msg: 'The catalog is loaded', units: 3, skills: 2 }, 'The catalog is loaded (units 3, skills 2)'],
      [{ msg: 'It is in the-file', file: 'the-file' }, 'It is in the-file'],
      [{ level: 'warn', msg: 'Beware' }, 'warning: Beware'],
      [
        { level: 'error', msg: 'It failed', err: { stack: 'Error: no\n    at x' } },
        'error: It failed\n  Error: no\n      at x',
      ],
      [{ msg: 'Process 7 runs', pid: 7, url: 'http://127.0.0.1:1' }, 'Process 7 runs'],
      [
        {
          msg: 'request',
          status: 200,
          operation: 'get',
          skillId: 'amzn1.ask.skill.a-1',
          unitId: 'amzn1.alexa.unit.did.R1',
          clientId: 'x.demo',
          durationMs: 1.6,
        },
        '200 get …a-1 …R1 by …demo, 2 ms',
      ],
      [
        {
          msg: 'request',
          status: 404,
          operation: 'get',
          durationMs: 1,
          error: 'NOT_FOUND',
          detail: 'None.',
          requestId: 'r1',
        },
        '404 get, 1 ms\n  NOT_FOUND: None.\n  Request ID: r1',
      ],
      [{ msg: 'request', operation: 'list', durationMs: 0.1 }, 'gone list, 0 ms'],
    ]
    for (const [fields, text] of cases) assert.equal(shown(fields), `${at} ${text}\n`)
  })

  test('lets nothing through that a caller wrote to move the cursor or to hide text', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, text, (detail, operation, other) => {
        const line = shown({
          msg: 'request',
          status: 400,
          operation,
          durationMs: 1,
          error: 'E',
          detail,
          requestId: other,
        })
        const event = shown({ msg: other, field: detail, [operation]: other, level: 'warn' })
        // Line feeds are those of the log itself.
        assert.doesNotMatch(`${line}${event}`.replaceAll('\n', ''), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })

  test('is chosen by the terminal, unless a format is named', () => {
    for (const [logFormat, isTerminal, isPretty] of [
      ['auto', true, true],
      ['auto', false, false],
      ['auto', undefined, false],
      ['json', true, false],
      ['pretty', false, true],
    ] as const) {
      const lines: string[] = []
      const { log, writeLine } = openTelemetry(
        { logLevel: 'info', logFormat },
        { write: (line) => void lines.push(line), ...(isTerminal !== undefined && { isTerminal }) },
      )
      log.info({}, 'It runs')
      writeLine?.(
        `${JSON.stringify({ level: 'info', time, msg: 'request', operation: 'get', durationMs: 1 })}\n`,
      )
      assert.deepEqual(
        lines.map((line) => !line.startsWith('{')),
        [isPretty, isPretty],
      )
    }
  })

  test('is silent for a service inside a program, unless it asks', async () => {
    for (const [asked, isTold] of [
      ['{}', false],
      ['{ logLevel: undefined }', false],
      ["{ logLevel: 'warn' }", false],
      ["{ logLevel: 'info' }", true],
      ["{ logFormat: 'pretty' }", true],
      ["{ log: { write: (line) => process.stderr.write('mine') } }", true],
    ] as const) {
      const program = `
        import { startSkillkeeper } from ${JSON.stringify(new URL('../../src/app/index.ts', import.meta.url).href)}
        const service = await startSkillkeeper({ port: 0, data: ':memory:', ...${asked} })
        await service.stop()`
      const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program])
      assert.deepEqual([stdout, stderr !== ''], ['', isTold], asked)
    }
  })
})

function linesOf(
  level: 'info' | 'warn' | 'silent',
  write: (telemetry: ReturnType<typeof openTelemetry>) => void,
): string[] {
  const lines: string[] = []
  write(openTelemetry({ logLevel: level, logFormat: 'auto' }, { write: (line) => lines.push(line) }))
  return lines
}
