/**
 * What the caller gave: listeners to tell, a signal to be called off by, chance. Nothing that they throw stops what the client
 * does, or undoes it.
 */

/** Tells a listener. What it throws, or the promise that it returns rejects with, goes to `failed`. */
export function tell<Told>(
  listener: ((told: Told) => unknown) | undefined,
  told: Told,
  failed: (error: unknown) => void = () => {},
): void {
  try {
    // The type says that it returns nothing; an asynchronous function fits it all the same.
    void Promise.resolve(listener?.(told)).catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** A number from 0 up to 1 of the caller's own making, or one of ours where that gives none. */
export function draw(random: () => number): number {
  try {
    const drawn = random()
    return drawn >= 0 && drawn <= 1 ? drawn : Math.random()
  } catch {
    return Math.random()
  }
}

/** Whether the signal has gone off; one that cannot tell has not. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true
  } catch {
    return false
  }
}

/** Why the signal went off, if it can tell. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch (error) {
    return error
  }
}

/** Calls `stop` when the signal goes off, and returns what calls that off. Both do nothing if the signal throws. */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  try {
    signal?.addEventListener('abort', stop)
  } catch {
    return () => {}
  }
  return () => {
    try {
      signal?.removeEventListener('abort', stop)
    } catch {
      // It then calls a `stop` that has nothing left to stop.
    }
  }
}
