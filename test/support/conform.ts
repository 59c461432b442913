/** Calls through the proxy of `skillkeeper conform` to a real service, and the comparison of what it wrote down. */
import path from 'node:path'
import type { TestContext } from 'node:test'
import { startSkillkeeper } from '../../src/app/index.ts'
import { readContract } from '../../src/conform/contract.ts'
import { type FollowOptions, startFollower } from '../../src/conform/follow.ts'
import { type PassingProxy, type ProxyOptions, startProxy } from '../../src/conform/proxy/proxy.ts'
import { createRecording, readRecording } from '../../src/conform/proxy/recording.ts'
import { Redactor } from '../../src/conform/proxy/redact.ts'
import type { ReportContent } from '../../src/conform/verdict/report.ts'
import { hospital } from './catalogs.ts'
import { temporaryFolder } from './program.ts'
import { startService, type TestService } from './service.ts'

const { admin, menu, nurseCall, otherRoom, radio, room, roomLights, stranger, ward } = hospital

export interface Recorder {
  readonly service: TestService
  readonly proxy: PassingProxy
  readonly file: string
  readonly tokens: { readonly admin: string; readonly stranger: string }
  send(method: string, path: string, options?: Sending): Promise<Answered>
  /** Ends the recording. */
  stop(): Promise<void>
}

export interface Sending {
  /** The administrator's without it; none with `''`. */
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what is in it, the test knows
  readonly body: any
}

interface RecorderOptions extends Partial<ProxyOptions> {
  /** What stands between the proxy and the service. */
  readonly before?: (url: string) => Promise<{ readonly url: string; stop(): Promise<void> }>
  readonly keep?: readonly string[]
}

/** A proxy that writes a recording, before a service with the hospital's catalog. */
export async function startRecorder(t: TestContext, options: RecorderOptions = {}): Promise<Recorder> {
  const { before, keep, ...rest } = options
  const service = await startService(t, { rateLimit: 0 })
  const between = await before?.(service.url)
  t.after(() => between?.stop())
  const file = path.join(temporaryFolder(t), 'run.jsonl')
  const redactor = new Redactor(readContract().words, keep)
  const upstream = between?.url ?? service.url
  const recording = createRecording(file, { upstream, at: new Date(0).toISOString(), allowsWrites: true })
  const proxy = await startProxy({
    ...{ upstream, host: '127.0.0.1', port: 0, allowsWrites: true, timeoutMs: 10_000 },
    now: () => service.clock.now(),
    take: async (raw) => recording.write(redactor.redact(raw)),
    takeSecret: (raw) => redactor.learn(raw),
    ...rest,
  })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= proxy.stop().then(() => recording.close())
    return stopped
  }
  t.after(stop)
  const tokens = { admin: await service.token(admin), stranger: await service.token(stranger) }
  return { service, proxy, file, tokens, stop, send: (...call) => send(proxy.url, tokens.admin, ...call) }
}

