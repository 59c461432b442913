/**
 * A value, or a promise of it. A request that needs only memory and a local file avoids promises this way, which would
 * cost more than its work. `await` accepts both.
 */
export type MaybePromise<T> = T | Promise<T>

/** Calls `next` with the value, at once if it is there. */
export function whenReady<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/**
 * Returns what `read` returns once `check` holds, and fails as `check` does. If `check` waits for a database, the read starts
 * beside it, to save a round trip; its failure is then reported only if `check` holds.
 */
export function readBeside<T>(check: MaybePromise<unknown>, read: () => MaybePromise<T>): MaybePromise<T> {
  return whenReady(check, check instanceof Promise ? startEarly(read) : read)
}

/** Starts a read before it is known whether its result is wanted, and returns a function that returns the result. */
function startEarly<T>(start: () => MaybePromise<T>): () => MaybePromise<T> {
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
