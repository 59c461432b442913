import { randomFillSync } from 'node:crypto'

/** Random numbers are fetched for this many IDs at once, to save a system call for each. */
const idsInPool = 512
const numbersEach = 5
/** One for all worlds of the process. */
const pool = new Uint16Array(idsInPool * numbersEach)
let next = pool.length
/** The counter has 12 bits and starts in the lower half of its range, so that it seldom overflows (RFC 9562, 6.2). */
const counterEnd = 0x1000
const counterStartMask = 0x7ff

const hex = Array.from({ length: 0x100 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export interface NewId {
  (): string
  /** Makes all further IDs sort after this one, which may come from a clock that was ahead. */
  startBehind(id: string): void
}

/**
 * Returns a function that creates UUIDs of version 7 on the given clock. They sort in the order of their creation, also
 * within one millisecond and while the clock stands still or is set back. Each request needs one, so one takes only a
 * fraction of a microsecond.
 */
export function createNewId(now: () => number): NewId {
  let lastMs = -1
  let time = ''
  let counter = 0
  function newId(): string {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    const start = random() & counterStartMask
    const ms = Math.floor(now())
    if (ms > lastMs || ++counter === counterEnd) {
      lastMs = ms > lastMs ? ms : lastMs + 1
      counter = start
      const digits = lastMs.toString(16).padStart(12, '0')
      time = `${digits.slice(0, 8)}-${digits.slice(8)}`
    }
    const version = fourDigits(0x7000 | counter)
    const variant = fourDigits(0x8000 | (random() & 0x3fff))
    return `${time}-${version}-${variant}-${fourDigits(random())}${fourDigits(random())}${fourDigits(random())}`
  }

  return Object.assign(newId, {
    startBehind(id: string) {
      const ms = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
      if (!(ms >= lastMs)) return
      lastMs = ms
      // The next ID uses the next millisecond, unless the clock has already reached it.
      counter = counterEnd - 1
    },
  })
}

function random(): number {
  return pool[next++] ?? 0
}

function fourDigits(number: number): string {
  return `${hex[number >> 8]}${hex[number & 0xff]}`
}
