import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createLineWriter } from '../../src/app/log/line-writer.ts'
import { temporaryFolder } from '../support/program.ts'

const program = fileURLToPath(new URL('../support/log-program.ts', import.meta.url))

describe('The writer of log lines', () => {
  test('writes the lines in their order, at once when it is told to flush', (t) => {
    const file = path.join(temporaryFolder(t), 'log')
    const descriptor = openSync(file, 'w')
    const writer = createLineWriter(descriptor)
    const lines = Array.from({ length: 100 }, (_, index) => `${index} é\n`)
    for (const line of lines) writer.write(line)
    writer.flush()
    closeSync(descriptor)
    assert.equal(readFileSync(file, 'utf8'), lines.join(''))
  })

  test('goes on when nobody reads, and tells how many lines it had to drop', async (t) => {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => child.kill('SIGKILL'))
    const ended = once(child, 'close')
    // Nobody reads the log yet, and still the program gets to its end.
    const [written] = await once(child.stdout, 'data')
    assert.equal(String(written), 'written\n')
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    const [code] = await ended
    assert.equal(code, 0)
    assert.match(log, /^x{99999}\n/)
    const dropped = Number(/"msg":"(\d+) log lines were dropped: the reader is too slow\."/.exec(log)?.[1])
    assert.equal(dropped + (log.match(/x{99999}\n/g)?.length ?? 0), 60)
  })

  test('gives up on a reader that has gone', () => {
    const writer = createLineWriter(1_000_000)
    writer.write('a line\n')
    writer.flush()
    writer.write('another\n')
    writer.flush()
  })
})
