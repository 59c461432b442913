/** Formats the log for a terminal: a short line for each JSON line. */
import { styleText } from 'node:util'
import { printable } from './printable.ts'

/** The fields of a line; values from callers are not yet made printable. */
type Fields = Readonly<Record<string, unknown>>

const detailLengthMax = 300
/** How many characters of the end of an ID are shown. */
const idLengthMax = 12

/** Turns a JSON line into a line for people, with further lines for a reason; each ends with a line feed. */
export function prettyLine(line: string, isColored: boolean): string {
  const { level, time, msg, ...fields } = parse(line)
  const at = new Date(String(time)).toTimeString().slice(0, 8)
  const text = msg === 'request' ? requestText(fields) : eventText(String(msg), fields)
  const [first = '', ...others] = text.split('\n').map(printable)
  const mark = level === 'error' || level === 'warn' ? `${level === 'warn' ? 'warning' : level}: ` : ''
  const lines = [`${at} ${mark}${first}`, ...others.map((other) => `  ${other}`)].join('\n')
  return `${isColored && mark !== '' ? styleText(level === 'error' ? 'red' : 'yellow', lines) : lines}\n`
}

function parse(line: string): Fields {
  return JSON.parse(line)
}

/** `201 enable …000000000001 …ROOM101 by …demo, 8 ms`, and the reason of a refusal below it. */
function requestText({
  status,
  operation,
  skillId,
  unitId,
  clientId,
  durationMs,
  ...fields
}: Fields): string {
  const by = clientId === undefined ? [] : ['by', ending(clientId)]
  const ids = [skillId, unitId].filter((id) => id !== undefined).map(ending)
  const head = `${[status ?? 'gone', operation, ...ids, ...by].join(' ')}, ${Math.round(Number(durationMs))} ms`
  const { error, detail, requestId } = fields
  return error === undefined ? head : `${head}\n${error}: ${cut(detail)}\nRequest ID: ${requestId}`
}

/** The message, and the fields that the message does not contain. */
function eventText(message: string, { err, ...fields }: Fields): string {
  // Standard output already shows the address of a ready service.
  const isTold = (name: string, value: unknown) =>
    message.includes(String(value)) || (name === 'url' && fields['pid'] !== undefined)
  const beside = Object.entries(fields)
    .filter(([name, value]) => !isTold(name, value))
    .map(([name, value]) => `${name} ${cut(value)}`)
  const head = beside.length === 0 ? message : `${message} (${beside.join(', ')})`
  return err === undefined ? head : `${head}\n${stackOf(err)}`
}

function stackOf(error: unknown): string {
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined
  return typeof stack === 'string' ? stack : cut(error)
}

function cut(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const line = (text ?? '').replaceAll('\n', ' ')
  return line.length > detailLengthMax ? `${line.slice(0, detailLengthMax)}…` : line
}

function ending(id: unknown): string {
  const last = String(id).split('.').at(-1) ?? ''
  return `…${last.slice(-idLengthMax)}`
}
