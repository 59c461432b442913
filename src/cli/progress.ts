/** How far long work has come, on standard error: a bar at a terminal, else a line every few seconds. */
import { SingleBar } from 'cli-progress'
import { systemClock } from '../app/clock.ts'

export interface Progress {
  /** So many more are done. */
  advance(count: number): void
  /** Call it whatever happens: a terminal gets its cursor back. */
  end(): void
}

const lineEachMs = 5_000

/** `total` is unknown for what comes from a pipe. */
export function startProgress(noun: string, total: number | undefined): Progress {
  return process.stderr.isTTY && total !== undefined ? bar(noun, total) : linesOf(noun, total)
}

function bar(noun: string, total: number): Progress {
  const single = new SingleBar({
    format: `{bar} {percentage}%  {value} of {total} ${noun}  {speed} a second  {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 16,
    etaBuffer: 50,
    hideCursor: true,
    stream: process.stderr,
  })
  const startedAt = systemClock.now()
  let done = 0
  single.start(total, 0, { speed: '-' })
  return {
    advance(count) {
      done += count
      single.increment(count, { speed: rate(done, startedAt) })
    },
    end: () => single.stop(),
  }
}

function linesOf(noun: string, total: number | undefined): Progress {
  const startedAt = systemClock.now()
  let done = 0
  let toldAt = startedAt
  const of = total === undefined ? '' : ` of ${number(total)}`
  return {
    advance(count) {
      done += count
      if (systemClock.now() - toldAt < lineEachMs) return
      toldAt = systemClock.now()
      process.stderr.write(`${number(done)}${of} ${noun}, ${rate(done, startedAt)} a second\n`)
    },
    end() {},
  }
}

function rate(done: number, startedAt: number): string {
  const seconds = (systemClock.now() - startedAt) / 1000
  return seconds < 0.5 ? '-' : number(Math.round(done / seconds))
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
