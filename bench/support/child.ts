/** Starts the measured processes, each pinned to a core, and asks them what they have used. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Usage {
  /** Processor time of all threads since the process began. */
  readonly cpuMicroseconds: number
  readonly residentBytes: number
}

export interface ChildOptions {
  /** Script and arguments; those of Node itself go into `nodeArguments`. */
  readonly command: readonly string[]
  readonly nodeArguments?: readonly string[]
  readonly core: Core
  /** File that takes standard error. */
  readonly log: string
  readonly folder?: string
  /** Beside what is kept of ours, see `cleanEnvironment`. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Child {
  /** The first line on standard output: the process is ready. */
  readonly readyLine: string
  readonly process: ChildProcess
  usage(): Promise<Usage>
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>
}

/** What is measured runs on one core, what makes the load on the other. */
export type Core = 'measured' | 'load'

/** A start with a catalog of many units may take a minute. */
const startTimeoutMs = 300_000
const meter = fileURLToPath(new URL('./meter.js', import.meta.url))

/** Whether processes can be kept on one core each here. */
export const isPinned = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** The command that runs `command` on the core, where the machine can do that. */
export function pinned(core: Core, command: readonly string[]): [file: string, ...rest: string[]] {
  const pinning = isPinned ? ['taskset', '-c', core === 'measured' ? '0' : '1'] : []
  const [file = '', ...rest] = [...pinning, ...command]
  return [file, ...rest]
}

/** Starts Node with the script and waits for its first line. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { nodeArguments = [], command, core, log, folder, environment } = options
  const metering = core === 'measured' ? ['--import', meter] : []
  const [file, ...rest] = pinned(core, [process.execPath, ...metering, ...nodeArguments, ...command])
  const errors = openSync(log, 'a')
  const child = spawn(file, rest, {
    cwd: folder,
    env: { ...cleanEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', errors, 'ipc'],
  })
  closeSync(errors)
  const ended = once(child, 'exit')
  const readyLine = await firstLine(child, ended)
  if (readyLine === undefined) {
    child.kill('SIGKILL')
    throw new Error(`${command.join(' ')} was not ready in time; see ${log}`)
  }
  return {
    readyLine,
    process: child,
    usage: () => ask(child),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The environment without settings of a service, and without what npm put in. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(SKILLKEEPER_|npm_|NODE_)/i.test(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

async function firstLine(child: ChildProcess, ended: Promise<unknown>): Promise<string | undefined> {
  if (!child.stdout) return undefined
  const lines = createInterface(child.stdout)
  const line: Promise<unknown[]> = once(lines, 'line', { signal: AbortSignal.timeout(startTimeoutMs) })
  const [text] = await Promise.race([line.catch(() => []), ended.then((): unknown[] => [])])
  return typeof text === 'string' ? text : undefined
}

async function ask(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })
  child.send('usage')
  const [usage] = (await answer) as [Usage]
  return usage
}
