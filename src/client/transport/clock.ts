/** Time as the client knows it: a program that tests itself can bring its own. */
import { isAborted, onAbort } from './callbacks.ts'

/** The time and a timer. */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `then` once after so many milliseconds, and returns what calls it off. */
  after(ms: number, then: () => void): () => void
}

/** Timers take no more; a limit beyond it is none. */
const timerMsMax = 2 ** 31 - 1

export const systemClock: ClientClock = {
  now: () => Date.now(),
  after(ms, then) {
    if (ms > timerMsMax) return () => {}
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

/** A signal that goes off with another one, or when the time is over. */
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

/** Resolves after the time, or at once when the signal goes off. */
export function pause(clock: ClientClock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (isAborted(signal)) return Promise.resolve()
  return new Promise((resolve) => {
    const callOff = clock.after(ms, wake)
    const detach = onAbort(signal, wake)

    function wake(): void {
      callOff()
      detach()
      resolve()
    }
  })
}

/** The promise's value, unless the signal goes off before. The promise itself goes on. */
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