async function send(
  url: string,
  usual: string,
  method: string,
  target: string,
  { token = usual, body, headers }: Sending = {},
): Promise<Answered> {
  const response = await fetch(url + target, {
    method,
    redirect: 'manual',
    headers: { ...(token !== '' && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  }
}

/** Replays a recording against a fresh service. */
export async function replay(
  file: string,
  options: { readonly catalog?: object | undefined; readonly known?: FollowOptions['known'] } = {},
): Promise<ReportContent> {
  const { exchanges } = readRecording(file)
  const follower = await startFollower({
    startService: (settings) => startSkillkeeper(settings),
    known: [],
    startAt: Date.parse(exchanges[0]?.at ?? ''),
    ...options,
    catalog: options.catalog ?? {},
  })
  try {
    follower.survey(exchanges)
    for (const exchange of exchanges) await follower.take(exchange)
    return follower.report()
  } finally {
    await follower.stop()
  }
}

export const enablements = (skillId: string) => `/v1/skills/${skillId}/enablements`
export const ofUnit = (unitId: string) => `?unitId=${unitId}`
const list = '/v1/skills/enablements'

/** All seven operations with pages, batches and refusals, and the operations on units. */
export async function makeHistory({ send: call, service, tokens }: Recorder): Promise<void> {
  await call('GET', list + ofUnit(room))
  await call('POST', enablements(nurseCall), { body: { unitId: room, stage: 'live' } })
  await call('GET', enablements(nurseCall) + ofUnit(room))
  service.clock.moveBy(5000)
  await call('GET', enablements(nurseCall) + ofUnit(room))
  await call('HEAD', enablements(nurseCall) + ofUnit(room))
  await call('OPTIONS', enablements(nurseCall))
  const locales = { nameFreeInvocationRequest: { locales: ['en-US', 'es-US'] } }
  await call('POST', enablements(roomLights), { body: { unitId: room, stage: 'live', ...locales } })
  await call('POST', enablements(radio), { body: { unitId: room, stage: 'live' } })
  await makeBatches(call)
  service.clock.moveBy(5000)
  await readPages(call)
  await makeRefusals(call, tokens)
  await call('DELETE', `${enablements(nurseCall)}${ofUnit(room)}&stage=live`)
  await call('DELETE', enablements(nurseCall) + ofUnit(room))
  await call('GET', enablements(nurseCall) + ofUnit(room))
  const items = [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
  await call('POST', `${enablements(menu)}/batchDelete`, { body: { items } })
  await call('GET', list + ofUnit(room))
  await changeUnits(call)
}

type Call = Recorder['send']

async function makeBatches(call: Call): Promise<void> {
  const items = [room, otherRoom].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
  await call('POST', `${enablements(menu)}/batch`, { body: { items } })
  const certified = [{ itemId: 7, unitId: ward, stage: 'certification' }]
  await call('POST', `${enablements(menu)}/batch`, { body: { items: certified } })
  const bad = [
    { itemId: 1, unitId: hospital.unknownUnit, stage: 'live' },
    { itemId: 2, unitId: room, stage: 'live' },
    { itemId: 3, unitId: 'no unit', stage: 'live' },
  ]
  await call('POST', `${enablements(menu)}/batch`, { body: { items: bad } })
}

async function readPages(call: Call): Promise<void> {
  let token: string | undefined
  do {
    const next = token === undefined ? '' : `&nextToken=${encodeURIComponent(token)}`
    const page = await call('GET', `${list}${ofUnit(room)}&maxResults=2&expand=nameFreeInvocation${next}`)
    token = page.body.paginationContext.nextToken
  } while (token !== undefined)
  const items = [room, ward, otherRoom].map((unitId, itemId) => ({ itemId, unitId }))
  do {
    const paginationContext = { maxResults: 1, ...(token !== undefined && { nextToken: token }) }
    const page = await call('POST', `${list}/batchGet`, { body: { items, paginationContext } })
    token = page.body.paginationContext.nextToken
  } while (token !== undefined)
}

async function makeRefusals(call: Call, tokens: Recorder['tokens']): Promise<void> {
  await call('GET', list)
  await call('GET', list + ofUnit(room), { token: '' })
  await call('GET', list + ofUnit(room), { token: 'Atza|of-nobody' })
  await call('GET', list + ofUnit(room), { token: tokens.stranger })
  await call('GET', enablements(nurseCall) + ofUnit(room), { token: tokens.stranger })
  await call('GET', list + ofUnit(hospital.unknownUnit))
  await call('GET', enablements(hospital.unknownSkill) + ofUnit(room))
  await call('GET', `${list}${ofUnit(room)}&maxResults=11`)
  await call('GET', `${list}${ofUnit(room)}&nextToken=made-up`)
  await call('POST', enablements(menu), { body: '{"unitId": // a comment\n' })
  await call('POST', enablements(menu), { body: { unitId: room, stage: 'certification' } })
  await call('PATCH', enablements(menu), { body: {} })
  await call('GET', '/v1/nothing')
}

async function changeUnits(call: Call): Promise<void> {
  await call('GET', `/v2/units?parentId=${ward}&expand=all`)
  const name = (text: string) => ({ type: 'PLAIN', value: { text } })
  const created = await call('POST', '/v2/units', { body: { name: name('Room 3'), parentId: ward } })
  const unit = `/v2/units/${created.body.id}`
  await call('GET', unit)
  await call('PUT', unit, { body: { name: name('Room 4') } })
  await call('POST', enablements(menu), { body: { unitId: created.body.id, stage: 'live' } })
  await call('GET', list + ofUnit(created.body.id))
  await call('GET', `/v2/units?parentId=${ward}&maxResults=1`)
  await call('DELETE', unit)
  await call('DELETE', enablements(menu) + ofUnit(created.body.id))
  await call('DELETE', unit)
  await call('GET', unit)
}
