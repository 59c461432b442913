import type { Clock } from '../../src/app/clock.ts'

/** A clock that stands still until the test moves it. */
export interface HandClock extends Clock {
  /** Forward, or back with a negative number; wakes the sleepers whose time has come. */
  moveBy(ms: number): void
  /** When those who sleep want to be woken. */
  wakeTimes(): number[]
  /** Resolves when so many sleep at once. */
  asleep(count: number): Promise<void>
  /** Resolves when somebody sleeps who is to be woken in so many milliseconds. */
  asleepFor(ms: number): Promise<void>
}

export function createHandClock(startAt = Date.UTC(2026, 0, 1, 12)): HandClock {
  let now = startAt
  const sleepers = new Set<{ at: number; wake: () => void }>()
  const watchers = new Set<{ isMet(): boolean; resolve(): void }>()
  const tellWatchers = () => {
    for (const watcher of watchers) {
      if (!watcher.isMet()) continue
      watchers.delete(watcher)
      watcher.resolve()
    }
  }
  const until = (isMet: () => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    watchers.add({ isMet, resolve })
    tellWatchers()
    return promise
  }
  return {
    now: () => now,
    sleepUntil(at, signal) {
      if (at <= now || signal?.aborted) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const sleeper = {
        at,
        wake() {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', sleeper.wake)
          resolve()
        },
      }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', sleeper.wake)
      tellWatchers()
      return promise
    },
    moveBy(ms) {
      now += ms
      for (const sleeper of [...sleepers]) if (sleeper.at <= now) sleeper.wake()
    },
    wakeTimes: () => Array.from(sleepers, ({ at }) => at),
    asleep: (count) => until(() => sleepers.size >= count),
    asleepFor(ms) {
      const wakeAt = now + ms
      return until(() => [...sleepers].some(({ at }) => at === wakeAt))
    },
  }
}
