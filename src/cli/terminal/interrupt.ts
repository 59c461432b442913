import { systemClock } from '../../app/clock.ts'
import { exitCodes } from './command-error.ts'

/** Signals that come together are one: Ctrl-C under npm comes twice, from the terminal and passed on by npm. */
const patienceMs = 500

/** Ctrl-C as a signal for long work, which then ends in good order; a later one ends the program at once, with the exit code. */
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
