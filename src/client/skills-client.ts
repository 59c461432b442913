import type { Answer, Send, TokenSource } from './call.ts'
import type {
  AccountLinkRequest,
  Answered,
  BatchEnableRequest,
  DisableRequest,
  EnableManyRequest,
  Enablement,
  EnableRequest,
  ListRequest,
  Stage,
  Target,
  UnitToEnable,
  WaitRequest,
} from './enablement.ts'
import type { Operation } from './errors.ts'
import { createList, type EnablementList } from './listing.ts'
import type { ManyResult } from './many-result.ts'
import type { CallOptions, SkillsClientOptions } from './options.ts'
import { enablementOf, pageOf } from './read-answer.ts'
import { createSend } from './send.ts'
import { type ManyOptions, sendMany } from './send-many.ts'
import { fillOptions, type Settings } from './settings.ts'
import { tokenSource } from './token-source.ts'
import { openUnits, type UnitLike, type Units, unitIdOf } from './unit-source.ts'
import { type WaitManyOptions, type WaitOptions, waitForAll } from './wait.ts'

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
export class SkillsClient {
  readonly #settings: Settings
  readonly #send: Send
  readonly #tokens: TokenSource

  constructor(options: SkillsClientOptions) {
    this.#settings = fillOptions(options)
    this.#send = createSend(this.#settings)
    this.#tokens = tokenSource(options.credentials, this.#settings, this.#send)
  }

