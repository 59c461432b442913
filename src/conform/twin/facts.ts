/** Reads from a call and its answer which units, skills, roles and enablements the upstream has. */
import { stages } from '../../protocol/enablement.ts'
import { isSkillId, isUnitId } from '../../protocol/identifiers.ts'
import { queryOf } from '../call.ts'
import type { Contract } from '../contract.ts'
import { type Exchange, jsonOf } from '../exchange.ts'
import { fieldAt, listAt, textAt } from '../json.ts'
import { oneSpelling } from '../verdict/fields.ts'

export interface Facts {
  /** Units that exist. */
  readonly units: Set<string>
  /** Units that exist, and on which the caller has no role. */
  readonly refused: Set<string>
  /** Units on which the caller has a role, if they exist. */
  readonly roles: Set<string>
  /** Whether the caller has any role: without one it is not told that something does not exist. */
  isAdmitted: boolean
  /** The stages in which skills exist, and whether they link accounts, by their IDs in one spelling. */
  readonly skills: Map<string, ShownSkill>
  /** Enablements that must have been there when the call came. */
  readonly shown: ShownEnablement[]
  /** The changes of the call. */
  readonly enabled: UnitAndSkill[]
  readonly disabled: UnitAndSkill[]
  /** Enablements that may exist or not after the call. */
  readonly unsure: UnitAndSkill[]
  /** Units that the call deleted. */
  readonly deleted: string[]
  /** Places of units in the tree. */
  readonly tree: ShownUnit[]
}

export interface ShownSkill {
  readonly stages: Set<string>
  links: boolean
}

export interface UnitAndSkill {
  readonly unitId: string
  readonly skillId: string
}

export interface ShownEnablement extends UnitAndSkill {
  readonly stage: string
  readonly isLinked: boolean
  readonly locales: readonly unknown[]
}

export interface ShownUnit {
  readonly id: string
  readonly parentId?: string
  readonly level?: number
  readonly name?: string
}

export function factsOf(contract: Contract, exchange: Exchange): Facts {
  const facts: Facts = {
    units: new Set(),
    refused: new Set(),
    roles: new Set(),
    isAdmitted: false,
    skills: new Map(),
    shown: [],
    enabled: [],
    disabled: [],
    unsure: [],
    deleted: [],
    tree: [],
  }
  const { request, response } = exchange
  const operation = contract.find(request.method, request.path)
  const read = operation && readers[operation.id]
  if (operation === undefined || read === undefined || response === undefined) return facts
  const { status } = response
  const unitId = namedUnit(exchange, operation.parameters['unitId'])
  // A list refuses a unit that does not exist in the same way (ledger, row 11).
  if (status === 403 && unitId !== undefined && operation.id !== 'listEnablements') facts.refused.add(unitId)
  // Whoever has no role on a unit is not told what is missing there.
  if (status === 404 && unitId !== undefined) facts.roles.add(unitId)
  const isDone = status >= 200 && status < 300
  const names = listAt(jsonOf(response), 'errors').some((error) => fieldAt(error, 'itemId') !== undefined)
  facts.isAdmitted = isDone || status === 404 || names
  read({
    facts,
    status,
    isDone,
    unitId,
    skillId: operation.parameters['skillId'],
    query: queryOf(request.path),
    body: jsonOf(request),
    answer: jsonOf(response),
  })
  return facts
}

/** The units that a call names. */
export function unitsOf(contract: Contract, exchange: Exchange): readonly string[] {
  const { parameters = {} } = contract.find(exchange.request.method, exchange.request.path) ?? {}
  const single = namedUnit(exchange, parameters['unitId'])
  const items = listAt(jsonOf(exchange.request), 'items').map((item) => textAt(item, 'unitId'))
  return [single, ...items].filter((id) => id !== undefined)
}

function namedUnit({ request }: Exchange, inPath: string | undefined): string | undefined {
  const query = queryOf(request.path)
  const body = jsonOf(request)
  const found =
    inPath ??
    query.get('unitId') ??
    query.get('parentId') ??
    textAt(body, 'unitId') ??
    textAt(body, 'parentId')
  return isUnitId(found) ? found : undefined
}

interface Reading {
  readonly facts: Facts
  readonly status: number
  readonly isDone: boolean
  readonly unitId: string | undefined
  readonly skillId: string | undefined
  readonly query: URLSearchParams
  readonly body: unknown
  readonly answer: unknown
}

