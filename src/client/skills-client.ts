import { type ChangeOperations, createChangeOperations } from './change-operations.ts'
import type {
  AccountLinkRequest,
  Answered,
  BatchDisableRequest,
  BatchEnableRequest,
  BatchGetRequest,
  DisableRequest,
  EnableManyRequest,
  Enablement,
  EnablementPage,
  EnableRequest,
  GetRequest,
  ListRequest,
  SkillRequest,
  UnitEnablements,
  UnitEnablementsPage,
  UnitToDisable,
  UnitToEnable,
  WaitRequest,
} from './enablement.ts'
import { createList, type PagedList } from './listing.ts'
import type { ManyResult } from './many/many-result.ts'
import { type GetManyOptions, readMany, type UnitReport } from './many/read-many.ts'
import { type ManyOptions, type SendBatch, sendMany, wishesOf } from './many/send-many.ts'
import type { UnitLike, Units } from './many/unit-source.ts'
import type { WaitManyOptions, WaitOptions } from './many/wait.ts'
import { waitForUnit, waitForUnits } from './many/wait-until-enabled.ts'
import type { CallOptions, SkillsClientOptions } from './options.ts'
import { createRoleOperations, type RoleOperations } from './role-operations.ts'
import { createRoomOperations, type RoomOperations } from './rooms/room-operations.ts'
import { type Caller, createCaller, queryOf } from './transport/caller.ts'
import { type ClientClock, systemClock } from './transport/clock.ts'
import { enablementOf, pageOf, unitsPageOf } from './transport/read-answer.ts'
import { createUnitOperations, type UnitOperations } from './unit-operations.ts'

type ReadOptions = CallOptions & { readonly expand?: BatchGetRequest['expand'] }

/**
 * The Skill Management API, of Amazon or of Skillkeeper.
 *
 * ```ts
 * const client = new SkillsClient({ endpoint: 'http://127.0.0.1:5337', credentials: { clientId, clientSecret } })
 * await client.enable({ skillId, unitId, stage: 'live' })
 * ```
 *
 * Every method rejects with a `SkillsError`: an `ApiError` if the service refused (`BatchError` for a batch), a `TokenError`
 * if there is no token, a `TransportError`, `AnswerError`, `TimeoutError` or `AbortError` if there was no usable response.
 */
export class SkillsClient {
  readonly #caller: Caller
  readonly #clock: ClientClock
  /** The tree of units. */
  readonly units: UnitOperations
  /** The roles of units, and who has them. */
  readonly roles: RoleOperations
  /** Changes of many units and skills, which only Skillkeeper has. */
  readonly changes: ChangeOperations
  /** Reads of rooms, which only Skillkeeper has. */
  readonly rooms: RoomOperations

