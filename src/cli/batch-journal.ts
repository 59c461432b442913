/**
 * How far a batch has come, kept in a file beside the file of the units, so that the same command goes on where it was
 * killed. It knows rows by their place, not what they mean. It is gone when every row has its outcome.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, createReadStream, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { reasonOf } from '../app/read-settings.ts'
import { commandError, exitCodes, wrongUsage } from './command-error.ts'

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

interface JournalOptions {
  /** The file of the units. */
  readonly file: string
  /** What the batch does, and where: a journal of another batch is not gone on with. */
  readonly purpose: readonly (string | undefined)[]
  /** Forget what an earlier run has done. */
  readonly restart: boolean
}

/** Reads the journal of an earlier run of the same batch, or begins one. Throws a CommandError for that of another. */
export async function openJournal({ file, purpose, restart }: JournalOptions): Promise<Journal> {
  const path = `${file}.progress`
  const fingerprint = await fingerprintOf(file, purpose)
  if (restart) rmSync(path, { force: true })
  const written = <T>(use: () => T) => guarded(path, file, use)
  const done = written(() => readJournal(path, fingerprint))
  if (done === undefined)
    throw wrongUsage(
      `${path} tells of a batch with other units or other options. Finish that one, or begin anew with --restart.`,
    )
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

async function fingerprintOf(file: string, purpose: readonly (string | undefined)[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(purpose))
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** The rows that have an outcome; `undefined` if the journal is that of another batch. */
function readJournal(path: string, fingerprint: string): Set<number> | undefined {
  const done = new Set<number>()
  const [first, ...ranges] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : ['']
  if (first !== fingerprint) {
    // Of another batch, of which something is done: there is a whole line after the first.
    if (ranges.length > 1) return undefined
    writeFileSync(path, `${fingerprint}\n`)
    return done
  }
  // To find out before anything is sent whether it can be gone on with.
  appendFileSync(path, '')
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
    throw commandError(
      exitCodes.failure,
      `${path} keeps how far the batch has come, and cannot be written: ${reasonOf(error)}. ` +
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
