import { type Refusal, refuse } from '../model/refusal.ts'

/** The maximum length of a line. */
const lineBytesMax = 16 * 1024 * 1024
const newLine = 10

/**
 * Yields the lines of the input, several at a time, with their line ends. The text after the last line end comes last and
 * separately: the input was truncated there. Refuses with INVALID_PARAM a line of more than 16 MiB.
 */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of input) {
    const end = chunk.lastIndexOf(newLine)
    rest.push(end < 0 ? chunk : chunk.subarray(0, end))
    restBytes += chunk.length
    if (end < 0) {
      if (restBytes > lineBytesMax) throw tooLong()
      continue
    }
    const lines = Buffer.concat(rest).toString('utf8').split('\n')
    rest = [chunk.subarray(end + 1)]
    restBytes = chunk.length - end - 1
    yield lines.map((line) => `${line}\n`)
  }
  if (restBytes > 0) yield [Buffer.concat(rest).toString('utf8')]
}

function tooLong(): Refusal {
  return refuse('INVALID_PARAM', `A line has more than ${lineBytesMax} bytes: this is not an export.`)
}
