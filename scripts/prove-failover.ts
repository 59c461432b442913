// Builds three machines of PostgreSQL with Patroni, etcd and HAProxy, and two nodes of Skillkeeper in front of them. Harms
// the primary repeatedly while clients write, and reports what was lost. The exit code is 1 if anything was lost. All of it
// runs in its own namespaces: it takes no port, and leaves nothing behind in any case.
//
//   npm run prove:failover                       20 kills, the kinds in turn
//   npm run prove:failover -- 5                  5 kills
//   npm run prove:failover -- 5 --kind freeze    only this kind: crash, kill, freeze, hang or partition
//   npm run prove:failover -- --keep             keeps the folder with the logs, and prints its path
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { missingPackages } from '../test/support/failover/cluster.ts'
import { harms, isKind, type Kind } from '../test/support/failover/harm.ts'

const { values, positionals } = parseArgs({
  options: { kind: { type: 'string', multiple: true }, keep: { type: 'boolean' } },
  allowPositionals: true,
})
const kills = Number(positionals[0] ?? 20)
const problem = findProblem()
if (problem === undefined) process.exitCode = await run(chooseKinds())
else {
  console.error(problem)
  process.exitCode = 2
}

function findProblem(): string | undefined {
  const wrong = values.kind?.find((kind) => !isKind(kind))
  if (wrong !== undefined) return `There is no kind ${wrong}; there are ${Object.keys(harms).join(', ')}.`
  if (!Number.isInteger(kills) || kills < 1) return 'How many kills? A whole number from 1.'
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'Machines are cut off from each other by network namespaces of Linux: run it as root. PostgreSQL itself runs as nobody.'
  }
  const missing = missingPackages()
  if (missing.length === 0) return undefined
  return `Programs are missing. On Debian: RUNLEVEL=1 apt-get install --no-install-recommends ${missing.join(' ')}
(RUNLEVEL=1 keeps their services from being started, which are not needed.)`
}

function chooseKinds(): Kind[] {
  const chosen = (values.kind ?? Object.keys(harms)).filter(isKind)
  return Array.from({ length: kills }, (_, kill) => chosen[kill % chosen.length] ?? 'crash')
}

async function run(kinds: readonly Kind[]): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-failover-'))
  chmodSync(folder, 0o755)
  const program = fileURLToPath(new URL('./prove-failover-inside.ts', import.meta.url))
  // When the first process of a process namespace ends, all others end. It has to reap the orphans, as a shell does.
  const shell = ['bash', '-c', '"$0" "$@" & wait $!', process.execPath, program, folder, ...kinds]
  const namespaces = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...namespaces, ...shell], { stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill('SIGKILL'))
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } finally {
    if (values.keep) console.log(`The logs are in ${folder}.`)
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
