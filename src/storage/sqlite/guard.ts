/**
 * Decides whether the embedded storage may take writes: its files are at their paths, the disk has space, and nothing
 * is damaged. It logs when that changes, and learns it from the errors of the engine, too.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Log } from '../../model/ports/context.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import { damagedError, diskProblem, isDamage, unavailable } from './errors.ts'
import { databaseIn, type FolderWatch } from './folder.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

export interface Guard {
  /** The refusal if no write may begin. */
  beforeCommit(): Refusal | undefined
  /** The refusal if a commit must not be acknowledged. */
  afterCommit(): Refusal | undefined
  /** Turns an error of the engine into the error for the caller. */
  explain(error: unknown): unknown
  /** Whether the last write failed for a cause whose end only another write can show. */
  hasFailed(): boolean
}

interface Trouble {
  /** For any caller. */
  readonly what: string
  /** For the log. */
  readonly detail: string
}

interface Guarded {
  readonly folder: string
  readonly writer: DatabaseSync
  readonly files: FolderWatch
  readonly writeAheadLog: WriteAheadLog
  readonly log: Log | undefined
}

const lost = 'its files are not where they were'

/** For a database in memory, which has no files. */
export const unguarded: Guard = {
  beforeCommit: () => undefined,
  afterCommit: () => undefined,
  explain: unavailable,
  hasFailed: () => false,
}

export function guardFolder({ folder, writer, files, writeAheadLog, log }: Guarded): Guard {
  const size = writer.prepare(
    'select page_count * page_size as bytes from pragma_page_count, pragma_page_size',
  )
  let damage: Trouble | undefined
  let failure: Trouble | undefined
  let told: string | undefined
  let bytesBefore = 0

  function trouble(): Trouble | undefined {
    return damage ?? lostFiles() ?? cutFile() ?? fullDisk()
  }

  function lostFiles(): Trouble | undefined {
    const detail = files.problem()
    if (detail === undefined) return undefined
    // A log that has no name any more is lost with the process.
    if (told !== lost && files.isLogAloneGone()) writeAheadLog.empty()
    return { what: lost, detail: `${detail}.` }
  }

  /** A file only becomes smaller with its database, as by `vacuum`. */
  function cutFile(): Trouble | undefined {
    const bytes = files.databaseBytes()
    if (bytes < bytesBefore && bytes < databaseBytes()) {
      damage = damageOf(new Error(`the file was cut short to ${bytes} bytes`))
    }
    bytesBefore = bytes
    return damage
  }

  function databaseBytes(): number {
    try {
      return Number(size.get()?.bytes)
    } catch {
      return Number.POSITIVE_INFINITY
    }
  }

  function fullDisk(): Trouble | undefined {
    if (!writeAheadLog.isSpaceShort()) return undefined
    return { what: 'the disk is full', detail: `The disk is full: ${files.freeBytes()} bytes are free.` }
  }

  function damageOf(error: unknown): Trouble {
    return { what: 'the database is damaged', detail: damagedError(databaseIn(folder), error).message }
  }

  /** Logs it once. */
  function tell(trouble: Trouble | undefined): void {
    if (trouble?.what === told) return
    if (trouble === undefined) log?.info({ folder }, 'The storage takes writes again')
    else log?.error({ folder, detail: trouble.detail }, `The storage takes no writes: ${trouble.what}`)
    told = trouble?.what
  }

  function troubleRefusal(trouble: Trouble | undefined): Refusal | undefined {
    tell(trouble ?? failure)
    if (trouble === undefined) return undefined
    const { what, detail } = trouble
    return refuse('SERVICE_UNAVAILABLE', `The storage takes no writes: ${what}.`, {
      detail,
      retryAfterMs: 1000,
    })
  }

  return {
    beforeCommit: () => troubleRefusal(trouble()),
    afterCommit() {
      failure = undefined
      return troubleRefusal(lostFiles())
    },
    explain(error) {
      if (isDamage(error)) {
        damage ??= damageOf(error)
        tell(damage)
        return damagedError(databaseIn(folder), error)
      }
      const what = diskProblem(error)
      if (what !== undefined) {
        failure = { what, detail: error instanceof Error ? error.message : String(error) }
        tell(failure)
      }
      return unavailable(error)
    },
    hasFailed: () => failure !== undefined,
  }
}
