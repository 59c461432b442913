/**
 * Kills the service in the middle of writes, again and again on one data folder, and looks at each start what is left.
 * Knows the program and its HTTP alone. Each writer has units of its own and one write under way at a time, so that
 * what must be there is known; the writers write at the same time.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type Owner, type Program, runProgram } from './program.ts'

export interface CrashReport {
  kills: number
  /** Writes that were answered with success. */
  acknowledged: number
  /** Writes under way when the process was killed: they may stand, but never by half. */
  unanswered: number
  unansweredThatStand: number
  /** What was acknowledged and is not there, or is there and was never asked for. */
  readonly lost: string[]
  readonly halfBatches: string[]
  /** Records that a start found `ENABLING`, and those that did not become `ENABLED` within ten seconds. */
  foundEnabling: number
  readonly neverEnabled: string[]
  /** From the start of the process to its ready line, for each start, in milliseconds. */
  readonly readyMs: number[]
}

const writersCount = 6
const unitsEach = 25
const skillId = 'amzn1.ask.skill.crash'
const clientId = 'amzn1.application-oa2-client.crash'
const operatorToken = 'operator-token-of-the-crash-rounds'
const enabledWithinMs = 10_000
/** Turns of the event loop between a writer's signal and the kill: some milliseconds, so that it hits every moment of a write. */
const turnsMax = 300

type State = 'development' | 'live' | undefined

interface Write {
  readonly kind: 'enable' | 'disable' | 'batch_enable' | 'refused batch'
  readonly units: readonly string[]
  readonly state: State
}

interface Writer {
  readonly units: readonly string[]
  readonly known: Map<string, State>
  underWay: Write | undefined
  /** The last write that was acknowledged, which the operations log must know. */
  last: { readonly write: Write; readonly requestId: string } | undefined
}

/** A running service, until it is killed. */
interface Life {
  readonly program: Program
  readonly url: string
  readonly token: string
  isKilled: boolean
}

/** `folder`: an empty one, in which the data folder and the catalog are made. */
export async function crashRounds(
  t: Owner,
  folder: string,
  kills: number,
  tell: (report: CrashReport) => void = () => {},
): Promise<CrashReport> {
  const report: CrashReport = {
    kills: 0,
    acknowledged: 0,
    unanswered: 0,
    unansweredThatStand: 0,
    lost: [],
    halfBatches: [],
    foundEnabling: 0,
    neverEnabled: [],
    readyMs: [],
  }
  const writers = newWriters()
  writeFileSync(path.join(folder, 'catalog.json'), JSON.stringify(catalogOf(writers)))
  let life = await start(t, folder, report)
  while (report.kills < kills) {
    await writeUntilKilled(life, writers, report)
    report.kills += 1
    life = await start(t, folder, report)
    for (const writer of writers) await requireWhatIsKnown(life, writer, report)
    await requireEnabled(life, writers, report)
    tell(report)
  }
  life.program.process.kill('SIGKILL')
  await life.program.ended
  return report
}

