/**
 * Empties the write-ahead log of the embedded engine when space is short, and when the log was large and its reader has
 * ended. SQLite by itself copies the log at a number of pages and never shrinks the file: a small disk is full before that,
 * and a long read makes the log grow until it ends.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Context } from '../../model/ports/context.ts'
import type { FolderWatch } from './folder.ts'

/** The largest size without a long read, in bytes: twice the size that starts a checkpoint. */
const largestBytes = 32 << 20
/** The share of the free space that the log may take, so that there is room to copy it into the database. */
const partOfFree = 1 / 4
/** Bytes that stay free on the disk: enough to open the database again, and for most commits. */
const reserveBytes = 1 << 20
const lookMs = 1000

export interface WriteAheadLog {
  /** Whether another commit could use the space that copying the log needs. Takes 2 µs. */
  isSpaceShort(): boolean
  /** Call it after each commit. */
  committed(): void
  /** Copies the log into the database and empties the file. Returns false when a reader or the disk prevents that. */
  empty(): boolean
  /** Stops watching. */
  stop(): void
}

/** `endReading`: ends the reads of this process. */
export function keepLog(
  writer: DatabaseSync,
  folder: FolderWatch,
  endReading: () => void,
  { now, sleepUntil }: Pick<Context, 'now' | 'sleepUntil'>,
): WriteAheadLog {
  const stopping = new AbortController()
  let isLooking = false

  function isTooLarge(): boolean {
    return folder.logBytes() > Math.min(largestBytes, folder.freeBytes() * partOfFree)
  }

  function wouldBeShort(): boolean {
    return folder.freeBytes() < folder.logBytes() + reserveBytes
  }

  function empty(): boolean {
    try {
      endReading()
      return writer.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0
    } catch {
      // For example a full disk. The content of the log is safe.
      return false
    }
  }

  /** Call it while no other connection can write. */
  function cutUnfinished(): void {
    try {
      writer.exec('begin immediate')
      try {
        cutBehindLastCommit(folder.logPath)
      } finally {
        writer.exec('rollback')
      }
    } catch {
      // Another program writes and needs the space.
    }
  }

  async function emptyLater(): Promise<void> {
    isLooking = true
    do {
      await sleepUntil(now() + lookMs, stopping.signal)
    } while (!stopping.signal.aborted && isTooLarge() && !empty())
    isLooking = false
  }

  return {
    isSpaceShort() {
      if (!wouldBeShort()) return false
      cutUnfinished()
      empty()
      return wouldBeShort()
    },
    committed() {
      if (!isLooking && isTooLarge() && !empty()) void emptyLater()
    },
    empty,
    stop: () => stopping.abort(),
  }
}

/** Bytes of the header of the file, and of that of each page: https://sqlite.org/fileformat2.html#walformat */
const headerBytes = 32
const frameHeaderBytes = 24

/**
 * A commit that fails on a full disk leaves pages behind the last commit. No reader uses them, but they take the space that
 * is needed to copy the rest into the database, and the engine does not remove them.
 */
function cutBehindLastCommit(path: string): void {
  const file = openSync(path, 'r+')
  try {
    const header = Buffer.alloc(headerBytes)
    if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return
    const frameBytes = frameHeaderBytes + header.readUInt32BE(8)
    const frame = Buffer.alloc(frameHeaderBytes)
    const { size } = fstatSync(file)
    for (let count = Math.floor((size - headerBytes) / frameBytes); count > 0; count--) {
      readSync(file, frame, 0, frameHeaderBytes, headerBytes + (count - 1) * frameBytes)
      // Pages from before the log was reset have another salt.
      const isOfThisLog = frame.subarray(8, 16).equals(header.subarray(16, 24))
      const isLastOfCommit = frame.readUInt32BE(4) !== 0
      if (!isOfThisLog || !isLastOfCommit) continue
      ftruncateSync(file, headerBytes + count * frameBytes)
      return
    }
  } finally {
    closeSync(file)
  }
}
