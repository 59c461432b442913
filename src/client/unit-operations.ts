/** The operations on the tree of units. Source: "Property Hierarchy Management API". */

import type { Answered, Page } from './enablement.ts'
import { AnswerError, type Operation } from './errors.ts'
import { createList, type PagedList } from './listing.ts'
import type { CallOptions } from './options.ts'
import type { Answer } from './transport/call.ts'
import { type CallApi, queryOf } from './transport/caller.ts'
import { isRecord, nextTokenOf } from './transport/read-answer.ts'

/** A node of the tree: an organization, a property, a floor, a room. */
export interface Unit {
  readonly id: string
  /** May be absent in Amazon's responses. */
  readonly name: string | undefined
  /** 0 for the organization, 1 for a property, and so on. May be absent in Amazon's responses. */
  readonly level: number | undefined
  /** Absent for an organization. */
  readonly parentId: string | undefined
}

/** One page of a list of units. */
export interface UnitPage extends Page {
  readonly units: readonly Unit[]
}

/** A request to create a unit. */
export interface CreateUnitRequest {
  readonly parentId: string
  /** 1 to 250 characters. */
  readonly name: string
}

/** A request for a page of the units below one. */
export interface ListUnitsRequest {
  readonly parentId: string
  /** The number of levels below the parent: 1 to 15, or all (1). */
  readonly queryDepth?: number | 'all'
  /** Units per page, 1 to 50 (10). */
  readonly maxResults?: number
  /** The `nextToken` of the previous page. */
  readonly nextToken?: string
}

/** The operations on units, `client.units`. Each rejects with a `SkillsError`. */
export interface UnitOperations {
  /**
   * "Create unit", at most 15 levels below the organization. A second request would create a second unit with the same
   * name. The client therefore does not repeat it when the outcome is unknown; `list` shows the outcome. 403 without a role
   * on the parent or above it, 404 for an unknown parent.
   */
  create(request: CreateUnitRequest, options?: CallOptions): Promise<Unit & Answered>
  /** "Get unit". 403 without a role on the unit or above it, 404 for an unknown unit. */
  get(unitId: string, options?: CallOptions): Promise<Unit & Answered>
  /**
   * "List units": awaited, one page; iterated, all units from that page on. Contains only units on which the caller has a role.
   *
   * ```ts
   * for await (const { id, name } of client.units.list({ parentId, queryDepth: 'all' })) …
   * ```
   */
  list(request: ListUnitsRequest, options?: CallOptions): PagedList<UnitPage, Unit>
  /** "Update unit": changes its name. */
  update(
    request: { readonly unitId: string; readonly name: string },
    options?: CallOptions,
  ): Promise<Answered>
  /** "Delete unit". 400 while the unit has units below it or an enabled skill. */
  delete(unitId: string, options?: CallOptions): Promise<Answered>
}

const unitsPath = '/v2/units'
const pathOf = (unitId: string) => `${unitsPath}/${encodeURIComponent(unitId)}`
const nameOf = (text: string) => ({ type: 'PLAIN', value: { text } })

export function createUnitOperations(call: CallApi): UnitOperations {
  return {
    async create({ parentId, name }, options) {
      const body = { name: nameOf(name), parentId }
      const parts = { options, body, isRepeatable: false }
      return unitOf('createUnit', await call('createUnit', 'POST', unitsPath, parts))
    },
    async get(unitId, options) {
      return unitOf('getUnit', await call('getUnit', 'GET', pathOf(unitId), { options }))
    },
    list({ parentId, queryDepth, maxResults, nextToken: first }, options) {
      const page = async (nextToken: string | undefined) => {
        const query = queryOf({ parentId, queryDepth, expand: 'all', maxResults, nextToken })
        return unitPageOf(await call('listUnits', 'GET', `${unitsPath}?${query}`, { options }))
      }
      return createList('listUnits', first, page, ({ units }) => units)
    },
    async update({ unitId, name }, options) {
      const parts = { options, body: { name: nameOf(name) } }
      const { requestId } = await call('updateUnit', 'PUT', pathOf(unitId), parts)
      return { requestId }
    },
    async delete(unitId, options) {
      const parts = { options, doneStatus: 404 }
      const { requestId } = await call('deleteUnit', 'DELETE', pathOf(unitId), parts)
      return { requestId }
    },
  }
}

function unitOf(operation: Operation, { body, requestId }: Answer): Unit & Answered {
  const unit = readUnit(body)
  if (unit) return { ...unit, requestId }
  throw new AnswerError('The response is not a unit.', { operation, requestId })
}

function unitPageOf(answer: Answer): UnitPage {
  const { body, requestId } = answer
  const given = isRecord(body) ? body['results'] : undefined
  const units = Array.isArray(given) ? given.map(readUnit).filter((unit) => unit !== undefined) : []
  if (!Array.isArray(given) || units.length < given.length) {
    throw new AnswerError('The response is not a page of units.', { operation: 'listUnits', requestId })
  }
  return { units, nextToken: nextTokenOf('listUnits', answer), requestId }
}

function readUnit(value: unknown): Unit | undefined {
  if (!isRecord(value) || typeof value['id'] !== 'string') return undefined
  const { id, level, parentId, name } = value
  const text = isRecord(name) && isRecord(name['value']) ? name['value']['text'] : undefined
  return {
    id,
    name: typeof text === 'string' ? text : undefined,
    level: Number.isSafeInteger(level) ? Number(level) : undefined,
    parentId: typeof parentId === 'string' ? parentId : undefined,
  }
}
