/**
 * What the page and the ledger say of enablements, as a plain map. Pure: it knows no HTTP and no storage. Where two
 * requests at once leave more than one way, it gives each.
 */
import { hospital } from '../catalogs.ts'

export const delayMs = 200
/** How long after its exchange a code links other units. */
export const codeSharedMs = 600_000

export type Stage = 'development' | 'certification' | 'live'
export type By = 'admin' | 'roomAdmin'

/** A skill of the histories: where it exists, and whether a code is wanted. */
const skills: Readonly<
  Record<string, { stages: readonly Stage[]; linking: 'none' | 'optional' | 'needed' }>
> = {
  [hospital.nurseCall]: { stages: ['development', 'live'], linking: 'none' },
  [hospital.menu]: { stages: ['development', 'certification', 'live'], linking: 'none' },
  [hospital.radio]: { stages: ['live', 'development'], linking: 'optional' },
  [hospital.pharmacy]: { stages: ['live', 'development'], linking: 'needed' },
}
/** Units on which somebody has a role, with those who have it. */
const units: Readonly<Record<string, readonly By[]>> = {
  [hospital.ward]: ['admin'],
  [hospital.room]: ['admin', 'roomAdmin'],
  [hospital.otherRoom]: ['admin'],
  [hospital.foreignRoom]: [],
}

export interface Item {
  readonly itemId: number
  readonly unit: string
  readonly stage: Stage
  readonly code?: string | undefined
}

export interface DisableItem {
  readonly itemId: number
  readonly unit: string
  readonly stage?: Stage | undefined
}

export type Request =
  | {
      readonly kind: 'enable'
      readonly by: By
      readonly unit: string
      readonly skill: string
      readonly stage: Stage
      readonly code?: string | undefined
    }
  | {
      readonly kind: 'disable'
      readonly by: By
      readonly unit: string
      readonly skill: string
      readonly stage?: Stage | undefined
    }
  | { readonly kind: 'batch'; readonly by: By; readonly skill: string; readonly items: readonly Item[] }
  | {
      readonly kind: 'batchDisable'
      readonly by: By
      readonly skill: string
      readonly items: readonly DisableItem[]
    }
  | { readonly kind: 'get'; readonly by: By; readonly unit: string; readonly skill: string }
  | {
      readonly kind: 'list'
      readonly by: By
      readonly unit: string
      readonly size: number
      readonly goOn: boolean
    }

interface Known {
  readonly unit: string
  readonly skill: string
  readonly stage: Stage
  readonly createdAt: number
  /** Between when it becomes ENABLED, and both are later than now; none when it is. */
  readonly due?: { readonly from: number; readonly to: number } | undefined
  /** The link that it lives on: who brought the code, and the code. */
  readonly link?: string | undefined
}

export interface State {
  readonly records: Readonly<Record<string, Known>>
  /** Links by skill and name, with when the code was exchanged; and codes that the token server will not take again. */
  readonly links: Readonly<Record<string, number>>
  readonly used: readonly string[]
  /** Where the last page of a unit ended. */
  readonly pages: Readonly<Record<string, readonly [createdAt: number, skill: string]>>
}

export const nothing: State = { records: {}, links: {}, used: [], pages: {} }

/** A record as it is shown. */
export interface Shown {
  readonly unit: string
  readonly skill: string
  readonly stage: Stage
  readonly status: string
  readonly isLinked: boolean
}

/** What is answered: a status, and what the body says where that is known. */
export interface Expected {
  readonly status: number
  readonly record?: Shown
  readonly items?: readonly Shown[]
  readonly isMore?: boolean
  readonly errors?: readonly (readonly [itemId: number, status: number])[]
}

export interface Way {
  readonly expected: Expected
  readonly state: State
}

/** All ways in which the request may be answered at that time. */
export function waysOf(state: State, request: Request, now: number): Way[] {
  switch (request.kind) {
    case 'enable':
      return enable(state, request, now)
    case 'disable':
      return [disable(state, request)]
    case 'batch':
      return [batch(state, request, now)]
    case 'batchDisable':
      return [batchDisable(state, request)]
    case 'get': {
      const refused = refusalFor(request.unit, request.by) ?? (skills[request.skill] ? undefined : 404)
      const known = state.records[keyOf(request)]
      const status = refused ?? (known ? 200 : 404)
      return [{ state, expected: { status, ...(status === 200 && { record: shown(known) }) } }]
    }
    case 'list':
      return [list(state, request)]
  }
}