  constructor(options: SkillsClientOptions) {
    this.#caller = createCaller(options)
    this.#clock = options.clock ?? systemClock
    this.units = createUnitOperations(this.#caller.call)
    this.roles = createRoleOperations(this.#caller.call)
    this.changes = createChangeOperations(this.#caller.call, this.#clock)
    this.rooms = createRoomOperations(this.#caller)
  }

  /**
   * "Get a skill enablement record for a unit". 403 without a role on the unit; 404 if the skill or the unit does not
   * exist, or the skill is not enabled there, or not in the stage.
   */
  async get(request: GetRequest, options?: CallOptions): Promise<Enablement & Answered> {
    const { skillId, unitId, stage, expand } = request
    const path = `${pathOf(skillId)}?${queryOf({ unitId, stage, expand: expand?.join() })}`
    return enablementOf('get', await this.#caller.call('get', 'GET', path, { options }))
  }

  /**
   * "List skill enablements for a unit": awaited, one page of up to `maxResults`; iterated, all enablements from that page
   * on. Skillkeeper's order is stable; Amazon promises no order. 403 without a role on the unit, or if it does not exist.
   *
   * ```ts
   * for await (const { skill, status } of client.list({ unitId })) …
   * ```
   */
  list(request: ListRequest, options?: CallOptions): PagedList<EnablementPage, Enablement> {
    const { unitId, maxResults, expand } = request
    const page = async (nextToken: string | undefined) => {
      const path = `/v1/skills/enablements?${queryOf({ unitId, expand: expand?.join(), maxResults, nextToken })}`
      return pageOf(await this.#caller.call('list', 'GET', path, { options }))
    }
    return createList('list', request.nextToken, page, ({ items }) => items)
  }

  /**
   * "Enable a skill for a unit": returns the record, `ENABLING` at first. Safe to repeat; another stage replaces the
   * enabled one. 400 if account linking failed or is missing; 403 without a role on the unit, or if the operation is not
   * available; 404 if the unit, the skill or the stage does not exist.
   */
  async enable(request: EnableRequest, options?: CallOptions): Promise<Enablement & Answered> {
    const { skillId, ...body } = request
    const linking = linkingOf([body.accountLinkRequest])
    return enablementOf(
      'enable',
      await this.#caller.call('enable', 'POST', pathOf(skillId), { options, body, ...this.#care(linking) }),
    )
  }

  /**
   * "Disable a skill for a unit". With `stage`, that stage must be the enabled one. 404 if it is not enabled. A 404 counts
   * as success if an earlier attempt may have disabled the skill and its response was lost.
   */
  async disable(request: DisableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, unitId, stage } = request
    const path = `${pathOf(skillId)}?${queryOf({ unitId, stage })}`
    const { requestId } = await this.#caller.call('disable', 'DELETE', path, { options, doneStatus: 404 })
    return { requestId }
  }

  /**
   * "Enable a skill for multiple units", at most 100 per request. The service enables them in the background. All or
   * nothing: a `BatchError` lists the items at fault. `enableMany` takes more units, and leaves out items at fault.
   */
  async batchEnable(request: BatchEnableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, items } = request
    const linking = linkingOf(items.map((item) => item.accountLinkRequest))
    const { requestId } = await this.#caller.call('batchEnable', 'POST', `${pathOf(skillId)}/batch`, {
      options,
      body: { items },
      ...this.#care(linking),
    })
    return { requestId }
  }

  /**
   * "Disable skill for multiple units", at most 100 per request. All or nothing: a `BatchError` lists the items at fault.
   * A unit where the skill is not enabled counts as success. `disableMany` takes more units.
   */
  async batchDisable(request: BatchDisableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, items } = request
    const path = `${pathOf(skillId)}/batchDelete`
    const { requestId } = await this.#caller.call('batchDisable', 'POST', path, { options, body: { items } })
    return { requestId }
  }

  /**
   * "Get skill enablement for multiple units", 1 to 1,000 per request: awaited, one page of up to `maxResults` units;
   * iterated, all units from that page on. Units without enablements are left out. All or nothing: a `BatchError` lists the
   * items at fault. `getMany` takes more units, and leaves out items at fault.
   */
  batchGet(request: BatchGetRequest, options?: CallOptions): PagedList<UnitEnablementsPage, UnitEnablements> {
    const { items, expand, maxResults } = request
    const page = async (nextToken: string | undefined) => {
      const body = { items, expand, paginationContext: { maxResults, nextToken } }
      const path = '/v1/skills/enablements/batchGet'
      return unitsPageOf(await this.#caller.call('batchGet', 'POST', path, { options, body }))
    }
    return createList('batchGet', request.nextToken, page, ({ results }) => results)
  }

  /** Returns a valid access token, for a request that the client has no method for. Rejects with a `TokenError`. */
  accessToken(): Promise<string> {
    return this.#caller.tokens.token(undefined)
  }

  /**
   * Enables a skill in any number of units, in batches. `units` is any iterable: an array, a set, a generator, the lines of
   * a file. Units that the service refuses are in `refusals` and do not stop the others. Resolves when every unit has an
   * outcome. Rejects with a `StoppedError` when it cannot continue: aborted, no token, an unknown skill, a service that is
   * down. The error's `result` has the outcomes so far and the remaining units.
   *
   * ```ts
   * const { accepted, refusals } = await client.enableMany(rooms, { skillId, stage: 'live' }, { onProgress })
   * ```
   */
  enableMany<Unit extends UnitToEnable>(
    units: Units<Unit>,
    request: EnableManyRequest,
    options: ManyOptions<Unit> = {},
  ): Promise<ManyResult<Unit>> {
    const { skillId, ...common } = request
    const send: SendBatch<Unit> = async (numbered) => {
      const items = numbered.map(({ unit, itemId }) => ({ ...common, ...wishesOf(unit), itemId }))
      return (await this.batchEnable({ skillId, items }, options)).requestId
    }
    return sendMany('batchEnable', units, send, options)
  }

  /**
   * Disables a skill in any number of units, in batches, as `enableMany` enables it. A unit where the skill is not enabled
   * counts as accepted.
   */
  disableMany<Unit extends UnitToDisable>(
    units: Units<Unit>,
    request: SkillRequest,
    options: ManyOptions<Unit> = {},
  ): Promise<ManyResult<Unit>> {
    const { skillId, ...common } = request
    const send: SendBatch<Unit> = async (numbered) => {
      const items = numbered.map(({ unit, itemId }) => ({ ...common, ...wishesOf(unit), itemId }))
      return (await this.batchDisable({ skillId, items }, options)).requestId
    }
    return sendMany('batchDisable', units, send, options)
  }

  /**
   * Iterates over the enablements of any number of units in their order, including units without enablements. If the
   * service refuses a unit, its `refusal` has the reason. Units are read when they are needed.
   *
   * ```ts
   * for await (const { unitId, enablements } of client.getMany(rooms)) …
   * ```
   */
  getMany<Unit extends UnitLike>(
    units: Units<Unit>,
    options: GetManyOptions & ReadOptions = {},
  ): AsyncGenerator<UnitReport<Unit>> {
    return readMany(units, (unitIds) => this.#getUnits(unitIds, options), options)
  }

  /**
   * Waits until the skill is enabled in the unit, and returns the record. The wait continues while the unit has no record
   * or the service is down. Rejects with a `WaitTimeoutError` at the time limit.
   */
  waitUntilEnabled(request: WaitRequest, options: WaitOptions = {}): Promise<Enablement & Answered> {
    const get = this.get.bind(this)
    return waitForUnit(get, request, { clock: this.#clock, options })
  }

  /**
   * Waits until the skill is enabled in all units, and returns their number. Rejects with a `WaitTimeoutError` at the time
   * limit; its `missing` has the units that are not enabled, with their states. Rejects with a `BatchError` at once if a
   * unit does not exist or the caller has no role on it.
   */
  waitUntilAllEnabled<Unit extends UnitLike>(
    units: Units<Unit>,
    request: SkillRequest,
    options: WaitManyOptions = {},
  ): Promise<{ readonly enabled: number }> {
    const read = {
      get: this.get.bind(this),
      getUnits: (unitIds: readonly string[], own: CallOptions) => this.#getUnits(unitIds, own),
    }
    return waitForUnits(read, units, request, { clock: this.#clock, options })
  }

  /** The enablements of a unit come in several pieces if one page cannot hold them. */
  #getUnits(unitIds: readonly string[], { expand, ...options }: ReadOptions): AsyncIterable<UnitEnablements> {
    const items = unitIds.map((unitId, itemId) => ({ itemId, unitId }))
    return this.batchGet({ items, ...(expand && { expand }) }, options)
  }

  /** The secrets of a request with these authorization codes, and whether it is repeatable. */
  #care(codes: readonly string[]) {
    return { secrets: codes, isRepeatable: codes.length === 0 || this.#caller.repeatsCodes }
  }
}

function pathOf(skillId: string): string {
  return `/v1/skills/${encodeURIComponent(skillId)}/enablements`
}

function linkingOf(requests: readonly (AccountLinkRequest | undefined)[]): string[] {
  return requests.flatMap((request) => (request ? [request.authCode] : []))
}
