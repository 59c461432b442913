/**
 * The cost of roles: a get by a role on the unit itself and by one six levels above, an assignment beside an enable with
 * 100,000 assignments of one role, and the second page and page 9,000 of their list.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Bench, type Benchmark, fewEnablements, type Row } from './support/bench.ts'
import { organizationId, skillId, unitsOf } from './support/dataset.ts'
import type { Measured } from './support/load.ts'
import type { Program } from './support/program.ts'
import { interleave } from './support/rounds.ts'
import { beside, besideBefore } from './support/rows.ts'
import { accessToken, enablementPath, type Service } from './support/service.ts'

const connections = 32
const levels = 6
const assignmentsInAll = 100_000
const itemsPerBatch = 50
/** The pages before the one that counts as deep. */
const deepPages = 9000
const near = { id: 'amzn1.application-oa2-client.near', secret: 'the-secret-of-near' }
const far = { id: 'amzn1.application-oa2-client.far', secret: 'the-secret-of-far' }

export const roles: Benchmark = {
  name: 'roles',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const start = async (program: Program) => {
      const data = await bench.dataFolder('roles', fewEnablements, program)
      const service = await bench.startService(data, { program })
      stack.defer(() => service.stop())
      return { service, operatorToken: readFileSync(path.join(data, 'operator-token'), 'utf8').trim() }
    }
    const ours = await start(bench.program)
    const before = bench.before && (await start(bench.before))
    return [...(await gets(bench, ours, before)), ...(await assignments(bench, ours.service))]
  },
}

interface Started {
  readonly service: Service
  readonly operatorToken: string
}

async function gets(bench: Bench, ours: Started, before: Started | undefined): Promise<Row[]> {
  const rooms = await readers(bench, ours)
  const roomsBefore = before && (await readers(bench, before))
  const rounds = await interleave(bench.rounds, {
    near: rooms.near,
    far: rooms.far,
    before: roomsBefore?.far,
  })
  const measured = 'get by a role six levels above: CPU per request'
  const far = cpu(rounds.far)
  return [
    beside('role on the unit itself', cpu(rounds.near), measured, 'µs', far, { atMost: 1.05 }),
    ...besideBefore(cpu(rounds.before), measured, 'µs', far, { atMost: 1 }),
  ]
}

/** Makes a room six levels below the organization, and clients with a role on the room and on the organization. */
async function readers(bench: Bench, { service, operatorToken }: Started) {
  const token = await accessToken(service)
  let unitId = organizationId
  for (let level = 1; level <= levels; level += 1) {
    const name = { type: 'PLAIN', value: { text: `Level ${level}` } }
    unitId = (await send(service, '/v2/units', token, { name, parentId: unitId })).id
  }
  await send(service, `/v1/skills/${skillId(0)}/enablements`, token, { unitId, stage: 'live' })
  const role = 'A4P.UnitAdmin'
  const clients = [
    { ...near, roles: [{ unitId, role }] },
    { ...far, roles: [{ unitId: organizationId, role }] },
  ]
  await send(service, '/_skillkeeper/catalog', operatorToken, { clients })
  const request = enablementPath(skillId(0), unitId)
  const [nearToken, farToken] = [await accessToken(service, near), await accessToken(service, far)]
  return {
    near: () => reading(bench, service, request, nearToken),
    far: () => reading(bench, service, request, farToken),
  }
}

async function assignments(bench: Bench, service: Service): Promise<Row[]> {
  const token = await accessToken(service)
  const list = await get(service, `/v1/roles?unitId=${organizationId}&roleName=viewer`, token)
  const assignmentsPath = `/v1/roles/${list.results[0].roleId}/assignments`
  for (let from = 0; from < assignmentsInAll; from += itemsPerBatch) {
    const items = Array.from({ length: itemsPerBatch }, (_, itemId) => ({
      itemId,
      principalId: `amzn1.account.P${String(from + itemId).padStart(6, '0')}`,
    }))
    await send(service, `${assignmentsPath}/batchAssign`, token, { items })
  }
  let [second, deep] = [assignmentsPath, assignmentsPath]
  for (let page = 0; page < deepPages; page += 1) {
    const { paginationContext } = await get(service, deep, token)
    deep = `${assignmentsPath}?nextToken=${paginationContext.nextToken}`
    if (page === 0) second = deep
  }
  let next: number = fewEnablements
  const units = unitsOf(fewEnablements)
  const writing = async (kind: 'assign' | 'enable') => {
    const requests = { kind, token, units, path: assignmentsPath, from: next } as const
    const job = { connections, seconds: bench.seconds, expectedStatus: 201, url: service.url, requests }
    const measured = await bench.load.run(service, job)
    next += measured.requests + connections
    return measured
  }
  const writes = await interleave(bench.rounds, {
    assign: () => writing('assign'),
    enable: () => writing('enable'),
  })
  const reads = await interleave(bench.rounds, {
    second: () => reading(bench, service, second, token),
    deep: () => reading(bench, service, deep, token),
  })
  const [assign, enable] = [cpu(writes.assign), cpu(writes.enable)]
  const measured = `assign, 10⁵ on the role, ${connections} connections: CPU per request`
  const page = 'page 9,000 of the assignments of a role: CPU per request'
  return [
    beside('enable', enable, measured, 'µs', assign, { atMost: 2 }),
    beside('the second page', cpu(reads.second), page, 'µs', cpu(reads.deep), { atMost: 1.2 }),
  ]
}

function cpu(measured: readonly Measured[]): number[] {
  return measured.map(({ cpuMicroseconds }) => cpuMicroseconds)
}

function reading(bench: Bench, service: Service, request: string, token: string): Promise<Measured> {
  const requests = { kind: 'fixed', path: request, token } as const
  return bench.load.run(service, {
    connections,
    seconds: bench.seconds,
    expectedStatus: 200,
    url: service.url,
    requests,
  })
}

interface Answered {
  readonly id: string
  readonly results: readonly [{ readonly roleId: string }]
  readonly paginationContext: { readonly nextToken: string }
}

async function get({ url }: Service, request: string, token: string): Promise<Answered> {
  const response = await fetch(url + request, { headers: { authorization: `Bearer ${token}` } })
  return answered(request, response)
}

async function send({ url }: Service, request: string, token: string, body: object): Promise<Answered> {
  const response = await fetch(url + request, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  return answered(request, response)
}

async function answered(request: string, response: Response): Promise<Answered> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${request}: ${response.status} ${text}`)
  return text === '' ? ({} as Answered) : JSON.parse(text)
}