/** What the background may have done when it has come to rest at that time. */
export function rested(state: State, now: number): State[] {
  let all: Record<string, Known>[] = [{}]
  for (const [key, known] of Object.entries(state.records)) {
    const ways = activated(known, now)
    all = all.flatMap((records) => ways.map((way) => ({ ...records, [key]: way })))
  }
  return all.map((records) => {
    const livedOn = new Set(Object.values(records).map(({ skill, link }) => `${skill} ${link}`))
    const links = Object.entries(state.links).filter(([link]) => livedOn.has(link))
    return { ...state, records, links: Object.fromEntries(links) }
  })
}

function activated({ due, ...known }: Known, now: number): Known[] {
  if (due === undefined || due.to <= now) return [known]
  if (now < due.from) return [{ ...known, due }]
  return [known, { ...known, due: { from: now + 1, to: due.to } }]
}

function refusalFor(unit: string, by: By): number | undefined {
  const roles = units[unit]
  if (roles === undefined) return 404
  return roles.includes(by) ? undefined : 403
}

type Enable = Extract<Request, { kind: 'enable' }>

function enable(state: State, request: Enable, now: number): Way[] {
  const { unit, skill, code } = request
  const { stages = [], linking } = skills[skill] ?? {}
  const status = refusalFor(unit, request.by) ?? (stages.includes(request.stage) ? undefined : 404)
  if (status !== undefined) return [refused(state, status)]
  const existing = state.records[keyOf(request)]
  const link = code && linkOf(request.by, code)
  const done = (after: State): Way => {
    const written = write(after, { ...request, link }, now, { from: now + delayMs, to: now + delayMs })
    const record = shown(written.records[keyOf(request)])
    return { state: written, expected: { status: 201, record } }
  }
  if (code === undefined || link === undefined) {
    return [linking !== 'needed' || existing?.link !== undefined ? done(state) : refused(state, 400)]
  }
  if (linking === 'none') return [refused(state, 400)]
  if (answers(state, { unit, skill }, link, now)) {
    const isLivedOn = Object.values(state.records).some((one) => one.skill === skill && one.link === link)
    // Nobody lives on it any more: it may be given up just now.
    return isLivedOn ? [done(state)] : [done(state), refused(state, 400)]
  }
  const after = exchanged(state, code)
  if (after === undefined) return [refused(state, 400)]
  return [done({ ...after, links: { ...after.links, [`${skill} ${link}`]: now } })]
}

function linkOf(by: By, code: string): string {
  return `${by} ${code}`
}

/** Whether the code need not be exchanged again for this unit: row 19 of the ledger. */
function answers(state: State, target: { unit: string; skill: string }, link: string, now: number): boolean {
  const exchangedAt = state.links[`${target.skill} ${link}`]
  if (exchangedAt === undefined) return false
  return now - exchangedAt < codeSharedMs || state.records[keyOf(target)]?.link === link
}

/** After the code was sent to the token server; nothing if that refuses it. */
function exchanged(state: State, code: string): State | undefined {
  if (code.startsWith('bad') || state.used.includes(code)) return undefined
  return { ...state, used: [...state.used, code] }
}

function refused(state: State, status: number): Way {
  return { state, expected: { status } }
}

/** Row 18 of the ledger. */
function write(
  state: State,
  { unit, skill, stage, link }: Pick<Known, 'unit' | 'skill' | 'stage' | 'link'>,
  now: number,
  due: { from: number; to: number },
): State {
  const key = keyOf({ unit, skill })
  const before = state.records[key]
  const isSame = before?.stage === stage
  const record: Known = {
    unit,
    skill,
    stage,
    createdAt: before?.createdAt ?? now,
    ...(isSame ? { due: before.due } : { due }),
    link: link ?? before?.link,
  }
  return { ...state, records: { ...state.records, [key]: record } }
}

function disable(state: State, request: Extract<Request, { kind: 'disable' }>): Way {
  const status = refusalFor(request.unit, request.by) ?? (skills[request.skill] ? undefined : 404)
  if (status !== undefined) return refused(state, status)
  const { [keyOf(request)]: known, ...others } = state.records
  if (known === undefined || (request.stage ?? known.stage) !== known.stage) return refused(state, 404)
  return { state: { ...state, records: others }, expected: { status: 204 } }
}

type Batch = Extract<Request, { kind: 'batch' }>

function batch(state: State, request: Batch, now: number): Way {
  const { skill, items, by } = request
  const { stages = [], linking } = skills[skill] ?? {}
  const errors: [number, number][] = []
  const linked = new Set<string>()
  for (const [index, item] of items.entries()) {
    const isRepeated = items.slice(0, index).some(({ itemId }) => itemId === item.itemId)
    const unitStatus = refusalFor(item.unit, by)
    const hasLink = linked.has(item.unit) || state.records[keyOf({ ...item, skill })]?.link !== undefined
    if (isRepeated) errors.push([item.itemId, 400])
    else if (unitStatus !== undefined) errors.push([item.itemId, unitStatus === 403 ? 403 : 400])
    else if (!stages.includes(item.stage)) errors.push([item.itemId, 400])
    else if (item.code !== undefined && linking === 'none') errors.push([item.itemId, 400])
    else if (item.code === undefined && linking === 'needed' && !hasLink) errors.push([item.itemId, 400])
    else if (item.code !== undefined) linked.add(item.unit)
  }
  if (errors.length > 0) {
    const status = errors.some((error) => error[1] === 400) ? 400 : 403
    return { state, expected: { status, errors } }
  }
  return { state: applyBatch(state, request, now), expected: { status: 202 } }
}

