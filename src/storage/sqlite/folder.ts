/**
 * Locks a data folder for one process, and watches that its paths lead to the open files. Whoever deletes, moves or
 * replaces the folder leaves the open files where no later start finds them.
 */
import { type BigIntStats, statfsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { isBusy, isDamage, openError } from './errors.ts'
import { makeFolder } from './make-folder.ts'

export interface FolderLock {
  /** Safe to call twice. */
  close(): void
}

/** The files that stay the same for as long as a database is open. */
const names = ['skillkeeper.db', 'skillkeeper.db-wal', 'skillkeeper.db-shm', 'lock'] as const

export function databaseIn(folder: string): string {
  return join(folder, names[0])
}

/**
 * Locks the folder for this process and makes it (mode 0700) if it is missing. Returns `undefined` for `:memory:`, which
 * needs no lock. Throws a `StorageOpenError` when another process holds the lock.
 */
export function lockFolder(folder: string): FolderLock | undefined {
  if (folder === ':memory:') return undefined
  const file = join(folder, 'lock')
  let lock: DatabaseSync | undefined
  try {
    makeFolder(folder)
    lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('begin exclusive')
    const held = lock
    return { close: () => held.isOpen && held.close() }
  } catch (error) {
    lock?.close()
    if (isBusy(error)) {
      throw new StorageOpenError(`The data folder ${folder} is in use by another process.`, { cause: error })
    }
    if (isDamage(error)) {
      throw new StorageOpenError(`${file} is not the lock of a data folder. Remove it.`, { cause: error })
    }
    throw openError(folder, error)
  }
}

export interface FolderWatch {
  /** The problem with the paths, as a sentence without a full stop; `undefined` if each leads to its open file. Takes 4 µs. */
  problem(): string | undefined
  /** Whether the write-ahead log is gone and no other process can have opened the database without it. */
  isLogAloneGone(): boolean
  readonly logPath: string
  /** Bytes of the write-ahead log. */
  logBytes(): number
  /** Bytes of the database. */
  databaseBytes(): number
  /** Bytes that this process may still write; infinite where the file system does not report it. */
  freeBytes(): number
}

/** Call it when all files are open. */
export function watchFolder(folder: string): FolderWatch {
  // The engine does not follow a later change of the working directory either.
  const place = resolve(folder)
  const opened = names.map((name) => {
    const path = join(place, name)
    return { name, path, found: statOf(path) }
  })
  const [databasePath = '', logPath = ''] = opened.map(({ path }) => path)
  const mayUseAll = process.getuid?.() === 0

  function problemOf({ path, found }: (typeof opened)[number]): string | undefined {
    try {
      const now = statOf(path)
      if (now === undefined) return `${path} is gone`
      return isSame(now, found) ? undefined : `${path} is another file than the one that is open`
    } catch (error) {
      return `${path} cannot be reached: ${error instanceof Error ? error.message : error}`
    }
  }

  return {
    problem() {
      for (const file of opened) {
        const problem = problemOf(file)
        if (problem !== undefined) return problem
      }
      return undefined
    },
    isLogAloneGone: () =>
      opened.every(({ name, path, found }) => {
        const now = statOf(path)
        if (name.endsWith('-wal')) return now === undefined
        return isSame(now, found) || (name.endsWith('-shm') && now === undefined)
      }),
    logPath,
    logBytes: () => bytesOf(logPath),
    databaseBytes: () => bytesOf(databasePath),
    freeBytes() {
      try {
        const { bsize, blocks, bfree, bavail } = statfsSync(place)
        return blocks === 0 ? Number.POSITIVE_INFINITY : bsize * (mayUseAll ? bfree : bavail)
      } catch {
        return Number.POSITIVE_INFINITY
      }
    },
  }
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}

function bytesOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}
