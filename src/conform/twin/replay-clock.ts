/** The clock of the service that answers beside the upstream: it has the time of the call. It never goes back. */
export class ReplayClock {
  #at = 0
  /** How far it is ahead of the calls. */
  #aheadMs = 0
  readonly #sleepers = new Set<{ readonly at: number; wake(): void }>()

  constructor(at: number) {
    this.#at = at
  }

  now(): number {
    return this.#at
  }

  sleepUntil(at: number, signal?: AbortSignal): Promise<void> {
    if (at <= this.#at || signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = {
      at,
      wake: () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', sleeper.wake)
        resolve()
      },
    }
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', sleeper.wake)
    return promise
  }

  /** Moves it to the time of a call. */
  moveTo(callAt: number): void {
    this.#at = Math.max(this.#at, callAt + this.#aheadMs)
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#at) sleeper.wake()
  }

  /** Moves it ahead of all calls that follow. */
  goAhead(ms: number): void {
    this.#aheadMs += ms
    this.moveTo(this.#at + ms - this.#aheadMs)
  }
}
