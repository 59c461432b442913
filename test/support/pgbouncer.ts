/** Debian's PgBouncer before a PostgreSQL of the tests, on a free port of loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { findProgram } from './find-program.ts'
import { freePort, unprivileged } from './postgres-server.ts'

export type PoolMode = 'session' | 'transaction'

export interface PgBouncer {
  /** Leads to the same database by way of the pooler. */
  urlOf(databaseUrl: string): string
}

export interface PgBouncerOptions {
  readonly mode: PoolMode
  /** Lines of its configuration, such as `ignore_startup_parameters = …`. */
  readonly settings?: readonly string[]
  /** Whom it lets in besides `postgres`, with the password `right` for the server. */
  readonly user?: string
  /** PEM files: it takes TLS then, and nothing else. */
  readonly tls?: { readonly certificate: string; readonly key: string }
}

/** Looks where Debian puts it, too, which is not on the path of everybody. */
const program = findProgram(['pgbouncer'], ['/usr/sbin', '/usr/local/sbin'])

/** Says so and skips the test where there is none. */
export function hasPgBouncer(t: TestContext): boolean {
  if (program !== undefined) return true
  t.skip('There is no pgbouncer: on Debian, apt-get install pgbouncer.')
  return false
}

export async function startPgBouncer(
  t: TestContext,
  databaseUrl: string,
  options: PgBouncerOptions,
): Promise<PgBouncer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-pgbouncer-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const write = (name: string, text: string) => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    if (unprivileged.uid !== undefined) chownSync(file, unprivileged.uid, unprivileged.uid)
    return file
  }
  const users = ['postgres', options.user ?? 'clerk'].map((name) => `"${name}" "right"`).join('\n')
  const encryption = options.tls
    ? [
        'client_tls_sslmode = require',
        `client_tls_cert_file = ${write('tls.pem', options.tls.certificate)}`,
        `client_tls_key_file = ${write('tls.key', options.tls.key)}`,
      ]
    : []
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${new URL(databaseUrl).port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${write('users.txt', users)}`,
    `pool_mode = ${options.mode}`,
    // So few that two transactions of one connection often meet two sessions of the server; or enough for all of a node.
    `default_pool_size = ${options.mode === 'session' ? 20 : 4}`,
    ...encryption,
    ...(options.settings ?? []),
  ]
  const child = spawn(program ?? 'pgbouncer', [write('pgbouncer.ini', settings.join('\n'))], {
    ...unprivileged,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  await untilUp(child, port)
  return { urlOf: (url) => url.replace(`:${new URL(url).port}`, `:${port}`) }
}

/** It tells on standard error when it listens. */
async function untilUp(child: ChildProcess, port: number): Promise<void> {
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr ?? process.stdin })) {
    said.push(line)
    if (line.includes('process up')) break
  }
  child.stderr?.resume()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect').catch((cause) => {
    throw new Error(`PgBouncer does not listen:\n${said.join('\n')}`, { cause })
  })
  socket.destroy()
}
