/** Moves the records of a storage to a file or a pipe, and from there to another storage. */
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '../model/refusal.ts'
import { exportRecords } from '../operations/upkeep/export-records.ts'
import { importRecords } from '../operations/upkeep/import-records.ts'
import type { StoragePlace } from '../storage/engine/snapshot.ts'
import { openExportSource } from '../storage/transfer/export-source.ts'
import { openImportTarget } from '../storage/transfer/import-target.ts'
import { stayAwakeFor, systemClock } from './clock.ts'
import { fileFault } from './file-fault.ts'
import { readMigrations } from './migrations.ts'
import { readLines } from './read-lines.ts'
import { memoryFolder } from './secrets/data-folder.ts'
import { readSettings } from './settings/read-settings.ts'
import { isDatabaseAddress } from './settings/setting-forms.ts'
import { cannotStart } from './start-error.ts'
import { asStartError } from './start-failure.ts'
import { requireNoMark } from './test-mark.ts'

/** The file name for standard output or standard input. */
const pipe = '-'

/** Called repeatedly with the number of moved records and the total. */
export type OnProgress = (records: number, total: number) => void

/**
 * Returns the storage that the flags, the environment or the configuration file select. A flag for a folder overrides a
 * database in the environment, because one is often moved to the other. Throws a `StartError`.
 */
export function storagePlace(flags: Readonly<Record<string, string | undefined>>): StoragePlace {
  if (flags.data !== undefined && flags['database-url'] !== undefined)
    throw cannotStart('usage', '--data and --database-url exclude each other: use one of them.')
  const { data, databaseUrl } = readSettings({ flags, environment: process.env })
  const place = { data, databaseUrl: flags.data === undefined ? databaseUrl : undefined }
  if (place.databaseUrl === undefined) requireNoMark(data)
  if (place.databaseUrl === undefined && data === memoryFolder)
    throw cannotStart('usage', 'A storage in memory has no records to move. Specify a folder: --data DIR')
  return place
}

/** Writes all records of this moment to the file, and returns their number. Throws a `StartError`. */
export async function exportStorage(
  place: StoragePlace,
  file: string,
  onProgress: OnProgress,
): Promise<number> {
  requireFile(file)
  if (file !== pipe && existsSync(file))
    throw cannotStart('usage', `${file} already exists. Remove it, or specify another file.`)
  try {
    await using parts = new AsyncDisposableStack()
    const source = await openExportSource(place, readMigrations())
    parts.defer(() => source.close())
    const total = Object.values(source.counts).reduce((sum, count) => sum + count, 0)
    const text = exportRecords(source, (records) => onProgress(records, total))
    await (file === pipe ? pipeline(Readable.from(text), standardOutput()) : writeFile(file, text))
    return total
  } catch (error) {
    throw asMoveError(error, file)
  }
}

export interface ImportStorageOptions {
  readonly startOver: boolean
  readonly onProgress: OnProgress
}

/** Adds all missing records of the export, and returns the number of its records. Throws a `StartError`. */
export function importStorage(
  place: StoragePlace,
  file: string,
  options: ImportStorageOptions,
): Promise<number> {
  return stayAwakeFor(importAll(place, file, options))
}

async function importAll(place: StoragePlace, file: string, options: ImportStorageOptions): Promise<number> {
  requireFile(file)
  if (file !== pipe && !existsSync(file)) throw cannotStart('usage', `${file} does not exist.`)
  try {
    await using parts = new AsyncDisposableStack()
    const target = await openImportTarget(place, readMigrations(), systemClock)
    parts.defer(() => target.close())
    const input = file === pipe ? process.stdin : createReadStream(file)
    parts.defer(() => void input.destroy())
    return await importRecords(target, readLines(input), options)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'SERVICE_UNAVAILABLE') {
      const why = `${error.message} ${error.detail ?? ''}`.trim()
      throw cannotStart('storage', `${why} Run the import again: it continues where it stopped.`, error)
    }
    throw asMoveError(error, file)
  }
}

function requireFile(file: string): void {
  if (isDatabaseAddress(file))
    throw cannotStart('usage', 'FILE is the address of a database. Use --database-url for a database.')
}

/** Renames the file when all of it is on disk. It contains hashes and sealed secrets, so only its owner may read it. */
async function writeFile(file: string, text: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`
  await rm(part, { force: true })
  await pipeline(Readable.from(text), createWriteStream(part, { mode: 0o600, flush: true }))
  await rename(part, file)
}

/** Writes to standard output and leaves it open, because it belongs to the process. */
function standardOutput(): (text: AsyncIterable<string>) => Promise<void> {
  return async (text) => {
    // A failed write reports the error. Without a listener the process would end before the report. The listener of the
    // other commands would end it as a success: a reader may close a list early, but an export must be complete.
    process.stdout.removeAllListeners('error').on('error', () => {})
    for await (const some of text) await written(process.stdout, some)
  }
}

function written(output: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

function asMoveError(error: unknown, file: string): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EPIPE') return cannotStart('failure', 'The program that reads the export has ended.', error)
  if (error instanceof Refusal && error.code === 'INVALID_PARAM')
    return cannotStart('failure', error.message, error)
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code))
    return cannotStart('failure', `${file} cannot be read or written: ${fileFault(error)}.`, error)
  return asStartError(error)
}
