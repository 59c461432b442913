/**
 * The write-ahead log of the embedded engine. SQLite copies it into the database when it has so many pages, and never
 * makes the file smaller; a disk that is small is full before that, and one long reader makes the log grow for as long as
 * it reads. Here it is emptied when space is short, and when it was large and its reader has gone.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Context } from '../../model/ports/context.ts'
import type { FolderWatch } from './folder.ts'

/** What it takes at most, unless somebody reads for long: twice what brings a checkpoint. */
const largestBytes = 32 << 20
/** The part of the free space that it may have beside itself, so that there is room to copy it into the database. */
const partOfFree = 1 / 4
/** What is left free of a disk: enough to open the database again, and for most commits. */
const reserveBytes = 1 << 20
const lookMs = 1000

export interface WriteAheadLog {
  /** Whether another commit could take the space that is needed to copy the log into the database. Takes 2 µs. */
  isSpaceShort(): boolean
  /** To be called after each commit. */
  committed(): void
  /** Copies all of it into the database and makes the file empty. False when a reader or the disk stands against that. */
  empty(): boolean
  /** Looks no more. */
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
      // A full disk, say. What is in the log is safe there.
      return false
    }
  }

  /** While nobody else can write. */
  function cutUnfinished(): void {
    try {
      writer.exec('begin immediate')
      try {
        cutBehindLastCommit(folder.logPath)
      } finally {
        writer.exec('rollback')
      }
    } catch {
      // Another program writes: it has its own use for the space.
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
 * A commit that found the disk full in its middle has filled it with pages behind the last commit. Nobody reads them,
 * but they take the room that it needs to copy the rest into the database, and the engine leaves them there.
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
      // Pages from before the log began anew have another salt.
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
