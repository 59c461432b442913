import { systemClock } from '../app/clock.ts'

/** A line so often, in milliseconds. */
const everyMs = 2000

/** Gives what is told of each step; now and then that writes a line on standard error. */
export function showProgress(verb: string): (done: number, total: number) => void {
  let shownAt = systemClock.now()
  return (done, total) => {
    const now = systemClock.now()
    if (now - shownAt < everyMs) return
    shownAt = now
    const percent = total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`
    process.stderr.write(`${verb} ${done} of ${total} records${percent}\n`)
  }
}
