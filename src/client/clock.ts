/** Time as the client knows it: a program that tests itself can bring its own. */

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
  outer?.addEventListener('abort', stop)
  if (outer?.aborted) stop()
  return {
    signal: controller.signal,
    isOver: () => isOver,
    release() {
      callOff()
      outer?.removeEventListener('abort', stop)
    },
  }
}

/** Resolves after the time, or at once when the signal goes off. */
export function pause(clock: ClientClock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const callOff = clock.after(ms, wake)
  signal?.addEventListener('abort', wake)
  return promise

  function wake(): void {
    callOff()
    signal?.removeEventListener('abort', wake)
    resolve()
  }
}

/** The promise's value, unless the signal goes off before. The promise itself goes on. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new Error('aborted'))
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
