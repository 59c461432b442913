/**
 * Calls the caller's functions and objects safely: listeners, the abort signal, the source of random numbers. An error that
 * they throw does not stop the client.
 */

/** Calls a listener. An error that it throws, or that its promise rejects with, goes to `failed`. */
export function tell<Told>(
  listener: ((told: Told) => unknown) | undefined,
  told: Told,
  failed: (error: unknown) => void = () => {},
): void {
  try {
    // The type returns void, but an asynchronous function is assignable to it.
    void Promise.resolve(listener?.(told)).catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** Returns the caller's random number from 0 up to 1, or that of `Math.random` if the caller's is invalid. */
export function draw(random: () => number): number {
  try {
    const drawn = random()
    return drawn >= 0 && drawn <= 1 ? drawn : Math.random()
  } catch {
    return Math.random()
  }
}

/** Whether the signal is aborted. A signal that throws counts as not aborted. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true
  } catch {
    return false
  }
}

/** The signal's reason, or the error that reading it throws. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch (error) {
    return error
  }
}

/** Calls `stop` when the signal is aborted. Returns a function that detaches it. Both do nothing if the signal throws. */
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
      // The signal may still call `stop`, which then has no effect.
    }
  }
}
