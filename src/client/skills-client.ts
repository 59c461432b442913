import type {
  Answered,
  BatchGetRequest,
  EnableManyRequest,
  Enablement,
  SkillRequest,
  Target,
  UnitEnablements,
  UnitToDisable,
  UnitToEnable,
  WaitRequest,
} from './enablement.ts'
import { AnswerError, ApiError, BatchError, EndlessListError } from './errors.ts'
import type { ManyResult } from './many/many-result.ts'
import { collect, type GetManyOptions, readMany, type UnitReport, unitsPerRequest } from './many/read-many.ts'
import { type ManyOptions, type SendBatch, sendMany } from './many/send-many.ts'
import { openUnits, type UnitLike, type Units, unitIdOf } from './many/unit-source.ts'
import { type WaitManyOptions, type WaitOptions, waitForAll } from './many/wait.ts'
import { SkillOperations } from './operations.ts'
import type { CallOptions, SkillsClientOptions } from './options.ts'
import { isSameSkill } from './skill-id.ts'
import { type ClientClock, systemClock } from './transport/clock.ts'

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
 * without a token, `TransportError`, `AnswerError`, `TimeoutError` or `AbortError` if there was no answer to use.
 */
export class SkillsClient extends SkillOperations {
  readonly #clock: ClientClock

  constructor(options: SkillsClientOptions) {
    super(options)
    this.#clock = options.clock ?? systemClock
  }

  /**
   * Enables a skill in any number of units, by batches: an array, a set, a generator, the lines of a file. Units that the
   * service refuses are told in `refusals` and do not hold up the others. Resolves when every unit has an outcome. Rejects
   * with a `StoppedError`, whose `result` tells what was done and what remains, when it is of no use to go on: called off,
   * no token, a skill that is not there, a service that is down.
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
   * Disables a skill in any number of units, by batches, in the way of `enableMany`. Units where it is not enabled are
   * as they should be, and so are accepted.
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
   * What is enabled in any number of units, in their order; also those where nothing is. A unit that the service refuses has the
   * reason as its `refusal`. Units are read as they are needed.
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
   * Waits until the skill is enabled in the unit, and gives the record. A unit where it is not there yet, and a service that
   * is down for a moment, are waited for. Rejects with a `WaitTimeoutError` when the time is over.
   */
  async waitUntilEnabled(request: WaitRequest, options: WaitOptions = {}): Promise<Enablement & Answered> {
    const { skillId, unitId, stage } = request
    let record: (Enablement & Answered) | undefined
    const find = async (_: readonly string[], signal: AbortSignal) => {
      record = await this.#find({ skillId, unitId }, { ...withoutTime(options), signal })
      return new Map(record && [[unitId, record]])
    }
    await waitForAll({ unitIds: [unitId], stage, find, groupSize: 1, clock: this.#clock, options })
    if (!record) throw new Error('The wait ended without a record.')
    return record
  }

  /**
   * Waits until the skill is enabled in all of the units, and gives their number. Rejects with a `WaitTimeoutError` when the time
   * is over; its `missing` names the units that are not enabled, with what was found there. A unit
   * that the service does not know, or does not let the caller see, is told at once: a `BatchError`.
   */
  async waitUntilAllEnabled<Unit extends UnitLike>(
    units: Units<Unit>,
    request: SkillRequest,
    options: WaitManyOptions = {},
  ): Promise<{ readonly enabled: number }> {
    const { skillId, stage } = request
    const unitIds: string[] = []
    for await (const unit of openUnits(units).rest()) unitIds.push(unitIdOf(unit))
    let hasBatchGet = true
    const find = async (group: readonly string[], signal: AbortSignal) => {
      const own = { ...withoutTime(options), signal }
      try {
        if (hasBatchGet) return ofSkill(skillId, await collect(this.#getUnits(group, own)))
      } catch (error) {
        if (!isUnavailable(error)) throw error
        hasBatchGet = false
      }
      return this.#findEach(skillId, group, own)
    }
    const groupSize = unitsPerRequest
    return { enabled: await waitForAll({ unitIds, stage, find, groupSize, clock: this.#clock, options }) }
  }

  /** The enablements of a few units; more of a unit than one page has come in several pieces. */
  #getUnits(unitIds: readonly string[], { expand, ...options }: ReadOptions): AsyncIterable<UnitEnablements> {
    const items = unitIds.map((unitId, itemId) => ({ itemId, unitId }))
    return this.batchGet({ items, ...(expand && { expand }) }, options)
  }

  /** One by one, for a service that does not have batchGet. */
  async #findEach(
    skillId: string,
    unitIds: readonly string[],
    options: CallOptions,
  ): Promise<Map<string, Enablement>> {
    const found = new Map<string, Enablement>()
    for (const unitId of unitIds) {
      const enablement = await this.#find({ skillId, unitId }, options)
      if (enablement) found.set(unitId, enablement)
    }
    return found
  }

  async #find(target: Target, options: CallOptions): Promise<(Enablement & Answered) | undefined> {
    try {
      return await this.get(target, options)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }
}

/** What a unit says for itself; what else its object has is not sent. */
function wishesOf(unit: UnitToEnable): Exclude<UnitToEnable, string> {
  if (typeof unit === 'string') return { unitId: unit }
  const { unitId, stage, partitionName, accountLinkRequest, nameFreeInvocationRequest } = unit
  return {
    unitId,
    ...(stage && { stage }),
    ...(partitionName !== undefined && { partitionName }),
    ...(accountLinkRequest && { accountLinkRequest }),
    ...(nameFreeInvocationRequest && { nameFreeInvocationRequest }),
  }
}

/** The one skill of each unit. */
function ofSkill(
  skillId: string,
  found: ReadonlyMap<string, readonly Enablement[]>,
): Map<string, Enablement> {
  return new Map(
    Array.from(found).flatMap(([unitId, enablements]) => {
      const enablement = enablements.find(({ skill }) => isSameSkill(skill.id, skillId))
      return enablement ? [[unitId, enablement]] : []
    }),
  )
}

/** Of batchGet, which the original edition of the page does not have. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof AnswerError) return !(error instanceof EndlessListError)
  // A unit at fault is no sign of that.
  if (!(error instanceof ApiError) || (error instanceof BatchError && error.items.length > 0)) return false
  return error.status === 403 || error.status === 404 || error.status === 405
}

function withoutTime({ timeoutMs: _, ...others }: CallOptions): CallOptions {
  return others
}
