/** Imports an export, or the rest of it: records that are already stored are recognised by their digest and skipped. */
import { createHash, type Hash } from 'node:crypto'
import type { ImportProgress, ImportTarget, StoredRecord } from '../../model/ports/transfer.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { exportFormat, formatVersion } from './export-records.ts'

/** The formats that can be imported: of earlier releases, and of this one. */
const formatVersions: readonly number[] = [1, formatVersion]
/** The number of records in one step. */
const recordsAtOnce = 10_000

export interface ImportOptions {
  /** Delete the records of an unfinished import instead of continuing it. */
  readonly startOver: boolean
  /** Called with the count of stored records and the total. */
  onProgress(records: number, total: number): void
}

interface Header {
  readonly schemaVersion: number
  readonly total: number
}

/**
 * Adds the records of the export to the storage, and opens it to services when all are there. Refuses with
 * INVALID_PARAM a text that is not an export, is incomplete, contains two exports, or differs from the one that began;
 * the storage then stays closed, and the import can continue. `lines` include their line ends, except for a truncated
 * last line. Returns the number of records.
 */
export async function importRecords(
  target: ImportTarget,
  lines: AsyncIterable<readonly string[]>,
  options: ImportOptions,
): Promise<number> {
  const digest = createHash('sha256')
  let header: Header | undefined
  /** The progress in the storage. */
  let stored: ImportProgress = { records: 0, digest: '' }
  let read = 0
  let hasEnded = false
  let waiting: StoredRecord[] = []

  async function addWaiting(): Promise<void> {
    if (waiting.length === 0) return
    const after = { records: read, digest: digestOf(digest) }
    await addAll(target, waiting, stored, after)
    stored = after
    waiting = []
    options.onProgress(read, header?.total ?? 0)
  }

  for await (const some of lines) {
    for (const line of some) {
      if (hasEnded) throw goesOn(read)
      if (!line.endsWith('\n')) break
      if (header === undefined) {
        header = readHeader(line)
        digest.update(line)
        const start = { records: 0, digest: digestOf(digest) }
        stored = await target.begin(header.schemaVersion, start, options.startOver)
        requireSame(stored, 0, digest)
        continue
      }
      if (line.startsWith('{"end":')) {
        requireEnd(line, read, digest, stored)
        hasEnded = true
        continue
      }
      digest.update(line)
      read += 1
      if (read <= stored.records) {
        requireSame(stored, read, digest)
        continue
      }
      waiting.push(readRecord(line, read))
      if (waiting.length === recordsAtOnce) await addWaiting()
    }
  }
  if (header !== undefined) await addWaiting()
  if (!hasEnded) throw cutShort(read)
  await target.finish()
  return read
}

/** When as many records are read as are stored, their digests must be equal. */
function requireSame(stored: ImportProgress, read: number, digest: Hash): void {
  if (stored.records !== read || stored.digest === digestOf(digest)) return
  throw refuse(
    'INVALID_PARAM',
    'An import of another export into this storage is incomplete. Continue it with that export, or discard its records with --start-over.',
  )
}

/** Checks the end, which has the digest of everything before it, before the last records are stored. */
function requireEnd(line: string, read: number, digest: Hash, stored: ImportProgress): void {
  if (read < stored.records) requireSame(stored, stored.records, digest)
  const { records, sha256 } = parse(line, read + 2)
  if (records === read && sha256 === digestOf(digest)) return
  throw refuse(
    'INVALID_PARAM',
    `The export is damaged: it has ${read} records, but its last line counts ${records}. Export again, and import that file with --start-over.`,
  )
}

/** Two exports in one text are ambiguous, so the import is rejected. */
function goesOn(read: number): Refusal {
  return refuse(
    'INVALID_PARAM',
    `There is text after the last line of the export, which is line ${read + 2}. Import a file with one export and nothing else.`,
  )
}

function cutShort(read: number): Refusal {
  return refuse(
    'INVALID_PARAM',
    `The export ends after ${read} records without its last line: it is truncated. Import the complete export; records that are already stored are skipped.`,
  )
}

async function addAll(
  target: ImportTarget,
  records: readonly StoredRecord[],
  before: ImportProgress,
  after: ImportProgress,
): Promise<void> {
  try {
    await target.add(records, before, after)
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === 'SERVICE_UNAVAILABLE') throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    // The header is the first line.
    const lines = `${after.records - records.length + 2} to ${after.records + 1}`
    throw refuse('INVALID_PARAM', `The records in the lines ${lines} cannot be stored: ${reason}`, { cause })
  }
}

function readHeader(line: string): Header {
  const { format, formatVersion: version, schemaVersion, records } = parse(line, 1)
  if (format !== exportFormat || typeof schemaVersion !== 'number')
    throw refuse(
      'INVALID_PARAM',
      'This is not an export of Skillkeeper: its first line is not that of an export.',
    )
  if (typeof version !== 'number' || !formatVersions.includes(version))
    throw refuse(
      'INVALID_PARAM',
      `The export has format ${version}, but this version of Skillkeeper reads ${formatVersions.join(' and ')}.`,
    )
  const counts: unknown[] = Object.values(typeof records === 'object' && records !== null ? records : {})
  return { schemaVersion, total: counts.reduce((sum: number, count) => sum + Number(count), 0) }
}

function readRecord(line: string, number: number): StoredRecord {
  const { table, row } = parse(line, number + 1)
  if (typeof table !== 'string' || !isRow(row))
    throw refuse('INVALID_PARAM', `Line ${number + 1} of the export is not a record.`)
  return { table, row }
}

function isRow(value: unknown): value is StoredRecord['row'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const fields: unknown[] = Object.values(value)
  return fields.every((field) => field === null || typeof field === 'string' || typeof field === 'number')
}

function parse(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch (cause) {
    throw refuse('INVALID_PARAM', `Line ${number} of the export is not JSON.`, { cause })
  }
  throw refuse('INVALID_PARAM', `Line ${number} of the export is not a JSON object.`)
}

function digestOf(hash: Hash): string {
  return hash.copy().digest('hex')
}
