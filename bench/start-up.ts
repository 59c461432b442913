/**
 * How long the installed package takes until it says that it is ready, on a data folder that it has used before, with
 * the demo catalog. Beside it Node itself and, where it is installed, json-server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Benchmark, Row } from './support/bench.ts'
import { cleanEnvironment, pinned } from './support/child.ts'
import { figure, interleave, ratios } from './support/rounds.ts'

const startTimeoutMs = 30_000
/** A start is short, so a round has several of them. */
const startsEachRound = 3
/** It cannot take a free one by itself. */
const jsonServerPort = '43219'

export const startUp: Benchmark = {
  name: 'start-up',
  async run(bench) {
    const { folder, program, jsonServer } = bench
    const command = [...program.command, 'serve', '--port', '0', '--data', path.join(folder, 'start-up')]
    const rounds = await interleave(bench.rounds, {
      node: () => medianStart(folder, ['-e', '0']),
      service: () => medianStart(folder, command, /^Skillkeeper is ready at/m),
      peer:
        jsonServer === undefined
          ? undefined
          : () => medianStart(folder, jsonServerCommand(folder, jsonServer), /started|http:/i),
    })
    const row: Row = {
      measured: 'ready after start, used data folder',
      unit: 'ms',
      ours: figure(rounds.service),
    }
    const beside = (name: string, floor: readonly number[]): Row => ({
      ...row,
      floor: { name, figure: figure(floor) },
      ratio: figure(ratios(rounds.service, floor)),
    })
    return [
      { ...row, goal: { atMost: 250 } },
      beside('node -e 0', rounds.node),
      ...(jsonServer ? [{ ...beside('json-server', rounds.peer), goal: { atMost: 0.55 } }] : []),
    ]
  },
}

function jsonServerCommand(folder: string, script: string): string[] {
  const file = path.join(folder, 'json-server.json')
  writeFileSync(file, JSON.stringify({ enablements: [{ id: '1', status: 'ENABLED' }] }))
  return [script, '--port', jsonServerPort, file]
}

/** The median time of a few starts until the line, or until the end where no line is waited for. */
async function medianStart(folder: string, command: readonly string[], line?: RegExp): Promise<number> {
  const timesMs: number[] = []
  for (let start = 0; start < startsEachRound; start++) timesMs.push(await startOnce(folder, command, line))
  return figure(timesMs).median
}

async function startOnce(
  folder: string,
  command: readonly string[],
  line: RegExp | undefined,
): Promise<number> {
  const [file, ...rest] = pinned('measured', [process.execPath, ...command])
  const startedAt = performance.now()
  const child = spawn(file, rest, {
    cwd: folder,
    // The compile cache lies in the folder for temporary files.
    env: { ...cleanEnvironment(), TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: startTimeoutMs,
  })
  const ended = once(child, 'exit')
  if (line !== undefined) await outputMatches(child.stdout, line)
  else await ended
  const readyAt = performance.now()
  child.kill('SIGTERM')
  await ended
  return readyAt - startedAt
}

async function outputMatches(output: Readable, line: RegExp): Promise<void> {
  let text = ''
  for await (const piece of output.setEncoding('utf8')) {
    text += piece
    if (line.test(text)) return
  }
  throw new Error(`It ended without the line ${line}: ${text}`)
}