const readers: Readonly<Record<string, (reading: Reading) => void>> = {
  getEnablement({ facts, status, isDone, unitId, skillId, answer }) {
    if (isDone) {
      addUnit(facts, unitId)
      addEnablement(facts, answer)
    }
    if (status === 404) addPair(facts.disabled, unitId, skillId)
  },
  listEnablements({ facts, isDone, unitId, answer }) {
    if (!isDone) return
    addUnit(facts, unitId)
    for (const item of listAt(answer, 'items')) addEnablement(facts, item)
  },
  enableSkill({ facts, isDone, unitId, skillId, body, answer }) {
    if (!isDone) return
    addUnit(facts, unitId)
    const links =
      fieldAt(body, 'accountLinkRequest') !== undefined || fieldAt(answer, 'accountLink') !== undefined
    addSkill(facts, skillId, textAt(body, 'stage'), links)
    addPair(facts.enabled, unitId, skillId)
  },
  disableSkill({ facts, status, isDone, unitId, skillId, query }) {
    if (status === 404) addPair(facts.disabled, unitId, skillId)
    if (!isDone || unitId === undefined || !isSkillId(skillId)) return
    addUnit(facts, unitId)
    const stage = query.get('stage') ?? 'live'
    addSkill(facts, skillId, stage, false)
    facts.shown.push({ unitId, skillId: oneSpelling(skillId), stage, isLinked: false, locales: [] })
    addPair(facts.disabled, unitId, skillId)
  },
  enableSkillBatch(reading) {
    const { facts, skillId } = reading
    for (const item of doneItems(reading)) {
      const unitId = textAt(item, 'unitId')
      addUnit(facts, unitId)
      addSkill(facts, skillId, textAt(item, 'stage'), fieldAt(item, 'accountLinkRequest') !== undefined)
      addPair(facts.enabled, unitId, skillId)
    }
  },
  disableSkillBatch(reading) {
    const { facts, skillId } = reading
    for (const item of doneItems(reading)) {
      const [unitId, stage] = [textAt(item, 'unitId'), textAt(item, 'stage')]
      addUnit(facts, unitId)
      addSkill(facts, skillId, stage ?? 'live', false)
      addPair(stage === undefined ? facts.disabled : facts.unsure, unitId, skillId)
    }
  },
  getEnablementBatch(reading) {
    for (const item of doneItems(reading)) addUnit(reading.facts, textAt(item, 'unitId'))
    for (const result of listAt(reading.answer, 'results'))
      for (const enablement of listAt(result, 'enablements')) addEnablement(reading.facts, enablement)
  },
  getUnit: readUnit,
  renameUnit: readUnit,
  deleteUnit(reading) {
    readUnit(reading)
    if (reading.isDone && reading.unitId !== undefined) reading.facts.deleted.push(reading.unitId)
  },
  createUnit({ facts, isDone, unitId }) {
    if (isDone) addUnit(facts, unitId)
  },
  listUnits({ facts, isDone, unitId, query, answer }) {
    if (!isDone) return
    addUnit(facts, unitId)
    const above = (query.get('queryDepth') ?? '1') === '1' ? unitId : undefined
    for (const result of listAt(answer, 'results')) addToTree(facts, result, above)
  },
}

function readUnit({ facts, isDone, unitId, answer }: Reading): void {
  if (!isDone) return
  addUnit(facts, unitId)
  addToTree(facts, answer, undefined)
}

/** The items of a batch, unless it was refused: then nothing says which of the others are good. */
function doneItems({ facts, isDone, body, answer }: Reading): readonly unknown[] {
  const items = listAt(body, 'items')
  if (isDone) return items
  const isRefused = (item: unknown) =>
    listAt(answer, 'errors').some(
      (error) =>
        fieldAt(error, 'status') === 403 &&
        fieldAt(item, 'itemId') !== undefined &&
        String(fieldAt(error, 'itemId')) === String(fieldAt(item, 'itemId')),
    )
  for (const item of items.filter(isRefused)) {
    const unitId = textAt(item, 'unitId')
    if (isUnitId(unitId)) facts.refused.add(unitId)
  }
  return []
}

function addUnit({ units, roles }: Facts, unitId: string | undefined): void {
  if (!isUnitId(unitId)) return
  units.add(unitId)
  roles.add(unitId)
}

function addSkill(
  { skills }: Facts,
  skillId: string | undefined,
  stage: string | undefined,
  links: boolean,
): void {
  if (!isSkillId(skillId) || stage === undefined || !stages.some((known) => known === stage)) return
  const found = skills.get(oneSpelling(skillId)) ?? { stages: new Set(), links: false }
  found.stages.add(stage)
  found.links ||= links
  skills.set(oneSpelling(skillId), found)
}

function addPair(pairs: UnitAndSkill[], unitId: string | undefined, skillId: string | undefined): void {
  if (isUnitId(unitId) && isSkillId(skillId)) pairs.push({ unitId, skillId: oneSpelling(skillId) })
}

function addEnablement(facts: Facts, record: unknown): void {
  const [unitId, skillId] = [textAt(record, 'unit', 'id'), textAt(record, 'skill', 'id')]
  const stage = textAt(record, 'skill', 'stage')
  if (!isUnitId(unitId) || !isSkillId(skillId) || stage === undefined) return
  const isLinked = textAt(record, 'accountLink', 'status') === 'LINKED'
  addUnit(facts, unitId)
  addSkill(facts, skillId, stage, isLinked)
  const locales = listAt(record, 'nameFreeInvocation', 'locales')
  facts.shown.push({ unitId, skillId: oneSpelling(skillId), stage, isLinked, locales })
}

function addToTree(facts: Facts, unit: unknown, above: string | undefined): void {
  const id = textAt(unit, 'id')
  if (!isUnitId(id)) return
  const [level, parentId] = [fieldAt(unit, 'level'), textAt(unit, 'parentId') ?? above]
  const name = textAt(unit, 'name', 'value', 'text')
  facts.units.add(id)
  facts.tree.push({
    id,
    ...(typeof level === 'number' && { level }),
    ...(isUnitId(parentId) && { parentId }),
    ...(name !== undefined && { name }),
  })
}
