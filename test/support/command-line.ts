/** The command line against a real service: each command is a process of its own, in a folder of its own. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { hospital, secretOf } from './catalogs.ts'
import { catalogWithRooms } from './clients.ts'
import { type Program, runProgram, temporaryFolder } from './program.ts'
import { operatorToken, startService, type TestService } from './service.ts'

export interface CommandLine {
  readonly service: TestService
  readonly folder: string
  /** Writes a file into the folder and gives its name. */
  write(name: string, content: string | Uint8Array): string
  /** Starts the command. */
  start(args: readonly string[], options?: RunOptions): Program
  /** Runs the command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** So many columns of a terminal, which shows both outputs in one. */
  readonly terminal?: number
}

export interface Ended {
  readonly exitCode: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Of the administrator and the operator. */
export function callerVariables(url: string): Record<string, string> {
  return {
    SKILLKEEPER_ENDPOINT: url,
    SKILLKEEPER_CLIENT_ID: hospital.admin,
    SKILLKEEPER_CLIENT_SECRET: secretOf(hospital.admin),
    SKILLKEEPER_OPERATOR_TOKEN: operatorToken,
  }
}

/** A service with so many rooms, and commands that call it as the administrator of the hospital. */
export async function startCommandLine(t: TestContext, rooms = 0): Promise<CommandLine> {
  return commandLineOf(t, await startService(t, { catalog: catalogWithRooms(rooms), rateLimit: 0 }))
}

/** Commands that call the service as the administrator of the hospital. */
export function commandLineOf(t: TestContext, service: TestService): CommandLine {
  const folder = temporaryFolder(t)
  const start = (args: readonly string[], { input, env, terminal }: RunOptions = {}) =>
    runProgram(t, args, {
      cwd: folder,
      ...(terminal !== undefined && { under: underTerminal(terminal) }),
      ...(input !== undefined && { input }),
      env: {
        ...callerVariables(service.url),
        SKILLKEEPER_PROFILES: path.join(folder, 'profiles.json'),
        ...env,
      },
    })
  return {
    service,
    folder,
    start,
    write(name, content) {
      writeFileSync(path.join(folder, name), content)
      return name
    },
    async run(args, options) {
      const program = start(args, options)
      const exitCode = await program.ended
      return { exitCode, stdout: program.stdout(), stderr: program.stderr() }
    },
  }
}

/** Whether this machine has what a command needs to believe that it is at a terminal. */
export function hasTerminal(): boolean {
  return spawnSync('script', ['--version']).status === 0
}

function underTerminal(columns: number): string[] {
  const command = `stty cols ${columns}; exec $(printf "'%s' " "$@")`
  return ['sh', '-c', `script -qec "${command}" /dev/null`, 'sh']
}
