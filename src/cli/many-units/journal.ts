/**
 * How far a batch has come, kept in a file beside the file of the units, so that the same command goes on where it was
 * killed. It knows rows by their place, not what they mean. It is gone when every row has its outcome.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileFault } from '../../app/file-fault.ts'
import { CommandError, commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'

export interface Journal {
  /** Whether an earlier run has an outcome for the row. */
  has(index: number): boolean
  /** How many rows have one. */
  readonly count: number
  /** These have an outcome now. */
  add(indexes: readonly number[]): void
  /** There is nothing to go on with. */
  remove(): void
}

export interface JournalOptions {
  /** The file of the units. */
  readonly file: string
  /** Tells its content from any other. */
  readonly digest: string
  /** What the batch does, and where: a journal of another batch is not gone on with. */
  readonly purpose: readonly (string | undefined)[]
  /** Forget what an earlier run has done. */
  readonly restart: boolean
}

/** Reads the journal of an earlier run of the same batch, or begins one. Throws a CommandError for that of another. */
export function openJournal(options: JournalOptions): Journal {
  const { file, restart } = options
  const path = pathOf(options)
  if (restart) rmSync(path, { force: true })
  const written = <T>(use: () => T) => guarded(path, file, use)
  const done = written(() => {
    const found = readJournal(options)
    if (found === undefined) writeFileSync(path, `${fingerprintOf(options)}\n`)
    // To find out before anything is sent whether it can be gone on with.
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

/** How many rows an earlier run has an outcome for. Changes nothing, and throws what `openJournal` throws. */
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

/** The rows that have an outcome; `undefined` if there is no journal, or that of another batch which has done nothing. */
function readJournal(options: JournalOptions): Set<number> | undefined {
  const path = pathOf(options)
  if (!existsSync(path)) return undefined
  const [first, ...ranges] = readFileSync(path, 'utf8').split('\n')
  if (first !== fingerprintOf(options)) {
    // Something is done: there is a whole line after the first.
    if (ranges.length > 1)
      throw wrongUsage(
        `${path} tells of a batch with other units or other options. Finish that one, or begin anew with --restart.`,
      )
    return undefined
  }
  const done = new Set<number>()
  // The last line is empty, or cut off by a kill: its rows are sent again, which does no harm.
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
      `${path} keeps how far the batch has come, and cannot be written: ${fileFault(error)}. ` +
        `Make that possible, or copy ${file} to a folder where it is, and run the command again.`,
      error,
    )
  }
}

/** `0-99` for a hundred rows in a row, one range a line. */
function rangesOf(indexes: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const index of indexes.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([from, to]) => `${from}-${to}\n`).join('')
}