  /**
   * "Get a skill enablement record for a unit". 403 without a role on the unit; 404 for an unknown skill or unit, and
   * where the skill is not enabled.
   */
  async get(target: Target, options?: CallOptions): Promise<Enablement & Answered> {
    const path = `${pathOf(target.skillId)}?${query({ unitId: target.unitId })}`
    return enablementOf('get', await this.#call('get', 'GET', path, { options }))
  }

  /**
   * "List skill enablements for a unit": awaited, one page of up to `maxResults`; iterated, all enablements from there on.
   * The order is stable with Skillkeeper; Amazon promises none. 403 without a role on the unit, also for an unknown one.
   *
   * ```ts
   * for await (const { skill, status } of client.list({ unitId })) …
   * ```
   */
  list(request: ListRequest, options?: CallOptions): EnablementList {
    const page = async (nextToken: string | undefined) => {
      const { unitId, maxResults } = request
      const path = `/v1/skills/enablements?${query({ unitId, maxResults, nextToken })}`
      return pageOf(await this.#call('list', 'GET', path, { options }))
    }
    return createList(page(request.nextToken), page)
  }

  /**
   * "Enable a skill for a unit": answers with the record, `ENABLING` at first. Safe to repeat; another stage replaces the
   * enabled one. 400 when account linking failed or is missing; 403 without a role on the unit, or where the operation is not
   * available; 404 for an unknown unit, skill or stage.
   */
  async enable(request: EnableRequest, options?: CallOptions): Promise<Enablement & Answered> {
    const { skillId, ...body } = request
    const linking = linkingOf([body.accountLinkRequest])
    return enablementOf(
      'enable',
      await this.#call('enable', 'POST', pathOf(skillId), { options, body, ...this.#care(linking) }),
    )
  }

  /**
   * "Disable a skill for a unit". With `stage`, that stage must be the enabled one. 404 if it is not enabled; but if an
   * answer was lost and the repetition finds nothing to disable, it is disabled, and that is a success.
   */
  async disable(request: DisableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, unitId, stage } = request
    const path = `${pathOf(skillId)}?${query({ unitId, stage })}`
    const { requestId } = await this.#call('disable', 'DELETE', path, { options, doneStatus: 404 })
    return { requestId }
  }

  /**
   * "Enable a skill for multiple units", at most 100 in one request: accepted, and done in the background. All or nothing:
   * a `BatchError` lists the items at fault. For more units, and to get past items at fault, see `enableMany`.
   */
  async batchEnable(request: BatchEnableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, items } = request
    const linking = linkingOf(items.map((item) => item.accountLinkRequest))
    const { requestId } = await this.#call('batchEnable', 'POST', `${pathOf(skillId)}/batch`, {
      options,
      body: { items },
      ...this.#care(linking),
    })
    return { requestId }
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
    return sendMany(
      'batchEnable',
      units,
      async (numbered) => {
        const items = numbered.map(({ unit, itemId }) => ({ ...common, ...ownPart(unit), itemId }))
        return (await this.batchEnable({ skillId, items }, options)).requestId
      },
      options,
    )
  }

  /**
   * Waits until the skill is enabled in the unit, and gives the record. A unit where it is not there yet, and a service that
   * is down for a moment, are waited for. Rejects with a `WaitTimeoutError` when the time is over.
   */
  async waitUntilEnabled(request: WaitRequest, options: WaitOptions = {}): Promise<Enablement & Answered> {
    const { skillId, unitId, stage } = request
    let found: (Enablement & Answered) | undefined
    const get = async (id: string, signal: AbortSignal) => {
      found = await this.get({ skillId, unitId: id }, { ...withoutTime(options), signal })
      return found
    }
    await waitForAll({ unitIds: [unitId], stage, get, clock: this.#settings.clock, options })
    if (!found) throw new Error('The wait ended without a record.')
    return found
  }

  /**
   * Waits until the skill is enabled in all of the units, and gives their number. Rejects with a `WaitTimeoutError` when the time
   * is over; its `missing` names the units that are not enabled, with what was found there.
   */
  async waitUntilAllEnabled<Unit extends UnitLike>(
    units: Units<Unit>,
    request: { readonly skillId: string; readonly stage?: Stage },
    options: WaitManyOptions = {},
  ): Promise<{ readonly enabled: number }> {
    const { skillId, stage } = request
    const unitIds: string[] = []
    for await (const unit of openUnits(units).rest()) unitIds.push(unitIdOf(unit))
    const get = (unitId: string, signal: AbortSignal) =>
      this.get({ skillId, unitId }, { ...withoutTime(options), signal })
    return { enabled: await waitForAll({ unitIds, stage, get, clock: this.#settings.clock, options }) }
  }

  /** An access token that holds now, for a call that this client does not have. Rejects with a `TokenError`. */
  accessToken(): Promise<string> {
    return this.#tokens.token(undefined)
  }

  #call(
    operation: Operation,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    parts: CallParts,
  ): Promise<Answer> {
    const { body, options = {}, isRepeatable = true, secrets = [], doneStatus } = parts
    return this.#send({
      operation,
      method,
      url: this.#settings.endpoint + path,
      tokens: this.#tokens,
      isRepeatable,
      secrets,
      options,
      ...(body !== undefined && { body: JSON.stringify(body), contentType: 'application/json' }),
      ...(doneStatus !== undefined && { doneStatus }),
    })
  }

  /** Of a request with these authorization codes. */
  #care(codes: readonly string[]) {
    return { secrets: codes, isRepeatable: codes.length === 0 || this.#settings.repeatsCodes }
  }
}

interface CallParts {
  readonly options: CallOptions | undefined
  readonly body?: unknown
  readonly isRepeatable?: boolean
  readonly secrets?: readonly string[]
  readonly doneStatus?: number
}

function pathOf(skillId: string): string {
  return `/v1/skills/${encodeURIComponent(skillId)}/enablements`
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
}

function linkingOf(requests: readonly (AccountLinkRequest | undefined)[]): string[] {
  return requests.flatMap((request) => (request ? [request.authCode] : []))
}

/** What a unit says for itself; what else its object has is not sent. */
function ownPart(unit: UnitToEnable) {
  if (typeof unit === 'string') return { unitId: unit }
  const { unitId, stage, partitionName, accountLinkRequest } = unit
  return {
    unitId,
    ...(stage !== undefined && { stage }),
    ...(partitionName !== undefined && { partitionName }),
    ...(accountLinkRequest !== undefined && { accountLinkRequest }),
  }
}

function withoutTime({ timeoutMs: _, ...others }: CallOptions): CallOptions {
  return others
}
