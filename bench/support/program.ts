/** The program that is measured: packed and installed as a user has it, or as it stands in the repository. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from './child.ts'

export interface Program {
  /** The script, behind `node`. */
  readonly command: readonly string[]
  readonly nodeArguments: readonly string[]
  /** Where the package is installed; `undefined` for the repository itself. */
  readonly installedIn: string | undefined
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const timeoutMs = 300_000

/** `nodeArguments` go to each service that is started, such as those of a profiler. */
export function sourceProgram(nodeArguments: readonly string[] = []): Program {
  return { command: [path.join(root, 'bin/skillkeeper.js')], nodeArguments, installedIn: undefined }
}

/** Packs the repository (which builds it) and installs the package into a folder of its own, without a network. */
export function installProgram(folder: string, nodeArguments: readonly string[] = []): Program {
  const installedIn = path.join(folder, 'installed')
  mkdirSync(installedIn)
  const environment = { ...cleanEnvironment(), npm_config_cache: path.join(folder, '.npm') }
  const npm = (cwd: string, ...args: string[]) =>
    execFileSync('npm', args, {
      cwd,
      env: environment,
      timeout: timeoutMs,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  npm(root, 'pack', '--pack-destination', installedIn)
  const tarball = readdirSync(installedIn).find((name) => name.endsWith('.tgz')) ?? ''
  writeFileSync(path.join(installedIn, 'package.json'), JSON.stringify({ private: true }))
  npm(installedIn, 'install', '--offline', `./${tarball}`)
  const command = [path.join(installedIn, 'node_modules/skillkeeper/bin/skillkeeper.js')]
  return { command, nodeArguments, installedIn }
}

/** Where a program listens, by the line with which it says so. */
export function readyUrl(line: string): string {
  const url = /http:\/\/\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`It did not say where it listens: ${line}`)
  return url
}
