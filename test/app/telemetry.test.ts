import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openTelemetry } from '../../src/app/telemetry.ts'

describe('The log', () => {
  test('is one object of JSON a line, with level, time and message', () => {
    const [line] = linesOf('info', ({ log }) => log.info({ port: 1 }, 'It listens'))
    const { time, ...rest } = JSON.parse(line ?? '')
    assert.deepEqual(rest, { level: 'info', port: 1, msg: 'It listens' })
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  test('leaves out what is less severe than its level, the access log too', () => {
    const telemetry = openTelemetry('warn', { write: () => {} })
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

function linesOf(
  level: 'info' | 'warn' | 'silent',
  write: (telemetry: ReturnType<typeof openTelemetry>) => void,
): string[] {
  const lines: string[] = []
  write(openTelemetry(level, { write: (line) => lines.push(line) }))
  return lines
}
