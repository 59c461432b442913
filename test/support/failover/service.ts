/** Two nodes of Skillkeeper on one database, and what a client asks of them. Knows HTTP, and not who is killed. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Owner, type Program, runProgram } from '../program.ts'
import type { State, Write } from './ledger.ts'

export const writersCount = 8
export const unitsEach = 20
export const skillsCount = 1000
const organizationId = unitIdOf('ORG')
const clientId = 'amzn1.application-oa2-client.failover'
const clientSecret = 'failover-secret'
const operatorToken = 'operator-token-of-the-fail-over'
/** A request without an answer after this time has been forgotten by the node, or hangs. */
const answerTimeoutMs = 60_000

export interface Node {
  readonly program: Program
  readonly url: string
  readonly token: string
}

export type Outcome =
  | { readonly kind: 'acknowledged'; readonly requestId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'fault'; readonly what: string }

export async function startNodes(owner: Owner, folder: string, databaseUrl: string): Promise<Node[]> {
  const catalog = path.join(folder, 'catalog.json')
  writeFileSync(catalog, JSON.stringify(catalogOfAll()))
  const args = ['serve', '--port', '0', '--catalog', catalog, '--rate-limit', '0', '--log-level', 'warn']
  const env = {
    SKILLKEEPER_DATABASE_URL: databaseUrl,
    SKILLKEEPER_OPERATOR_TOKEN: operatorToken,
    SKILLKEEPER_SEALING_KEY: randomBytes(32).toString('base64'),
  }
  const programs = [0, 1].map(() => runProgram(owner, args, { env }))
  return Promise.all(
    programs.map(async (program) => {
      const url = await program.url
      return { program, url, token: await getToken(url) }
    }),
  )
}

export async function send({ url, token }: Node, write: Write): Promise<Outcome> {
  const { kind, skillId, units, state } = write
  const base = `${url}/v1/skills/${skillId}/enablements`
  const items = units.map((unitId, itemId) => ({ itemId, unitId, stage: state }))
  const [address, method, body] = {
    enable: [base, 'POST', { unitId: units[0], stage: state, partitionName: 'Room101' }],
    disable: [`${base}?unitId=${units[0]}`, 'DELETE', undefined],
    batch_enable: [`${base}/batch`, 'POST', { items }],
  }[kind] as [string, string, unknown]
  try {
    const answer = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerTimeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.status === expectedStatus[kind]) {
      return { kind: 'acknowledged', requestId: answer.headers.get('x-amzn-requestid') ?? '' }
    }
    if (answer.status === 503) return { kind: 'unknown' }
    if (answer.status === 404 && kind === 'disable') return { kind: 'gone' }
    return { kind: 'fault', what: `${kind} was answered with ${answer.status} ${text}` }
  } catch (error) {
    return { kind: 'fault', what: `${kind} had no answer: ${String(error)}` }
  }
}

const expectedStatus = { enable: 201, disable: 204, batch_enable: 202 } as const

export interface FoundRecord {
  readonly unitId: string
  readonly skillId: string
  readonly state: State
  readonly status: string
}

/** Everything that is enabled for the unit, page by page. */
export async function listAll(node: Node, unitId: string): Promise<FoundRecord[]> {
  const records: FoundRecord[] = []
  let nextToken: string | undefined
  for (let page = 0; page <= skillsCount / 10; page += 1) {
    const query = new URLSearchParams({ unitId, maxResults: '10', ...(nextToken && { nextToken }) })
    const answer = await get(node, `/v1/skills/enablements?${query}`, node.token)
    const { items, paginationContext } = answer as {
      items: { skill: { id: string; stage: State }; status: string }[]
      paginationContext: { nextToken?: string }
    }
    for (const { skill, status } of items)
      records.push({ unitId, skillId: skill.id, state: skill.stage, status })
    nextToken = paginationContext.nextToken
    if (nextToken === undefined) return records
  }
  throw new Error(`The list of ${unitId} does not end.`)
}

/** Status of the enablement by itself, not by the list. */
export async function getStatus(node: Node, unitId: string, skillId: string): Promise<string> {
  const path = `/v1/skills/${skillId}/enablements?unitId=${unitId}`
  return ((await get(node, path, node.token)) as { status: string }).status
}

/** How many entries of the operations log each request has left, of that kind of write. */
export async function countLogged(node: Node, operation: Write['kind']): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let after: string | undefined
  do {
    const query = new URLSearchParams({ operation, order: 'oldest', ...(after && { after }) })
    const page = (await get(node, `/_skillkeeper/operations?${query}`, operatorToken)) as {
      items: { requestId: string }[]
      paginationContext: { after?: string }
    }
    for (const { requestId } of page.items) counts.set(requestId, (counts.get(requestId) ?? 0) + 1)
    after = page.paginationContext.after
  } while (after !== undefined)
  return counts
}

export function unitIdOf(name: string): string {
  return `amzn1.alexa.unit.did.${name}`
}

export function unitsOf(writer: number): string[] {
  return Array.from({ length: unitsEach }, (_, unit) => unitIdOf(`W${writer}-${unit}`))
}

export function skillIdOf(skill: number): string {
  return `amzn1.ask.skill.failover-${skill}`
}

async function get({ url }: Node, path: string, token: string): Promise<unknown> {
  const answer = await fetch(url + path, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(answerTimeoutMs),
  })
  const body = await answer.text()
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${body}`)
  return JSON.parse(body)
}

async function getToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/auth/o2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'alexa::enterprise:management',
    }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

function catalogOfAll() {
  const writers = Array.from({ length: writersCount }, (_, writer) => unitsOf(writer))
  const units = writers.flat().map((id) => ({ id, name: id }))
  const skills = Array.from({ length: skillsCount }, (_, skill) => skillIdOf(skill))
  return {
    organizations: [{ id: organizationId, name: 'Hospital', solution: 'healthcare', country: 'US', units }],
    skills: skills.map((id) => ({ id, name: id, stages: ['development', 'live'] })),
    clients: [
      {
        id: clientId,
        secret: clientSecret,
        roles: [{ unitId: organizationId, role: 'A4P.UnitAdmin' }],
      },
    ],
  }
}