/** Each item that is in order is disabled, or was not enabled. */
function batchDisable(state: State, request: Extract<Request, { kind: 'batchDisable' }>): Way {
  const { skill, items, by } = request
  const errors = items.flatMap((item, index): [number, number][] => {
    const isRepeated = items.slice(0, index).some(({ itemId }) => itemId === item.itemId)
    const unitStatus = refusalFor(item.unit, by)
    const isThere = item.stage === undefined ? skills[skill] : skills[skill]?.stages.includes(item.stage)
    if (!isRepeated && unitStatus === undefined && isThere) return []
    return [[item.itemId, !isRepeated && unitStatus === 403 ? 403 : 400]]
  })
  if (errors.length > 0) {
    const status = errors.some((error) => error[1] === 400) ? 400 : 403
    return { state, expected: { status, errors } }
  }
  const after = items.reduce((so, item) => disable(so, { kind: 'disable', by, skill, ...item }).state, state)
  return { state: after, expected: { status: 202 } }
}

/** How much later than the answer the background may have come to exchange a code. */
const exchangeWithinMs = 100

function applyBatch(state: State, { by, skill, items }: Batch, now: number): State {
  let after = state
  const waiting = new Map<string, string>()
  for (const item of items) {
    const link = item.code && linkOf(by, item.code)
    const due = { from: now + delayMs, to: now + delayMs }
    const target = { unit: item.unit, skill }
    const name = link && nameInBatch(state, target, link, now)
    after = write(after, { ...item, skill, link: name }, now, due)
    if (item.code && name && after.links[`${skill} ${name}`] === undefined) waiting.set(name, item.code)
  }
  for (const [link, code] of waiting) {
    const given = exchanged(after, code)
    after = settle(given ?? after, skill, link, given !== undefined, now)
  }
  return after
}

/** The link of another exchange where that of the first does not answer for the unit any more. */
function nameInBatch(
  state: State,
  target: { unit: string; skill: string },
  link: string,
  now: number,
): string {
  const isThere = state.links[`${target.skill} ${link}`] !== undefined
  return isThere && !answers(state, target, link, now) ? `${link} again` : link
}

/** The exchange of a code in a batch has ended. Who waited for it is due only from then on. */
function settle(state: State, skill: string, link: string, isLinked: boolean, now: number): State {
  const due = { from: now + delayMs, to: now + delayMs + exchangeWithinMs }
  const records = Object.fromEntries(
    Object.entries(state.records).map(([key, known]) => {
      if (known.skill !== skill || known.link !== link) return [key, known]
      return [key, { ...known, link: isLinked ? link : undefined, ...(known.due && { due }) }]
    }),
  )
  return { ...state, records, links: isLinked ? { ...state.links, [`${skill} ${link}`]: now } : state.links }
}

function list(state: State, request: Extract<Request, { kind: 'list' }>): Way {
  const roles = units[request.unit] ?? []
  if (!roles.includes(request.by)) return refused(state, 403)
  const [afterTime, afterSkill] = (request.goOn && state.pages[request.unit]) || [-1, '']
  const left = Object.values(state.records)
    .filter(({ unit }) => unit === request.unit)
    .filter((one) => one.createdAt > afterTime || (one.createdAt === afterTime && one.skill > afterSkill))
    .sort((a, b) => a.createdAt - b.createdAt || (a.skill < b.skill ? -1 : 1))
  const page = left.slice(0, request.size)
  const last = page.at(-1)
  const isMore = left.length > page.length
  const pages =
    isMore && last ? { ...state.pages, [request.unit]: [last.createdAt, last.skill] as const } : state.pages
  return {
    state: { ...state, pages },
    expected: { status: 200, items: page.map((known) => shown(known)), isMore },
  }
}

function shown(known: Known | undefined): Shown {
  if (known === undefined) throw new Error('There is no record to show.')
  const { unit, skill, stage, link, due } = known
  const status = due === undefined ? 'ENABLED' : 'ENABLING'
  return { unit, skill, stage, status, isLinked: link !== undefined }
}

function keyOf({ unit, skill }: { readonly unit: string; readonly skill: string }): string {
  return `${unit} ${skill}`
}
