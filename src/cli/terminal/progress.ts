/** Shows the progress of long work on standard error: a bar at a terminal, otherwise a line every few seconds. */
import { SingleBar } from 'cli-progress'
import { type Clock, systemClock } from '../../app/clock.ts'
import { AbortError, type AttemptEvent } from '../../client/index.ts'

export interface Progress {
  /** Shows how far the work is. The rate counts from the first call, and from the first call after `end`. */
  show(reached: Reached): void
  /** Reports an attempt of a request. While a retry is pending, the progress shows the reason. */
  attempted(event: AttemptEvent): void
  /** Returns the error of the last attempt; `undefined` if it succeeded. */
  trouble(): string | undefined
  /** Always call it: it restores the cursor of a terminal. Safe to call twice. */
  end(): void
}

/** The state of the work. */
export interface Reached {
  /** The counted items: `units accepted`. */
  readonly noun: string
  /** The number of items that succeeded. */
  readonly done: number
  /** The number of items that are finished and did not succeed. */
  readonly otherwise?: number
  readonly total: number
  /** Additional text, such as `12 refused`. */
  readonly beside?: string
  /** The longest pause that the work makes by itself, in milliseconds. A longer one counts as waiting for a response. */
  readonly pauseMaxMs?: number
}

const lineEachMs = 5000
const tickMs = 1000
const answerMs = 3000

/** A terminal, or a file in its place. */
type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** Shows nothing before the first call of `show`. */
export function startProgress(stream: Stream = process.stderr, clock: Clock = systemClock): Progress {
  const output = stream.isTTY ? bar(stream) : lines(stream, clock)
  let stopTicking: AbortController | undefined
  let rate = measureRate(clock)
  let reached: Reached | undefined
  let waiting: { readonly until: number; readonly reason: string } | undefined
  let trouble: string | undefined
  let heardAt = 0

  function tell(): void {
    if (reached === undefined) return
    const { done, otherwise = 0, total, beside, noun } = reached
    const parts = [beside, waitingFor(reached) ?? rate(done + otherwise, total)].filter(Boolean)
    output.show(done, total, [noun, ...parts].join('  '))
  }
  function waitingFor({ pauseMaxMs = 0 }: Reached): string | undefined {
    const now = clock.now()
    const quietForMs = now - heardAt
    if (waiting !== undefined && now < waiting.until + answerMs) {
      const seconds = Math.ceil((waiting.until - now) / 1000)
      return `waiting${seconds > 0 ? ` ${seconds} s` : ''}: ${waiting.reason}`
    }
    if (quietForMs < pauseMaxMs + answerMs) return undefined
    return `waiting ${Math.floor(quietForMs / 1000)} s for a response`
  }
  async function tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleepUntil(clock.now() + tickMs, signal)
      if (!signal.aborted) tell()
    }
  }
  return {
    show(state) {
      reached = state
      heardAt = clock.now()
      if (stopTicking === undefined) {
        stopTicking = new AbortController()
        void tick(stopTicking.signal)
      }
      tell()
    },
    attempted({ error, retryInMs, status }) {
      heardAt = clock.now()
      // An abort, as at the end of a wait, is not a failure.
      if (!(error instanceof AbortError)) trouble = error && `${status ?? ''} ${error.message}`.trim()
      waiting =
        trouble === undefined || retryInMs === undefined
          ? undefined
          : { until: heardAt + retryInMs, reason: trouble }
      tell()
    },
    trouble: () => trouble,
    end() {
      stopTicking?.abort()
      stopTicking = undefined
      reached = undefined
      rate = measureRate(clock)
      output.end()
    },
  }
}

/** Shows the number of moved records. A pause does not count as waiting for a response. */
export function showRecords(progress: Progress): (done: number, total: number) => void {
  const pauseMaxMs = Number.POSITIVE_INFINITY
  return (done, total) => progress.show({ noun: 'records', done, total, pauseMaxMs })
}

interface Output {
  show(done: number, total: number, text: string): void
  end(): void
}

function bar(stream: Stream): Output {
  const single = new SingleBar({
    // The library's own estimate of the time left counts failures as successes, and begins with 0 s.
    format: '{bar} {percentage}%  {value} of {total} {text}',
    formatValue: (value, _, type) => (type === 'percentage' ? String(value) : number(value)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 16,
    hideCursor: true,
    stream,
  })
  return {
    show(done, total, text) {
      if (single.isActive) single.update(done, { text })
      else single.start(total, done, { text })
    },
    end: () => single.stop(),
  }
}

function lines(stream: Stream, clock: Clock): Output {
  let toldAt = clock.now()
  return {
    show(done, total, text) {
      if (clock.now() - toldAt < lineEachMs) return
      toldAt = clock.now()
      stream.write(`${number(done)} of ${number(total)} ${text}\n`)
    },
    end() {},
  }
}

/** Returns the rate per second since the first call, and the time left at this rate; empty if they are unknown. */
function measureRate(clock: Clock): (settled: number, total: number) => string {
  let first: { readonly at: number; readonly settled: number } | undefined
  return (settled, total) => {
    first ??= { at: clock.now(), settled }
    const seconds = (clock.now() - first.at) / 1000
    const count = settled - first.settled
    if (seconds < 0.5 || count === 0) return ''
    const left = Math.ceil(((total - settled) * seconds) / count)
    const rate = count / seconds
    const shown = rate < 10 ? rate.toFixed(1) : number(Math.round(rate))
    return `${shown} a second${left > 0 ? `, ${timeText(left)} left` : ''}`
  }
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
