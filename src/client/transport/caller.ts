/** Builds the calls of the operations from their paths and bodies, with the endpoint and the tokens of the client. */

import type { Operation } from '../errors.ts'
import type { CallOptions, SkillsClientOptions } from '../options.ts'
import { fillOptions, type Settings } from '../settings.ts'
import type { Answer, Call, TokenSource } from './call.ts'
import { createSend } from './send.ts'
import { tokenSource } from './token-source.ts'

/** The parts of a call besides its operation, method and path. */
export interface CallParts {
  readonly options: CallOptions | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  /** True by default: most operations are safe to repeat. */
  readonly isRepeatable?: boolean
  readonly secrets?: readonly string[]
  readonly doneStatus?: number
}

export type CallApi = (
  operation: Operation,
  method: Call['method'],
  path: string,
  parts: CallParts,
) => Promise<Answer>

export interface Caller {
  readonly settings: Settings
  readonly call: CallApi
  readonly tokens: TokenSource
  /** Whether a request with an authorization code is repeatable. */
  readonly repeatsCodes: boolean
}

export function createCaller(options: SkillsClientOptions): Caller {
  const settings = fillOptions(options)
  const send = createSend(settings)
  const tokens = tokenSource(options.credentials, settings, send)
  return {
    settings,
    tokens,
    repeatsCodes: settings.repeatsCodes,
    call(operation, method, path, parts) {
      const { body, options: own = {}, isRepeatable = true, secrets = [], doneStatus } = parts
      return send({
        operation,
        method,
        url: settings.endpoint + path,
        tokens,
        isRepeatable,
        secrets,
        options: own,
        ...(body !== undefined && { body: JSON.stringify(body), contentType: 'application/json' }),
        ...(doneStatus !== undefined && { doneStatus }),
      })
    },
  }
}

export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
}
