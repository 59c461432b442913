/** Sends the rows of a batch by the client, and gives what it says of them, also when it stops before the end. */
import {
  type ManyOptions,
  type ManyProgress,
  type ManyResult,
  type SkillsClient,
  type Stage,
  StoppedError,
} from '../../client/index.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'

/** What is to be done with all rows that do not say it themselves. */
export interface BatchOrder {
  readonly skillId: string
  readonly disable?: boolean
  readonly stage?: Stage
  readonly partition?: string
  /** Requests at the same time. */
  readonly concurrency: number
}

export interface Sent {
  readonly result: ManyResult<UnitRow>
  /** The rows that were accepted, by their places in the source. */
  readonly accepted: ReadonlySet<number>
  /** Why it did not come to the end. */
  readonly stopped: StoppedError | undefined
  /** What `onProgress` threw. */
  readonly failure: unknown
}

/** `onProgress` is told after each request which rows were accepted by it. Nothing more is sent when it throws. */
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
