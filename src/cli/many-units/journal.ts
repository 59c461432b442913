/**
 * The journal of a batch: a file next to the file of the units, with the positions of the rows that have an outcome. With
 * it the same command continues after a kill. It is removed when every row has an outcome.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileFault } from '../../app/file-fault.ts'
import { CommandError, commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'

export interface Journal {
  /** Whether an earlier run has an outcome for the row. */
  has(index: number): boolean
  /** The number of rows that have an outcome. */
  readonly count: number
  /** Records that these rows have an outcome. */
  add(indexes: readonly number[]): void
  /** Removes the file. */
  remove(): void
}

export interface JournalOptions {
  /** The file of the units. */
  readonly file: string
  /** The digest of its content. */
  readonly digest: string
  /** Identifies the batch by its operation, its options and its service. A batch does not continue the journal of another one. */
  readonly purpose: readonly (string | undefined)[]
  /** Whether to ignore what an earlier run has done. */
  readonly restart: boolean
}

/** Reads the journal of an earlier run of the same batch, or creates one. Throws a CommandError for the journal of another batch. */
export function openJournal(options: JournalOptions): Journal {
  const { file, restart } = options
  const path = pathOf(options)
  if (restart) rmSync(path, { force: true })
  const written = <T>(use: () => T) => guarded(path, file, use)
  const done = written(() => {
    const found = readJournal(options)
    if (found === undefined) writeFileSync(path, `${fingerprintOf(options)}\n`)
    // Checks before anything is sent that the file is writable.
    else appendFileSync(path, '')
    return found ?? new Set<number>()
  })
  return {
    has: (index) => done.has(index),
    get count() {
      return done.size
    },
    add(indexes) {
      for (const index of indexes) done.add(index)
      written(() => appendFileSync(path, rangesOf(indexes)))
    },
    remove: () => rmSync(path, { force: true }),
  }
}

/** Returns the number of rows that have an outcome from an earlier run. Throws as `openJournal` does, and writes nothing. */
export function countInJournal(options: JournalOptions): number {
  if (options.restart) return 0
  return guarded(pathOf(options), options.file, () => readJournal(options))?.size ?? 0
}

function pathOf({ file }: JournalOptions): string {
  return `${file}.progress`
}

function fingerprintOf({ purpose, digest }: JournalOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([...purpose, digest]))
    .digest('hex')
}

/** Returns the rows that have an outcome; `undefined` without a journal, or if the journal is of another batch and has no rows. */
function readJournal(options: JournalOptions): Set<number> | undefined {
  const path = pathOf(options)
  if (!existsSync(path)) return undefined
  const [first, ...ranges] = readFileSync(path, 'utf8').split('\n')
  if (first !== fingerprintOf(options)) {
    // The other batch has outcomes: there is a complete line after the first.
    if (ranges.length > 1)
      throw wrongUsage(
        `${path} belongs to a batch with other units or other options. Finish that batch, or start again with --restart.`,
      )
    return undefined
  }
  const done = new Set<number>()
  // The last line is empty, or cut off by a kill: its rows are sent again, which is safe.
  for (const range of ranges.slice(0, -1)) {
    const [from = 0, to = from] = range.split('-').map(Number)
    for (let index = from; index <= to; index++) done.add(index)
  }
  return done
}

function guarded<T>(path: string, file: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw commandError(
      exitCodes.failure,
      `The progress of the batch cannot be written to ${path}: ${fileFault(error)}. ` +
        `Correct this, or copy ${file} to another folder, and run the command again.`,
      error,
    )
  }
}

/** One range per line, such as `0-99`. */
function rangesOf(indexes: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([from, to]) => `${from}-${to}\n`).join('')
}
