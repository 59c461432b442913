/**
 * What is there at once where it is known, and a promise where it must be waited for. A request that is answered from memory and one file
 * then takes no turn through the queue of promises, which costs more than its work; `await` takes either.
 */
export type MaybePromise<T> = T | Promise<T>

/** `next` of the value, at once if it is there. */
export function whenReady<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/**
 * Starts a read before it is known whether its result is wanted, to save a round trip, and returns what gives the result. A
 * failure is reported only to a caller that takes the result.
 */
export function startEarly<T>(start: () => MaybePromise<T>): () => MaybePromise<T> {
  try {
    const value = start()
    if (value instanceof Promise) value.catch(() => undefined)
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
