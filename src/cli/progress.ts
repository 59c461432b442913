/** How far long work has come, on standard error: a bar at a terminal, else a line every few seconds. */
import { SingleBar } from 'cli-progress'
import { systemClock } from '../app/clock.ts'

export interface Progress {
  /** So many are done of so many; the total is unknown for what comes from a pipe. The first call sets what the rate counts from. */
  readonly show: (done: number, total: number | undefined) => void
  /** Call it whatever happens: a terminal gets its cursor back. Safe to call twice. */
  readonly end: () => void
}

const lineEachMs = 5_000

/** `noun` is what is counted: `units`. */
export function startProgress(noun: string): Progress {
  const rate = measureRate()
  return process.stderr.isTTY ? bar(noun, rate) : lines(noun, rate)
}

type Rate = (done: number) => string

function bar(noun: string, rate: Rate): Progress {
  const single = new SingleBar({
    format: `{bar} {percentage}%  {value} of {total} ${noun}  {speed} a second  {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 16,
    etaBuffer: 50,
    hideCursor: true,
    stream: process.stderr,
  })
  return {
    show(done, total) {
      const speed = rate(done)
      if (total === undefined) return
      if (single.isActive) single.update(done, { speed })
      else single.start(total, done, { speed })
    },
    end: () => single.stop(),
  }
}

function lines(noun: string, rate: Rate): Progress {
  let toldAt = systemClock.now()
  return {
    show(done, total) {
      const speed = rate(done)
      if (systemClock.now() - toldAt < lineEachMs) return
      toldAt = systemClock.now()
      const of = total === undefined ? '' : ` of ${number(total)}`
      process.stderr.write(`${number(done)}${of} ${noun}, ${speed} a second\n`)
    },
    end() {},
  }
}

/** Counts a second since the first one that was told. */
function measureRate(): Rate {
  let first: { readonly at: number; readonly done: number } | undefined
  return (done) => {
    first ??= { at: systemClock.now(), done }
    const seconds = (systemClock.now() - first.at) / 1000
    return seconds < 0.5 ? '-' : number(Math.round((done - first.done) / seconds))
  }
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
