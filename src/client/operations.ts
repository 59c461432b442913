/** The operations of the page, one method each: one request and its answer. */

import type {
  AccountLinkRequest,
  Answered,
  BatchDisableRequest,
  BatchEnableRequest,
  BatchGetRequest,
  DisableRequest,
  Enablement,
  EnablementPage,
  EnableRequest,
  GetRequest,
  ListRequest,
  UnitEnablements,
  UnitEnablementsPage,
} from './enablement.ts'
import { createList, type PagedList } from './listing.ts'
import type { CallOptions, SkillsClientOptions } from './options.ts'
import { type Caller, createCaller, queryOf } from './transport/caller.ts'
import { enablementOf, pageOf, unitsPageOf } from './transport/read-answer.ts'
import { createUnitOperations, type UnitOperations } from './unit-operations.ts'

/** The operations of the page; a `SkillsClient` has more. */
export class SkillOperations {
  readonly #caller: Caller
  /** The tree of units. */
  readonly units: UnitOperations

  constructor(options: SkillsClientOptions) {
    this.#caller = createCaller(options)
    this.units = createUnitOperations(this.#caller.call)
  }

  /**
   * "Get a skill enablement record for a unit". 403 without a role on the unit; 404 for an unknown skill or unit, and
   * where the skill is not enabled, or not in the stage.
   */
  async get(request: GetRequest, options?: CallOptions): Promise<Enablement & Answered> {
    const { skillId, unitId, stage, expand } = request
    const path = `${pathOf(skillId)}?${queryOf({ unitId, stage, expand: expand?.join() })}`
    return enablementOf('get', await this.#caller.call('get', 'GET', path, { options }))
  }

  /**
   * "List skill enablements for a unit": awaited, one page of up to `maxResults`; iterated, all enablements from there on.
   * The order is stable with Skillkeeper; Amazon promises none. 403 without a role on the unit, also for an unknown one.
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
   * "Enable a skill for a unit": answers with the record, `ENABLING` at first. Safe to repeat; another stage replaces the
   * enabled one. 400 when account linking failed or is missing; 403 without a role on the unit, or where the operation is not
   * available; 404 for an unknown unit, skill or stage.
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
   * "Disable a skill for a unit". With `stage`, that stage must be the enabled one. 404 if it is not enabled; but if an
   * answer was lost and the repetition finds nothing to disable, it is disabled, and that is a success.
   */
  async disable(request: DisableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, unitId, stage } = request
    const path = `${pathOf(skillId)}?${queryOf({ unitId, stage })}`
    const { requestId } = await this.#caller.call('disable', 'DELETE', path, { options, doneStatus: 404 })
    return { requestId }
  }

  /**
   * "Enable a skill for multiple units", at most 100 in one request: accepted, and done in the background. All or nothing:
   * a `BatchError` lists the items at fault. For more units, and to get past items at fault, see `enableMany`.
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
   * "Disable skill for multiple units", at most 100 in one request: all or nothing, a `BatchError` lists the items at fault.
   * Units where the skill is not enabled are as they should be. For more units see `disableMany`.
   */
  async batchDisable(request: BatchDisableRequest, options?: CallOptions): Promise<Answered> {
    const { skillId, items } = request
    const path = `${pathOf(skillId)}/batchDelete`
    const { requestId } = await this.#caller.call('batchDisable', 'POST', path, { options, body: { items } })
    return { requestId }
  }

  /**
   * "Get skill enablement for multiple units", 1 to 1,000 in one request: awaited, one page of up to `maxResults` units;
   * iterated, all units from there on. Units without any enablement are left out. One bad item and all is refused: a
   * `BatchError`. For more units, and to get past items at fault, see `getMany`.
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

  /** An access token that holds now, for a call that this client does not have. Rejects with a `TokenError`. */
  accessToken(): Promise<string> {
    return this.#caller.tokens.token(undefined)
  }

  /** Of a request with these authorization codes. */
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
