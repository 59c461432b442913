/**
 * Reads the text of a file in any encoding that spreadsheet programs write. The file is read completely: a fault at its end
 * is found before anything is sent, and the text of a pipe can be examined twice.
 */
import { createReadStream, statSync } from 'node:fs'
import { wrongUsage } from '../terminal/command-error.ts'

export interface FileText {
  /** The text without a byte order mark. All line ends are line feeds. */
  readonly text: string
  /** The encoding for messages: `UTF-8 with a byte order mark`. */
  readonly encoding: string
  readonly bytes: Uint8Array
}

const bytesMax = 64 * 1024 * 1024
/** The number of bytes from which the encoding is detected. */
const headBytes = 64 * 1024

/** Whether the file can be read again and can have other files next to it: not standard input, not a pipe. */
export function isRegularFile(file: string): boolean {
  return file !== '-' && (statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)
}

/** `-` is standard input. Rejects with a CommandError if the file is not text, and with the system's error if it cannot be read. */
export async function readText(file: string, name: string): Promise<FileText> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
    chunks.push(chunk)
    size += chunk.length
    if (size > bytesMax)
      throw wrongUsage(`${name} has more than ${bytesMax / 1024 / 1024} MiB: split it into several files.`)
  }
  const bytes = Buffer.concat(chunks)
  const kind = kinds.find(({ begins }) => begins.some((start) => bytes.indexOf(start, 0, 'latin1') === 0))
  if (kind !== undefined) throw noText(name, `is ${kind.what}`)
  const { label, encoding } = encodingOf(bytes)
  if (label === undefined) throw noText(name, 'has NUL bytes: it is not text')
  return { text: new TextDecoder(label).decode(bytes).replace(/\r\n?/g, '\n'), encoding, bytes }
}

function noText(name: string, problem: string): Error {
  return wrongUsage(`${name} ${problem}. Save the sheet as CSV and use that file. Nothing was sent.`)
}

/** Formats that are often used by mistake, by their first bytes. */
const kinds: readonly { readonly what: string; readonly begins: readonly string[] }[] = [
  { what: 'a workbook (.xlsx, .ods, .numbers) or another ZIP file', begins: ['PK\x03\x04', 'PK\x05\x06'] },
  { what: 'a workbook of an old Excel (.xls)', begins: ['\xd0\xcf\x11\xe0', '\x09\x08'] },
  { what: 'a compressed file', begins: ['\x1f\x8b', 'BZh', '\xfd7zXZ', '7z\xbc\xaf'] },
  { what: 'a PDF document', begins: ['%PDF-'] },
  { what: 'HTML or XML, despite its name', begins: ['<', '\xef\xbb\xbf<'] },
]

interface Encoding {
  /** The label for TextDecoder; absent if the file is not text. */
  readonly label?: string
  readonly encoding: string
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes.indexOf('\xef\xbb\xbf', 0, 'latin1') === 0)
    return { label: 'utf-8', encoding: 'UTF-8 with a byte order mark' }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { label: 'utf-16le', encoding: 'UTF-16' }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { label: 'utf-16be', encoding: 'UTF-16, big-endian' }
  const head = bytes.subarray(0, headBytes)
  if (head.includes(0)) return withoutMark(head)
  if (isDecodable(bytes, 'utf-8')) return { label: 'utf-8', encoding: 'UTF-8' }
  return isJapanese(bytes, head)
    ? { label: 'shift_jis', encoding: 'Shift_JIS' }
    : { label: 'windows-1252', encoding: 'Windows-1252' }
}

/** Detects UTF-16 without a mark: in the IDs of units every other byte is zero. */
function withoutMark(head: Buffer): Encoding {
  const zeros = [0, 0]
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const enough = Math.max(8, head.length / 8)
  if (odd >= enough && even < odd / 4) return { label: 'utf-16le', encoding: 'UTF-16 without a mark' }
  if (even >= enough && odd < even / 4)
    return { label: 'utf-16be', encoding: 'UTF-16, big-endian, without a mark' }
  return { encoding: 'none' }
}

/** Western text has no bytes that Windows-1252 leaves undefined, and never reads as two kana in a row. */
function isJapanese(bytes: Buffer, head: Buffer): boolean {
  if (!isDecodable(bytes, 'shift_jis')) return false
  const hasUndefined = /[\x81\x8d\x8f\x90\x9d]/.test(head.toString('latin1'))
  return hasUndefined || /[\u3041-\u30ff]{2}/.test(new TextDecoder('shift_jis').decode(head))
}

function isDecodable(bytes: Buffer, label: string): boolean {
  try {
    new TextDecoder(label, { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
