/**
 * Three machines in one: network namespaces with a bridge between them, to which this process belongs too. Expects to
 * be in namespaces of its own (scripts/prove-failover.ts), so that all of it goes when that program ends, however it ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'

const nobody = 65_534
const subnet = '10.99.0'

export interface Machine {
  readonly name: string
  readonly address: string
  /** What its programs keep and log. */
  readonly folder: string
}

export function buildMachines(folder: string, names: readonly string[]): Machine[] {
  // Where `ip netns` keeps its names; a mount of our own, so that none of them stays.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
  ip('link', 'set', 'lo', 'up')
  ip('link', 'add', 'hub', 'type', 'bridge')
  ip('addr', 'add', `${subnet}.1/24`, 'dev', 'hub')
  ip('link', 'set', 'hub', 'up')
  return names.map((name, index) => {
    const address = `${subnet}.${11 + index}`
    ip('netns', 'add', name)
    ip('link', 'add', portOf(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('link', 'set', portOf(name), 'master', 'hub', 'up')
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
    ip('-n', name, 'link', 'set', 'lo', 'up')
    return { name, address, folder: folderFor(path.join(folder, name)) }
  })
}

/** A folder that belongs to the user who runs the programs: PostgreSQL refuses to be root. */
export function folderFor(folder: string): string {
  mkdirSync(folder, { mode: 0o700 })
  chownSync(folder, nobody, nobody)
  return folder
}

/** Runs a program as nobody; on a machine, or beside them. What it writes stands in a log in its folder. */
export function runAsNobody(
  where: { readonly name?: string; readonly folder: string },
  command: string,
  args: readonly string[],
): ChildProcess {
  const log = openSync(path.join(where.folder, `${path.basename(command)}.log`), 'a')
  const inside = where.name === undefined ? [] : ['ip', 'netns', 'exec', where.name]
  const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  const [first = '', ...rest] = [...inside, ...asNobody, command, ...args]
  const env = { PATH: process.env.PATH, HOME: where.folder, LANG: 'C.UTF-8' }
  return spawn(first, rest, { stdio: ['ignore', log, log], env, cwd: where.folder })
}

/** Sends the signal to all processes of the machine that have one of the names. */
export function signal(machine: Machine, name: NodeJS.Signals, programs: readonly string[]): void {
  for (const pid of ip('netns', 'pids', machine.name).split('\n').filter(Boolean).map(Number)) {
    try {
      const program = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
      if (programs.includes(program)) process.kill(pid, name)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Lets no packet through any more, without a word to anybody: connections stay half open. */
export function cutOff(machine: Machine): void {
  execFileSync('bridge', ['link', 'set', 'dev', portOf(machine.name), 'state', '0'])
}

export function connect(machine: Machine): void {
  execFileSync('bridge', ['link', 'set', 'dev', portOf(machine.name), 'state', '3'])
}

function portOf(name: string): string {
  return `to-${name}`
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' })
}
