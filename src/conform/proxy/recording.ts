/** The file of a recording: JSON lines. A line is written at once, so that a kill loses at most the last one. */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { problemFinder } from '../../protocol/problem.ts'
import { Exchange, RecordingHead } from '../exchange.ts'
import { isTooDeep } from '../json.ts'

const version = 1
/** The size of a recording that can be read, in bytes. */
const bytesMax = 256 * 1024 * 1024

export interface RecordingFile {
  /** Throws what the operating system reports. */
  write(exchange: Exchange): void
  close(): void
}

export interface Recording {
  readonly head: RecordingHead
  readonly exchanges: readonly Exchange[]
  /** The number of the last line, if it was cut off. */
  readonly tornLine?: number
}

/** A recording that cannot be replayed. `message` names the line and the fault. */
export class RecordingFault extends Error {
  override readonly name = 'RecordingFault'
}

/** Creates the file, which only its owner can read. Throws if there is one of that name already. */
export function createRecording(
  file: string,
  head: Omit<RecordingHead, 'format' | 'version'>,
): RecordingFile {
  const descriptor = openSync(file, 'wx', 0o600)
  const write = (value: object) => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`)
    for (let at = 0; at < line.length; ) at += writeSync(descriptor, line, at)
  }
  write({ format: 'skillkeeper-conform', version, ...head })
  return { write, close: () => closeSync(descriptor) }
}

/**
 * Reads a recording. A last line that was cut off is left out and reported. Throws a `RecordingFault` for anything else
 * that is no recording, and what the operating system reports.
 */
export function readRecording(file: string): Recording {
  if (statSync(file).size > bytesMax)
    throw new RecordingFault(`${file} is larger than ${bytesMax / 1024 / 1024} MiB: record in parts.`)
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  const lines = text.split('\n')
  const unended = lines.pop() ?? ''
  const fault = (index: number, message: string) =>
    new RecordingFault(`${file}, line ${index + 1}: ${message}`)
  const [first = unended] = lines
  const head = parsed(first)
  if (headProblem(head) !== undefined)
    throw fault(0, 'This is not the first line of a recording of `skillkeeper conform record`.')
  const { version: found } = head as RecordingHead
  if (found !== version)
    throw fault(0, `The recording has the version ${found}; this program reads version ${version}.`)
  const exchanges: Exchange[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue
    const value = parsed(line)
    const problem = exchangeProblem(value)
    if (problem !== undefined) throw fault(index, problem)
    exchanges.push(value as Exchange)
  }
  // An editor may have removed the last line end.
  const last = lines.length === 0 ? undefined : parsed(unended)
  if (unended.trim() === '' || lines.length === 0) return { head: head as RecordingHead, exchanges }
  if (exchangeProblem(last) !== undefined)
    return { head: head as RecordingHead, exchanges, tornLine: lines.length + 1 }
  return { head: head as RecordingHead, exchanges: [...exchanges, last as Exchange] }
}

const headProblem = problemFinder(RecordingHead, 'The line')
const findProblem = problemFinder(Exchange, 'The line')

function exchangeProblem(value: unknown): string | undefined {
  if (value === undefined) return 'The line is not JSON, or nested too deeply.'
  const problem = findProblem(value)
  if (problem !== undefined) return problem
  const { at, request, response, failure } = value as Exchange
  if (Number.isNaN(Date.parse(at))) return 'at is no time.'
  if (!URL.canParse(`http://localhost${request.path}`)) return 'request.path is no path.'
  if ((response === undefined) === (failure === undefined)) return 'The line has no response and no failure.'
  return undefined
}

/** `undefined` if the line is not JSON, or nested too deeply. */
function parsed(line: string): unknown {
  if (isTooDeep(line)) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
