/** The program as an operator runs it: a process of its own, with its output and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The program from its sources, unless whoever runs the tests names another one. */
export const programFile = process.env.SKILLKEEPER_TEST_PROGRAM ?? path.join(root, 'bin/skillkeeper.js')
const readyPattern = /^Skillkeeper is ready at (https?:\/\/\S+)(?: \(test controls.*\))?$/m

export interface Program {
  readonly process: ChildProcess
  /** Everything that was written so far. */
  stdout(): string
  stderr(): string
  /** The address, as soon as the ready line is there. Rejects if the process ends without it. */
  readonly url: Promise<string>
  /** The exit code, or the name of the signal that killed it; when all output is read. */
  readonly ended: Promise<number | string>
}

interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** An empty folder of its own without it. */
  readonly cwd?: string
  /** A command that runs the program, such as a shell with a limit; `$@` of it are Node and its arguments. */
  readonly under?: readonly string[]
  /** What comes in at standard input; it ends then, unless it is kept open. */
  readonly input?: string
  readonly keepsOpen?: boolean
}

/** Who starts something that must end with it: a test, or a script. */
export interface Owner {
  after(end: () => unknown): void
}

/**
 * Runs `skillkeeper` with the arguments; it is killed when the test ends. What belongs to whoever runs the tests is out of its
 * reach: without options it takes a free port, a data folder and profiles of its own.
 */
export function runProgram(t: Owner, args: readonly string[], options: ProgramOptions = {}): Program {
  const folder = options.cwd ?? ownFolder(t)
  const [command = '', ...rest] = [...(options.under ?? []), process.execPath, programFile, ...args]
  const child = spawn(command, rest, {
    cwd: folder,
    env: {
      ...withoutSettings(process.env),
      SKILLKEEPER_PORT: '0',
      SKILLKEEPER_PROFILES: path.join(folder, 'profiles.json'),
      ...options.env,
    },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  // A program that is killed does not read on.
  child.stdin?.on('error', () => {})
  if (options.keepsOpen) child.stdin?.write(options.input)
  else child.stdin?.end(options.input)
  let stdout = ''
  let stderr = ''
  let ready: (url: string) => void = () => {}
  let failed: (error: Error) => void = () => {}
  const url = new Promise<string>((resolve, reject) => {
    ready = resolve
    failed = reject
  })
  url.catch(() => {})
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const found = readyPattern.exec(stdout)?.[1]
    if (found) ready(found)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      failed(new Error(`The program ended with ${code ?? signal}:\n${stderr}`))
      resolve(code ?? signal ?? 'unknown')
    })
  })
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { process: child, stdout: () => stdout, stderr: () => stderr, url, ended }
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: TestContext): string {
  return ownFolder(t)
}

function ownFolder(t: Owner): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SKILLKEEPER_')))
}
