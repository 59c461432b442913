/** The program that is measured: packed and installed as a user has it, or as it stands in the repository. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from './child.ts'

export interface Program {
  /** Tells its folders from those of another program. */
  readonly name: string
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
  const command = [path.join(root, 'bin/skillkeeper.js')]
  return { name: 'source', command, nodeArguments, installedIn: undefined }
}

/** Packs the repository (which builds it) and installs the package, without a network. */
export function packProgram(folder: string, nodeArguments: readonly string[] = []): Program {
  const packed = path.join(folder, 'packed')
  mkdirSync(packed)
  npm(root, folder, 'pack', '--pack-destination', packed)
  const tarball = readdirSync(packed).find((name) => name.endsWith('.tgz')) ?? ''
  return installProgram(folder, 'installed', path.join(packed, tarball), nodeArguments)
}

/** Installs a packed release into a folder of its own, without a network. */
export function installProgram(
  folder: string,
  name: string,
  tarball: string,
  nodeArguments: readonly string[] = [],
): Program {
  const installedIn = path.join(folder, name)
  mkdirSync(installedIn)
  writeFileSync(path.join(installedIn, 'package.json'), JSON.stringify({ private: true }))
  npm(installedIn, folder, 'install', '--offline', path.resolve(tarball))
  const command = [path.join(installedIn, 'node_modules/skillkeeper/bin/skillkeeper.js')]
  return { name, command, nodeArguments, installedIn }
}

function npm(cwd: string, folder: string, ...args: string[]): void {
  execFileSync('npm', args, {
    cwd,
    env: { ...cleanEnvironment(), npm_config_cache: path.join(folder, '.npm') },
    timeout: timeoutMs,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** Where a program listens, by the line with which it says so. */
export function readyUrl(line: string): string {
  const url = /http:\/\/\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`It did not say where it listens: ${line}`)
  return url
}
