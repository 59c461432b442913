/** The requests of `waitUntilEnabled` and `waitUntilAllEnabled`, and the responses that mean "not enabled yet". */
import type {
  Answered,
  Enablement,
  GetRequest,
  SkillRequest,
  UnitEnablements,
  WaitRequest,
} from '../enablement.ts'
import { AnswerError, ApiError, BatchError, EndlessListError } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { isSameSkill } from '../skill-id.ts'
import type { ClientClock } from '../transport/clock.ts'
import { collect, unitsPerRequest } from './read-many.ts'
import { openUnits, type UnitLike, type Units, unitIdOf } from './unit-source.ts'
import { type WaitManyOptions, type WaitOptions, waitForAll } from './wait.ts'

type Get = (request: GetRequest, options: CallOptions) => Promise<Enablement & Answered>

interface Read {
  readonly get: Get
  /** Reads the enablements of a few units by batchGet. */
  getUnits(unitIds: readonly string[], options: CallOptions): AsyncIterable<UnitEnablements>
}

export async function waitForUnit(
  get: Get,
  { skillId, unitId, stage }: WaitRequest,
  { clock, options }: { clock: ClientClock; options: WaitOptions },
): Promise<Enablement & Answered> {
  let record: (Enablement & Answered) | undefined
  const find = async (_: readonly string[], signal: AbortSignal) => {
    record = await findOne(get, { skillId, unitId }, { ...withoutTime(options), signal })
    return new Map(record && [[unitId, record]])
  }
  await waitForAll({ unitIds: [unitId], stage, find, groupSize: 1, clock, options })
  if (!record) throw new Error('The wait ended without a record.')
  return record
}

export async function waitForUnits<Unit extends UnitLike>(
  { get, getUnits }: Read,
  units: Units<Unit>,
  { skillId, stage }: SkillRequest,
  { clock, options }: { clock: ClientClock; options: WaitManyOptions },
): Promise<{ readonly enabled: number }> {
  const unitIds: string[] = []
  for await (const unit of openUnits(units).rest()) unitIds.push(unitIdOf(unit))
  let hasBatchGet = true
  const find = async (group: readonly string[], signal: AbortSignal) => {
    const own = { ...withoutTime(options), signal }
    try {
      if (hasBatchGet) return ofSkill(skillId, await collect(getUnits(group, own)))
    } catch (error) {
      if (!isUnavailable(error)) throw error
      hasBatchGet = false
    }
    return findEach(get, skillId, group, own)
  }
  return { enabled: await waitForAll({ unitIds, stage, find, groupSize: unitsPerRequest, clock, options }) }
}

/** Reads one unit per request, for a service without batchGet. */
async function findEach(
  get: Get,
  skillId: string,
  unitIds: readonly string[],
  options: CallOptions,
): Promise<Map<string, Enablement>> {
  const found = new Map<string, Enablement>()
  for (const unitId of unitIds) {
    const enablement = await findOne(get, { skillId, unitId }, options)
    if (enablement) found.set(unitId, enablement)
  }
  return found
}

async function findOne(
  get: Get,
  target: GetRequest,
  options: CallOptions,
): Promise<(Enablement & Answered) | undefined> {
  try {
    return await get(target, options)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** Selects the one skill in each unit. */
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

/** Whether the error means that the service has no batchGet, which the original edition of the page lacks. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof AnswerError) return !(error instanceof EndlessListError)
  // A unit at fault does not mean that.
  if (!(error instanceof ApiError) || (error instanceof BatchError && error.items.length > 0)) return false
  return error.status === 403 || error.status === 404 || error.status === 405
}

function withoutTime({ timeoutMs: _, ...others }: CallOptions): CallOptions {
  return others
}