async function start(t: Owner, folder: string, report: CrashReport): Promise<Life> {
  const args = ['serve', '--port', '0', '--data', path.join(folder, 'data'), '--log-level', 'warn']
  args.push('--catalog', path.join(folder, 'catalog.json'), '--rate-limit', '0', '--activation-delay', '1200')
  const startedAt = performance.now()
  const program = runProgram(t, args, { env: { SKILLKEEPER_OPERATOR_TOKEN: operatorToken } })
  const url = await program.url
  report.readyMs.push(performance.now() - startedAt)
  const answer = await fetch(`${url}/auth/o2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: 'crash-secret',
      scope: 'alexa::enterprise:management',
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return { program, url, token, isKilled: false }
}

/** All writers write until so many writes are acknowledged, or sent; then the process is killed. */
async function writeUntilKilled(life: Life, writers: readonly Writer[], report: CrashReport): Promise<void> {
  const moment = Math.random() < 0.5 ? 'sent' : 'acknowledged'
  let left = 20 + random(200)
  const passed = (what: typeof moment) => {
    if (what !== moment || --left !== 0) return
    void killSoon(life)
  }
  await Promise.all(writers.map((writer) => writeOn(life, writer, passed, report)))
  await life.program.ended
}

async function killSoon(life: Life): Promise<void> {
  for (let turns = random(turnsMax); turns > 0; turns--) await turn()
  life.isKilled = true
  life.program.process.kill('SIGKILL')
}

async function writeOn(
  life: Life,
  writer: Writer,
  passed: (what: 'sent' | 'acknowledged') => void,
  report: CrashReport,
): Promise<void> {
  for (;;) {
    const write = chooseWrite(writer)
    writer.underWay = write
    let answer: Response
    try {
      const answered = send(life, write)
      passed('sent')
      answer = await answered
    } catch (error) {
      if (life.isKilled) return
      throw error
    }
    if (answer.status !== expectedStatus[write.kind]) {
      throw new Error(`${write.kind}: ${answer.status} ${await answer.text()}\n${life.program.stderr()}`)
    }
    if (write.kind !== 'refused batch') {
      for (const unit of write.units) writer.known.set(unit, write.state)
      writer.last = { write, requestId: answer.headers.get('x-amzn-requestid') ?? '' }
      report.acknowledged += 1
    }
    writer.underWay = undefined
    passed('acknowledged')
    await answer.arrayBuffer().catch(() => {})
  }
}

const expectedStatus = { enable: 201, disable: 204, batch_enable: 202, 'refused batch': 400 } as const

function chooseWrite(writer: Writer): Write {
  const state = Math.random() < 0.5 ? 'live' : 'development'
  const dice = Math.random()
  if (dice < 0.25) return { kind: 'batch_enable', units: writer.units, state }
  if (dice < 0.3) return { kind: 'refused batch', units: writer.units, state }
  const unit = writer.units[random(unitsEach)] ?? ''
  const isEnabled = writer.known.get(unit) !== undefined
  if (dice < 0.6 && isEnabled) return { kind: 'disable', units: [unit], state: undefined }
  return { kind: 'enable', units: [unit], state }
}

function send(life: Life, { kind, units, state }: Write): Promise<Response> {
  const base = `${life.url}/v1/skills/${skillId}/enablements`
  const headers = { authorization: `Bearer ${life.token}` }
  const post = (url: string, body: unknown) =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  switch (kind) {
    case 'enable':
      return post(base, { unitId: units[0], stage: state, partitionName: 'Room101' })
    case 'disable':
      return fetch(`${base}?unitId=${units[0]}`, { method: 'DELETE', headers })
    case 'batch_enable':
    case 'refused batch': {
      const items = units.map((unitId, itemId) => ({ itemId, unitId, stage: state }))
      if (kind === 'refused batch') items.push({ itemId: 99, unitId: unitIdOf('unknown'), stage: state })
      return post(`${base}/batch`, { items })
    }
  }
}

/** Compares what is there with what was acknowledged, and takes it as known from then on. */
async function requireWhatIsKnown(life: Life, writer: Writer, report: CrashReport): Promise<void> {
  const { known, underWay } = writer
  const changed = new Set(underWay?.kind === 'refused batch' ? [] : underWay?.units)
  const found = new Map<string, State>()
  for (const unit of writer.units) {
    const record = await findRecord(life, unit)
    if (record?.status === 'ENABLING') report.foundEnabling += 1
    found.set(unit, record?.skill.stage)
    const allowed = [known.get(unit), ...(changed.has(unit) ? [underWay?.state] : [])]
    if (!allowed.includes(record?.skill.stage)) {
      report.lost.push(`${unit}: ${record?.skill.stage}, but acknowledged was ${known.get(unit)}`)
    }
  }
  if (underWay !== undefined) {
    report.unanswered += 1
    const moved = [...changed].filter((unit) => known.get(unit) !== underWay.state)
    const done = moved.filter((unit) => found.get(unit) === underWay.state)
    if (done.length > 0) report.unansweredThatStand += 1
    if (done.length > 0 && done.length < moved.length) {
      report.halfBatches.push(`${done.length} of ${moved.length} units of a batch became ${underWay.state}`)
    }
  }
  await requireLogged(life, writer, report)
  for (const [unit, state] of found) known.set(unit, state)
  writer.underWay = undefined
}

async function requireLogged(life: Life, { last }: Writer, report: CrashReport): Promise<void> {
  if (last === undefined) return
  const query = new URLSearchParams({ requestId: last.requestId, operation: last.write.kind })
  const answer = await fetch(`${life.url}/_skillkeeper/operations?${query}`, {
    headers: { authorization: `Bearer ${operatorToken}` },
  })
  const { items } = (await answer.json()) as { items: unknown[] }
  if (items.length === last.write.units.length) return
  report.lost.push(`${items.length} of ${last.write.units.length} log entries of ${last.write.kind}`)
}

async function requireEnabled(life: Life, writers: readonly Writer[], report: CrashReport): Promise<void> {
  const giveUpAt = performance.now() + enabledWithinMs
  for (const unit of writers.flatMap((writer) => writer.units)) {
    let record = await findRecord(life, unit)
    while (record?.status === 'ENABLING' && performance.now() < giveUpAt) {
      record = await findRecord(life, unit)
    }
    if (record?.status === 'ENABLING') report.neverEnabled.push(unit)
  }
}

interface FoundRecord {
  readonly status: 'ENABLING' | 'ENABLED'
  readonly skill: { readonly stage: 'development' | 'live' }
}

async function findRecord(life: Life, unit: string): Promise<FoundRecord | undefined> {
  const answer = await fetch(`${life.url}/v1/skills/${skillId}/enablements?unitId=${unit}`, {
    headers: { authorization: `Bearer ${life.token}` },
  })
  const body = await answer.text()
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`get: ${answer.status} ${body}`)
  return JSON.parse(body)
}

function newWriters(): Writer[] {
  return Array.from({ length: writersCount }, (_, writer) => ({
    units: Array.from({ length: unitsEach }, (_, unit) => unitIdOf(`W${writer}-${unit}`)),
    known: new Map(),
    underWay: undefined,
    last: undefined,
  }))
}

function catalogOf(writers: readonly Writer[]) {
  const units = writers.flatMap((writer) => writer.units.map((id) => ({ id, name: id })))
  const role = { unitId: unitIdOf('ORG'), role: 'A4P.UnitAdmin' }
  return {
    organizations: [{ id: unitIdOf('ORG'), name: 'Hospital', solution: 'healthcare', country: 'US', units }],
    skills: [{ id: skillId, name: 'Nurse Call', stages: ['development', 'live'] }],
    clients: [{ id: clientId, secret: 'crash-secret', roles: [role] }],
  }
}

function unitIdOf(name: string): string {
  return `amzn1.alexa.unit.did.${name}`
}

/** A whole number below the limit. */
function random(limit: number): number {
  return Math.floor(Math.random() * limit)
}
