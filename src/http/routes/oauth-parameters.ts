/** Reads the parameters of requests to the issuer, in all spellings that real clients use. Applies no rule of OAuth. */
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { refuse } from '../../model/refusal.ts'
import type {
  ClientCredentials,
  ClientRequest,
  Parameters,
} from '../../operations/tokens/authenticate-client.ts'
import {
  AuthorizationDecision,
  AuthorizationQuery,
  RevokeRequest,
  TokenQuery,
  TokenRequest,
} from '../../protocol/lwa.ts'
import { readJson } from '../engine/json-text.ts'
import { bearerToken } from '../gate/bearer.ts'
import { callerOf } from '../gate/caller.ts'

const knownNames: ReadonlySet<string> = new Set(
  [TokenRequest, TokenQuery, RevokeRequest, AuthorizationQuery, AuthorizationDecision].flatMap(
    ({ properties }) => Object.keys(properties),
  ),
)

/** Reads the request of a client, whose body is a form or JSON. Refuses with `invalid_request` and `invalid_client`. */
export function readClientRequest(request: FastifyRequest): ClientRequest {
  return {
    parameters: readBodyParameters(request.body),
    basic: readBasic(request.headers.authorization),
    caller: callerOf(request),
    names(clientId) {
      if (request.exchange !== null) request.exchange.namedClientId = clientId
    },
  }
}

/**
 * Reads a form or JSON. The first character decides, not the content type: some clients send JSON without one, others
 * with that of a form. No form begins with a brace.
 */
export function readBodyParameters(body: unknown): Parameters {
  const text = typeof body === 'string' ? body : ''
  return /^\s*\{/.test(text) ? readJsonParameters(text) : readForm(text)
}

/** Reads the parameters in the query of a URL. */
export function readQueryParameters(url: string | undefined): Parameters {
  const [, query = ''] = /\?([^#]*)/.exec(url ?? '') ?? []
  return readForm(query)
}

/** Reads the access token in the query or in one of two headers. */
export function readShownToken(message: IncomingMessage): string | undefined {
  const inHeader = bearerToken(message.headers.authorization)
  const inAmazonHeader = message.headers['x-amz-access-token']
  return readQueryParameters(message.url).get('access_token') ?? inHeader ?? inAmazonHeader?.toString()
}

/** A parameter may occur once; only scopes may occur several times, or as a list: `scope=a&scope=b`, `scope[0]=a`. */
function readForm(text: string): Parameters {
  const parameters = new Map<string, string>()
  const decoded = new URLSearchParams(text)
  // Bytes that are not UTF-8 are decoded to this character, and the client would get back a changed value.
  const hasReplaced = [...decoded].some(([name, value]) => `${name}${value}`.includes('\uFFFD'))
  if (hasReplaced && !/\uFFFD|%EF%BF%BD/i.test(text))
    throw refuse('invalid_request', 'The request has a parameter that is not UTF-8.')
  for (const [name, value] of decoded) {
    if (/^scope(\[\d*\])?$/.test(name)) {
      const before = parameters.get('scope')
      parameters.set('scope', before === undefined ? value : `${before} ${value}`)
    } else if (parameters.has(name)) {
      // An unknown name is not quoted: it may be a secret, such as a token that was sent instead of a form.
      const known = knownNames.has(name) ? ` : ${name}` : ''
      throw refuse('invalid_request', `The request has a repeated parameter${known}`)
    } else {
      parameters.set(name, value)
    }
  }
  return parameters
}

/** Ignores values that are neither strings nor lists of scopes. */
function readJsonParameters(text: string): Parameters {
  const parameters = new Map<string, string>()
  for (const [name, value] of Object.entries(Object(readJson(text)))) {
    if (typeof value === 'string') parameters.set(name, value)
    else if (name === 'scope' && Array.isArray(value)) parameters.set(name, value.join(' '))
  }
  return parameters
}

/**
 * Reads the credentials of HTTP Basic, both form-encoded (RFC 6749, section 2.3.1). Ignores other schemes and an empty
 * header: tools for API requests often add the header to every request.
 */
function readBasic(header: string | undefined): ClientCredentials | undefined {
  const encoded = /^basic\b *(.*)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colonAt = text.indexOf(':')
  try {
    if (colonAt > 0)
      return { clientId: decode(text.slice(0, colonAt)), secret: decode(text.slice(colonAt + 1)) }
  } catch {
    // Not form-encoded: the same refusal as for invalid base64.
  }
  throw refuse('invalid_client', 'Client authentication failed')
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
