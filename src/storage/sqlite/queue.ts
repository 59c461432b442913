/**
 * The queue of writes. A write waits for its turn of the event loop, and while another program, such as a backup, holds the
 * database. SQLite's own wait blocks the whole process; this queue retries after pauses, and reads go on.
 */
import type { Context } from '../../model/ports/context.ts'
import type { Write } from '../engine/driver.ts'
import { refuseWrite, type WaitingWrite } from '../engine/write-queue.ts'
import { isBusy } from './errors.ts'
import type { Guard } from './guard.ts'

/** The most writes of one commit, to keep a turn of the event loop short. */
const writesPerCommitMax = 500
/** While another program holds the database, a write is tried this often with this pause, 4 s in all. */
const lockTriesMax = 200
const lockPauseMs = 20

type Pauses = Pick<Context, 'now' | 'sleepUntil'>

interface QueuedWrite extends WaitingWrite {
  /** The count of failed tries at which the write is rejected. */
  readonly givenUpAfter: number
}

export interface WriteQueue {
  add<T>(run: Write<T>): Promise<T>
  /** Accepts no more writes, and resolves when all waiting writes are settled. */
  close(): Promise<void>
}

/** Runs the function, and retries for a while as long as another program holds the database. */
export async function whenFree<T>({ now, sleepUntil }: Pauses, run: () => T): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return run()
    } catch (error) {
      if (!isBusy(error) || tries >= lockTriesMax) throw error
    }
    await sleepUntil(now() + lockPauseMs)
  }
}

/** `commit`: see `commitGroup`. */
export function queueWrites(
  commit: (group: readonly WaitingWrite[]) => number,
  guard: Guard,
  { now, sleepUntil }: Pauses,
): WriteQueue {
  const waiting: QueuedWrite[] = []
  let failedTries = 0
  let isScheduled = false
  let isOpen = true
  let onIdle = (): void => {}

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(commitWaiting)
  }

  function commitWaiting(): void {
    isScheduled = false
    try {
      const refusal = guard.beforeCommit()
      if (refusal !== undefined) refuseAll(waiting.splice(0), refusal)
      else waiting.splice(0, commit(waiting.slice(0, writesPerCommitMax)))
    } catch (error) {
      giveUp(error)
      if (waiting.length > 0) tryLater()
    }
    if (waiting.length > 0) schedule()
    else onIdle()
  }

  /** Rejects the writes that have waited too long for another program. Any other failure rejects at once. */
  function giveUp(error: unknown): void {
    failedTries += 1
    const kept = isBusy(error) ? waiting.findIndex(({ givenUpAfter }) => givenUpAfter > failedTries) : -1
    refuseAll(waiting.splice(0, kept < 0 ? waiting.length : kept), guard.explain(error))
  }

  function tryLater(): void {
    isScheduled = true
    void sleepUntil(now() + lockPauseMs).then(commitWaiting)
  }

  return {
    add(run) {
      const refusal = refuseWrite(isOpen, waiting.length)
      if (refusal !== undefined) return Promise.reject(refusal)
      return new Promise((resolve, reject) => {
        waiting.push({ run, keys: [], resolve, reject, givenUpAfter: failedTries + lockTriesMax })
        schedule()
      })
    },
    async close() {
      isOpen = false
      if (waiting.length === 0) return
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    },
  }
}

function refuseAll(writes: readonly WaitingWrite[], reason: unknown): void {
  for (const { reject } of writes) reject(reason)
}
