/**
 * Writes log lines to a file descriptor in large pieces, off the event loop, without a system call for each line. If
 * the reader is too slow, lines are dropped and a separate line reports their count; the service never waits.
 */
import { write, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { systemClock } from '../clock.ts'

export interface LineWriter {
  readonly isTerminal: boolean
  /** Takes a line that ends with a line feed. */
  write(line: string): void
  /** Writes all buffered text at once, as far as the descriptor accepts it. */
  flush(): void
}

/** A piece is written when it has this many characters or is this old, in milliseconds. */
const pieceLength = 16_384
const oldestMs = 100
/** The maximum number of characters that wait for a slow reader. */
const waitingMax = 4_194_304

export function createLineWriter(descriptor: number): LineWriter {
  let waiting = ''
  let droppedLines = 0
  let isWriting = false
  let isTimed = false
  let isBroken = false

  function writePiece(): void {
    if (isWriting || waiting === '') return
    isWriting = true
    const piece = Buffer.from(takeWaiting())
    writeRest(piece)
  }

  function takeWaiting(): string {
    const piece = droppedLines === 0 ? waiting : `${waiting}${droppedLine(droppedLines)}`
    waiting = ''
    droppedLines = 0
    return piece
  }

  function writeRest(piece: Buffer): void {
    write(descriptor, piece, (error, written) => {
      const rest = error ? piece : piece.subarray(written)
      if (error && isFinal(error)) isBroken = true
      if (rest.length > 0 && !isBroken) {
        // A full pipe needs time: an immediate retry would not help.
        if (written === 0 || error) void later(() => writeRest(rest))
        else writeRest(rest)
        return
      }
      isWriting = false
      if (waiting.length >= pieceLength) writePiece()
    })
  }

  async function writeLater(): Promise<void> {
    isTimed = true
    await later(() => {
      isTimed = false
      writePiece()
    })
  }

  return {
    isTerminal: isatty(descriptor),
    write(line) {
      if (isBroken) return
      if (waiting.length > waitingMax) {
        droppedLines += 1
        return
      }
      waiting += line
      if (waiting.length >= pieceLength) writePiece()
      else if (!isTimed) void writeLater()
    },
    flush() {
      if (waiting === '' || isBroken) return
      let rest = Buffer.from(takeWaiting())
      try {
        while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest))
      } catch (error) {
        // Text that a full pipe rejects is retried; no one can be notified of another failure.
        if (isFinal(error)) isBroken = true
        else waiting = rest.toString() + waiting
      }
    },
  }
}

async function later(action: () => void): Promise<void> {
  await systemClock.sleepUntil(systemClock.now() + oldestMs)
  action()
}

/** A closed reader stays closed; a full pipe or a full disk may accept text later. */
function isFinal(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EPIPE' || code === 'EBADF' || code === 'EIO'
}

function droppedLine(count: number): string {
  const time = new Date(systemClock.now()).toISOString()
  return `${JSON.stringify({ level: 'warn', time, msg: `${count} log lines were dropped: the reader is too slow.` })}\n`
}
