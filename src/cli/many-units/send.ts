/** Sends the rows of a batch and returns the outcomes, also if the client stops before the end. */
import {
  type ManyOptions,
  type ManyProgress,
  type ManyResult,
  type SkillsClient,
  type Stage,
  StoppedError,
} from '../../client/index.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'

/** The parameters of a batch. A row overrides its stage and partition. */
export interface BatchOrder {
  readonly skillId: string
  readonly disable?: boolean
  readonly stage?: Stage
  readonly partition?: string
  /** The number of concurrent requests. */
  readonly concurrency: number
}

export interface Sent {
  readonly result: ManyResult<UnitRow>
  /** The positions of the accepted rows in the source. */
  readonly accepted: ReadonlySet<number>
  /** Present if the client stopped before the end. */
  readonly stopped: StoppedError | undefined
  /** The error that `onProgress` threw. */
  readonly failure: unknown
}

/** Calls `onProgress` after each request with the rows that it accepted. If `onProgress` throws, nothing more is sent. */
export async function sendRows(
  client: SkillsClient,
  rows: readonly UnitRow[],
  { skillId, disable, stage, partition, concurrency }: BatchOrder,
  signal: AbortSignal,
  onProgress: (accepted: readonly number[], now: ManyProgress) => void,
): Promise<Sent> {
  const accepted = new Set<number>()
  let news: number[] = []
  let failure: unknown
  const broken = new AbortController()
  const options: ManyOptions<UnitRow> = {
    signal: AbortSignal.any([signal, broken.signal]),
    concurrency,
    onOutcome: ({ state, unit }) => void (state === 'accepted' && news.push(unit.index)),
    onProgress(now) {
      const told = news
      news = []
      for (const index of told) accepted.add(index)
      try {
        onProgress(told, now)
      } catch (error) {
        failure ??= error
        broken.abort()
      }
    },
  }
  try {
    const result = disable
      ? await client.disableMany(rows, { skillId, ...(stage !== undefined && { stage }) }, options)
      : await client.enableMany(
          rows,
          { skillId, stage: stage ?? 'live', ...(partition !== undefined && { partitionName: partition }) },
          options,
        )
    return { result, accepted, stopped: undefined, failure }
  } catch (error) {
    if (error instanceof StoppedError) return { result: error.result, accepted, stopped: error, failure }
    throw error
  }
}
