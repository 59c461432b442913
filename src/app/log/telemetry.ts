/** The log of the service, as JSON or for people, on standard error. It contains no secrets. */
import { pino } from 'pino'
import type { Log } from '../../model/ports/context.ts'
import type { Settings } from '../settings/settings.ts'
import { createLineWriter } from './line-writer.ts'
import type { LogOutput } from './log-output.ts'
import { prettyLine } from './pretty-log.ts'

export interface Telemetry {
  readonly log: Log
  /** Writes a line of the access log; `undefined` if the log level excludes it. */
  readonly writeLine: ((line: string) => void) | undefined
  /** Writes the buffered lines. */
  flush(): void
}

/** The names of fields with secrets; their values are never logged. */
const secretFields = [
  'authorization',
  'secret',
  'clientSecret',
  'authCode',
  'accessToken',
  'refreshToken',
  'token',
]
const secretPaths = secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** Tokens of this service inside a text, such as an error message. */
const tokenText = /Atz[arc]\|[\x21\x23-\x5b\x5d-\x7e]+/g

/** Opens the log. `output` takes the lines; default standard error. */
export function openTelemetry(
  { logLevel: level, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>,
  output: LogOutput = createLineWriter(2),
): Telemetry {
  const { isTerminal = false } = output
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && isTerminal)
  const isColored = isTerminal && !process.env['NO_COLOR']
  const write = isPretty
    ? (line: string) => output.write(prettyLine(line, isColored))
    : (line: string) => output.write(line)
  const logger = pino(
    {
      level,
      base: null,
      redact: { paths: secretPaths, censor: '…' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => write(line.replace(tokenText, (token) => `${token.slice(0, 5)}…`)) },
  )
  return {
    log: {
      info: (fields, message) => logger.info(fields, message),
      warn: (fields, message) => logger.warn(fields, message),
      // The process may end soon: errors are written at once.
      error: (fields, message) => {
        logger.error(fields, message)
        output.flush?.()
      },
    },
    writeLine: logger.isLevelEnabled('info') ? write : undefined,
    flush: () => output.flush?.(),
  }
}
