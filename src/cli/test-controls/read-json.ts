import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { wrongUsage } from '../terminal/command-error.ts'

/** Reads a file with JSON; `-` is standard input. Rejects with a CommandError that names the file and the fault. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw wrongUsage(`The file ${file} cannot be read as JSON: ${reason}`, error)
  }
}
