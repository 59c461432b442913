/**
 * PostgreSQL on three machines, as docs/operating.md recommends it: Patroni with etcd decides who is primary, a write
 * is on two machines before it is acknowledged, and HAProxy leads to the primary. Knows nothing of who uses it.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { folderFor, type Machine, runAsNobody } from './machines.ts'

const programs = { patroni: 'patroni', 'etcd-server': 'etcd', haproxy: 'haproxy', iproute2: 'bridge' }
const postgresFolder = '/usr/lib/postgresql'
const proxyPort = 5000
const askTimeoutMs = 2000

export interface Cluster {
  readonly machines: readonly Machine[]
  /** Leads to whoever is primary. */
  readonly databaseUrl: string
  /** The primary, as the machines see it that answer; undefined while there is none. */
  findPrimary(): Promise<Machine | undefined>
  /** One primary, two standbys that follow it on its timeline, one of them synchronous. */
  isWhole(): Promise<boolean>
  startPatroni(machine: Machine): void
}

/** The Debian packages that are missing here. */
export function missingPackages(): string[] {
  const missing = Object.entries(programs).filter(([, program]) => !isThere(program))
  return [...missing.map(([name]) => name), ...(postgresBin() === undefined ? ['postgresql'] : [])]
}

export async function startCluster(folder: string, machines: readonly Machine[]): Promise<Cluster> {
  for (const machine of machines) startEtcd(machine, machines)
  for (const machine of machines) {
    const configuration = patroniConfiguration(machine, machines)
    writeFileSync(path.join(machine.folder, 'patroni.json'), JSON.stringify(configuration, null, 2))
  }
  const proxy = { folder: folderFor(path.join(folder, 'haproxy')) }
  writeFileSync(path.join(proxy.folder, 'haproxy.cfg'), proxyConfiguration(machines))
  runAsNobody(proxy, 'haproxy', ['-db', '-f', 'haproxy.cfg'])
  const cluster: Cluster = {
    machines,
    databaseUrl: `postgres://postgres@127.0.0.1:${proxyPort}/postgres`,
    findPrimary: () => findPrimary(machines),
    isWhole: () => isWhole(machines),
    startPatroni: (machine) => runAsNobody(machine, 'patroni', ['patroni.json']),
  }
  for (const machine of machines) cluster.startPatroni(machine)
  return cluster
}

/** Asks every fifth of a second. Rejects after the time. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`${what}: not within ${timeoutMs / 1000} s.`)
    await pause(200)
  }
}

function startEtcd(machine: Machine, machines: readonly Machine[]): void {
  const peers = machines.map(({ name, address }) => `${name}=http://${address}:2380`).join(',')
  const options = {
    name: machine.name,
    'data-dir': 'etcd',
    'listen-peer-urls': `http://${machine.address}:2380`,
    'initial-advertise-peer-urls': `http://${machine.address}:2380`,
    'listen-client-urls': `http://${machine.address}:2379`,
    'advertise-client-urls': `http://${machine.address}:2379`,
    'initial-cluster': peers,
    'heartbeat-interval': 200,
    'election-timeout': 2000,
    ...(stealsLocks() && { 'enable-v2': true }),
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  runAsNobody(machine, 'etcd', args)
}

function patroniConfiguration(machine: Machine, machines: readonly Machine[]) {
  const { name, address, folder } = machine
  return {
    scope: 'skillkeeper',
    name,
    restapi: { listen: `${address}:8008`, connect_address: `${address}:8008` },
    [stealsLocks() ? 'etcd' : 'etcd3']: { hosts: machines.map((one) => `${one.address}:2379`) },
    bootstrap: { dcs: clusterSettings, initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'] },
    postgresql: {
      listen: `${address}:5432`,
      connect_address: `${address}:5432`,
      data_dir: path.join(folder, 'data'),
      bin_dir: postgresBin(),
      pgpass: path.join(folder, 'pgpass'),
      authentication: { superuser: { username: 'postgres' }, replication: { username: 'replicator' } },
      parameters: { unix_socket_directories: '' },
      pg_hba: ['host all all samenet trust', 'host replication all samenet trust'],
      // A former primary whose history has parted from that of the new one is rewound, or else copied anew.
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
    },
  }
}

/** What docs/operating.md recommends; times are in seconds unless PostgreSQL's own unit stands behind them. */
const clusterSettings = {
  ttl: 20,
  loop_wait: 2,
  retry_timeout: 5,
  primary_start_timeout: 10,
  synchronous_mode: true,
  synchronous_mode_strict: true,
  postgresql: {
    use_pg_rewind: true,
    use_slots: true,
    parameters: {
      max_connections: 100,
      wal_keep_size: '256MB',
      wal_sender_timeout: '5s',
      wal_receiver_timeout: '5s',
      tcp_keepalives_idle: 5,
      tcp_keepalives_interval: 2,
      tcp_keepalives_count: 3,
      tcp_user_timeout: '10s',
    },
  },
}

function proxyConfiguration(machines: readonly Machine[]): string {
  const servers = machines.map(({ name, address }) => `  server ${name} ${address}:5432 check port 8008`)
  return `global
  maxconn 500

defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s

listen primary
  bind 127.0.0.1:${proxyPort}
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`
}

interface MemberState {
  readonly name: string
  readonly role: string
  readonly state: string
  readonly timeline?: number
}

async function findPrimary(machines: readonly Machine[]): Promise<Machine | undefined> {
  const claims = await Promise.all(
    machines.map(async (machine) => (await ask(machine, 'primary'))?.ok === true),
  )
  const primaries = machines.filter((_, index) => claims[index])
  return primaries.length === 1 ? primaries[0] : undefined
}

async function isWhole(machines: readonly Machine[]): Promise<boolean> {
  const primary = await findPrimary(machines)
  if (primary === undefined) return false
  const standbys = machines.filter((machine) => machine !== primary)
  const follow = await Promise.all(standbys.map((machine) => ask(machine, 'replica?lag=1MB')))
  if (!follow.every((answer) => answer?.ok)) return false
  const answer = await ask(primary, 'cluster')
  if (!answer?.ok) return false
  const { members } = (await answer.json()) as { members: MemberState[] }
  return (
    members.length === machines.length &&
    members.every(({ state }) => ['running', 'streaming'].includes(state)) &&
    members.some(({ role }) => role === 'sync_standby') &&
    new Set(members.map(({ timeline }) => timeline)).size === 1
  )
}

/** Asks Patroni on the machine; undefined if it does not answer in time. */
async function ask(machine: Machine, what: string): Promise<Response | undefined> {
  try {
    return await fetch(`http://${machine.address}:8008/${what}`, {
      signal: AbortSignal.timeout(askTimeoutMs),
    })
  } catch {
    return undefined
  }
}

/**
 * Before 3.0.3 a Patroni that had been held up took the lock of the primary back from whoever held it meanwhile, when it
 * spoke the third protocol of etcd: what the other one had acknowledged was lost. By the second one it compares first.
 */
function stealsLocks(): boolean {
  const version = execFileSync('patroni', ['--version'], { encoding: 'utf8' }).match(/\d+/g) ?? []
  const [major = 0, minor = 0, patch = 0] = version.map(Number)
  return major < 3 || (major === 3 && minor === 0 && patch < 3)
}

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Debian keeps the programs of each version apart; the newest is taken. */
function postgresBin(): string | undefined {
  try {
    const [newest] = readdirSync(postgresFolder).sort((a, b) => Number(b) - Number(a))
    return newest === undefined ? undefined : path.join(postgresFolder, newest, 'bin')
  } catch {
    return undefined
  }
}
