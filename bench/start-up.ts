/**
 * How long the installed package takes until it says that it is ready, on a data folder that it has used before, with
 * the demo catalog. Beside it Node itself and, where it is installed, json-server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Benchmark } from './support/bench.ts'
import { cleanEnvironment, pinned } from './support/child.ts'
import type { Program } from './support/program.ts'
import { figure, interleave } from './support/rounds.ts'
import { beside, besideBefore, row } from './support/rows.ts'

const startTimeoutMs = 30_000
/** A start is short, so a round has several of them. */
const startsEachRound = 3
/** It cannot take a free one by itself. */
const jsonServerPort = '43219'

export const startUp: Benchmark = {
  name: 'start-up',
  async run(bench) {
    const { folder, program, before, jsonServer } = bench
    const service = ({ command, name }: Program) => {
      const data = path.join(folder, `${name}-start-up`)
      return () =>
        medianStart(folder, [...command, 'serve', '--port', '0', '--data', data], /^Skillkeeper is ready at/m)
    }
    const rounds = await interleave<number, string>(bench.rounds, {
      node: () => medianStart(folder, ['-e', '0']),
      ours: service(program),
      before: before && service(before),
      peer:
        jsonServer === undefined
          ? undefined
          : () => medianStart(folder, jsonServerCommand(folder, jsonServer), /started|http:/i),
    })
    const [node, ours, old, peer] = ['node', 'ours', 'before', 'peer'].map((name) => rounds[name] ?? [])
    const measured = 'ready after start, used data folder'
    return [
      row(measured, 'ms', ours!, { atMost: 200 }),
      beside('node -e 0', node!, measured, 'ms', ours!),
      ...besideBefore(old!, measured, 'ms', ours!),
      ...(jsonServer ? [beside('json-server', peer!, measured, 'ms', ours!, { atMost: 0.66 })] : []),
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
