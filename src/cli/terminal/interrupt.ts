import { systemClock } from '../../app/clock.ts'
import { exitCodes } from './command-error.ts'

/** Signals within this time count as one: under npm Ctrl-C arrives twice, from the terminal and from npm. */
const patienceMs = 500

/** Returns a signal that Ctrl-C aborts, so that long work can end cleanly. A second Ctrl-C exits at once with the exit code. */
export function onInterrupt(exitCode: number = exitCodes.interrupted): {
  readonly signal: AbortSignal
  release(): void
} {
  const controller = new AbortController()
  let firstAt: number | undefined
  const stop = () => {
    const at = systemClock.now()
    firstAt ??= at
    if (at - firstAt >= patienceMs) process.exit(exitCode)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}
