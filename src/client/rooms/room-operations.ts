/** Reads of rooms, which only Skillkeeper has. */
import type { Stage } from '../enablement.ts'
import { AnswerError, type Operation } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import type { Answer } from '../transport/call.ts'
import { type Caller, queryOf } from '../transport/caller.ts'
import { isRecord } from '../transport/read-answer.ts'
import { type FollowOptions, followChanges, type RoomEvent } from './follow-changes.ts'

/** A unit as these operations return it. */
export interface RoomUnit {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  /** Absent for an organization. */
  readonly parentId?: string
  /** 0 for an organization, 1 for a property, and so on. */
  readonly level: number
}

/** The caller, and the highest units that it may read. */
export interface Me {
  readonly kind: 'operator' | 'person' | 'client'
  readonly name: string
  /** Absent for an operator. */
  readonly id?: string
  /** The name in the operations log. */
  readonly actor: string
  readonly roots: readonly {
    readonly unit: RoomUnit
    readonly role: string
    /** The role covers only the unit itself. */
    readonly propagate?: false
  }[]
  /** Tests control the service. */
  readonly testControls?: true
}

/** A column of a matrix. */
export interface MatrixSkill {
  readonly id: string
  readonly name: string
  readonly stages: readonly Stage[]
  readonly isSubscription: boolean
  readonly hasAccountLinking: boolean
  readonly authorizationUri?: string
  readonly linkClientId?: string
  readonly linkScopes?: readonly string[]
}

/** A row of a matrix. */
export interface MatrixRow {
  readonly id: string
  readonly name: string
  readonly parentId?: string
  readonly level: number
  /** One character for each skill: `.` off, `E` ENABLED, `e` ENABLING, `w` waits for its link, `!` ENABLED but NOT_LINKED. */
  readonly cells: string
  /** The time of the newest entry of the operations log about the unit, RFC 3339. Absent if the log has none any more. */
  readonly changedAt?: string
}

/** One page of a matrix. */
export interface MatrixPage {
  /** From here on `events` has every change that the page lacks. */
  readonly position: string
  readonly organizationId: string
  readonly skills: readonly MatrixSkill[]
  /** There are more skills than a matrix shows: `skillIds` chooses. */
  readonly hasMoreSkills?: true
  readonly rows: readonly MatrixRow[]
}

/** How often something is on. */
export interface OnCounts {
  readonly on: number
  /** ENABLING, or waiting for an account link. */
  readonly enabling: number
  /** ENABLED, but NOT_LINKED. */
  readonly notLinked: number
}

/** The counts of what is on in a unit and below it. */
export interface RoomSummary {
  readonly unit: RoomUnit
  /** The unit and those below it. */
  readonly units: number
  readonly skills: readonly (OnCounts & { readonly id: string; readonly name: string })[]
  /** The units directly below, at most 100. */
  readonly children: readonly (OnCounts & { readonly unit: RoomUnit; readonly units: number })[]
  /** Only the first units are counted. */
  readonly isPartial?: true
}

/** A unit that was found, with the units between the one where the search began and this one. */
export interface FoundUnit extends RoomUnit {
  readonly path: readonly { readonly id: string; readonly name: string }[]
}

/** Reads of rooms, `client.rooms`. Each rejects with a `SkillsError`. Amazon's service has none of them. */
export interface RoomOperations {
  me(options?: CallOptions): Promise<Me>
  /**
   * Iterates over the pages of a matrix: the unit and all units below it, each page with up to 1,000 rows.
   *
   * ```ts
   * for await (const { skills, rows } of client.rooms.matrix({ unitId })) …
   * ```
   */
  matrix(
    request: {
      readonly unitId: string
      readonly skillIds?: readonly string[]
      /** Rows per page, 1 to 1,000. */
      readonly maxResults?: number
    },
    options?: CallOptions,
  ): AsyncGenerator<MatrixPage>
  summary(unitId: string, options?: CallOptions): Promise<RoomSummary>
  /** Iterates over the units below a unit whose name contains the text, or whose ID it is. */
  search(
    request: { readonly under?: string; readonly text: string },
    options?: CallOptions,
  ): AsyncGenerator<FoundUnit>
  /**
   * Iterates over the changes of a unit and of those below it, from now on or from a position. It comes back after a cut, without missing
   * or repeating a change, and ends with an `AbortError` when the signal is aborted. Rejects when the service refuses.
   *
   * ```ts
   * for await (const event of client.rooms.events({ unitId, from: position }, { signal })) …
   * ```
   */
  events(
    request: { readonly unitId?: string; readonly from?: string },
    options?: FollowOptions,
  ): AsyncGenerator<RoomEvent>
}

export function createRoomOperations(caller: Caller): RoomOperations {
  const { call } = caller
  const root = '/_skillkeeper'
  const unitPath = (unitId: string) => `${root}/units/${encodeURIComponent(unitId)}`
  async function get<Body>(operation: Operation, path: string, list: string, options?: CallOptions) {
    return bodyOf<Body>(operation, await call(operation, 'GET', path, { options }), list)
  }
  return {
    me: (options) => get<Me>('me', `${root}/me`, 'roots', options),
    async *matrix({ unitId, skillIds = [], maxResults }, options) {
      const chosen = skillIds.map((id) => `&skillId=${encodeURIComponent(id)}`).join('')
      let after: string | undefined
      do {
        const path = `${unitPath(unitId)}/matrix?${queryOf({ maxResults, after })}${chosen}`
        const { paginationContext, ...page } = await get<MatrixPage & Paged>('matrix', path, 'rows', options)
        yield page
        after = paginationContext?.after
      } while (after !== undefined)
    },
    summary: (unitId, options) =>
      get<RoomSummary>('summary', `${unitPath(unitId)}/summary`, 'children', options),
    async *search({ under, text: q }, options) {
      let after: string | undefined
      do {
        const path = `${root}/units?${queryOf({ under, q, after })}`
        const page = await get<{ readonly items: FoundUnit[] } & Paged>('findUnits', path, 'items', options)
        yield* page.items
        after = page.paginationContext?.after
      } while (after !== undefined)
    },
    events: (request, options) =>
      followChanges(caller, `${root}/events?${queryOf({ unitId: request.unitId })}`, request.from, options),
  }
}

interface Paged {
  readonly paginationContext?: { readonly after?: string }
}

/** `list`: a property that such a response has, and no other. */
function bodyOf<Body>(operation: Operation, { body, requestId }: Answer, list: string): Body {
  if (isRecord(body) && Array.isArray(body[list])) return body as Body
  throw new AnswerError('The response does not have the form of the operation.', { operation, requestId })
}
