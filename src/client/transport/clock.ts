/** The clock and the timers of the client. A test can replace them. */
import { isAborted, onAbort } from './callbacks.ts'

/** A clock with a timer. */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `then` once after `ms` milliseconds. Returns a function that cancels the timer. */
  after(ms: number, then: () => void): () => void
  /** The same for a pause between attempts or looks; `after` without it. Time limits always use `after`. */
  pauseFor?(ms: number, then: () => void): () => void
}

/** The maximum of `setTimeout`. A longer limit counts as none. */
const timerMsMax = 2 ** 31 - 1

export const systemClock: ClientClock = {
  now: () => Date.now(),
  after(ms, then) {
    if (ms > timerMsMax) return () => {}
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

/** A signal that is aborted with an outer one, or at the time limit. */
export interface TimeLimit {
  readonly signal: AbortSignal
  readonly isOver: () => boolean
  release(): void
}

export function startTimeLimit(clock: ClientClock, ms: number, outer: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController()
  const stop = () => controller.abort()
  let isOver = false
  const callOff = clock.after(ms, () => {
    isOver = true
    stop()
  })
  const detach = onAbort(outer, stop)
  if (isAborted(outer)) stop()
  return {
    signal: controller.signal,
    isOver: () => isOver,
    release() {
      callOff()
      detach()
    },
  }
}

/** Resolves after the time, or at once when the signal is aborted. */
export function pause(clock: ClientClock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (isAborted(signal)) return Promise.resolve()
  return new Promise((resolve) => {
    const callOff = clock.pauseFor?.(ms, wake) ?? clock.after(ms, wake)
    const detach = onAbort(signal, wake)

    function wake(): void {
      callOff()
      detach()
      resolve()
    }
  })
}

/** Settles as the promise does, or rejects when the signal is aborted. It does not cancel the promise. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const detach = onAbort(signal, stop)
    void promise.then(resolve, reject).finally(detach)
    if (signal.aborted) stop()

    function stop(): void {
      reject(new Error('aborted'))
    }
  })
}
