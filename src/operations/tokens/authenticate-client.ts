import type { Client } from '../../model/client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Guesses } from '../../model/ports/guesses.ts'
import { type Refusal, refuse } from '../../model/refusal.ts'
import { demoOnlyOnLoopbackMessage } from './verify-token.ts'

/** The parameters of a request to the issuer, each at most once; scopes are separated by spaces. */
export type Parameters = ReadonlyMap<string, string>

/** A request of a client to the issuer. */
export interface ClientRequest {
  readonly parameters: Parameters
  /** The decoded credentials of HTTP Basic. */
  readonly basic: ClientCredentials | undefined
  readonly caller: ClientCaller
  /** Called with the client of the catalog that the request names, before it is authenticated. */
  names?(clientId: string): void
}

/** The sender of the request. */
export interface ClientCaller extends Guesses {
  /** Whether the caller is on this machine, which demo clients need. */
  readonly isHere: boolean
}

export interface ClientCredentials {
  readonly clientId: string
  readonly secret: string
}

/**
 * Authenticates the client. A client sends its secret in the body or by HTTP Basic, never both; a public client has no
 * secret and sends only its ID. Refuses with `invalid_request` and `invalid_client`, and with TOO_MANY_REQUESTS after
 * too many wrong secrets. Source: RFC 6749 section 2.3.
 */
export async function authenticateClient(context: Context, request: ClientRequest): Promise<Client> {
  const { clientId, secret } = presentedCredentials(request)
  const client = await context.storage.catalog.findClient(clientId)
  if (client !== undefined) request.names?.(client.id)
  const isRight = isClient(context, client, secret)
  // A public client has sent no secret.
  if (!isRight || client.secretHash !== undefined) request.caller.judgeGuess(`client ${clientId}`, isRight)
  if (!isRight) throw authenticationFailed(client)
  if (client.isDemo && !request.caller.isHere) throw refuse('invalid_client', demoOnlyOnLoopbackMessage)
  return client
}

/** Returns the value of a required parameter. Refuses with `invalid_request` a missing or empty one. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined || value === '') {
    throw refuse('invalid_request', `The request is missing a required parameter : ${name}`)
  }
  return value
}

function presentedCredentials({ parameters, basic }: ClientRequest): {
  clientId: string
  secret: string | undefined
} {
  // Some clients send an empty parameter: it counts as absent.
  const secret = parameters.get('client_secret') || undefined
  if (basic === undefined) return { clientId: required(parameters, 'client_id'), secret }
  const clientId = parameters.get('client_id') || basic.clientId
  if (secret !== undefined || clientId !== basic.clientId) {
    throw refuse('invalid_request', 'The client must authenticate in the header or in the body, not in both')
  }
  return { clientId, secret: basic.secret === '' ? undefined : basic.secret }
}

/** Does the same work for an unknown client, so that the response time reveals nothing. */
function isClient(
  context: Context,
  client: Client | undefined,
  secret: string | undefined,
): client is Client {
  const isRight = context.secrets.matches(secret ?? '', client?.secretHash ?? hashOfNothing, 'client-secret')
  if (client === undefined) return false
  return client.secretHash === undefined ? secret === undefined : isRight
}

/** A text with the length of a hash that no secret has. */
const hashOfNothing = 'A'.repeat(43)

function authenticationFailed(client: Client | undefined): Refusal {
  const detail = client === undefined ? 'The client does not exist.' : 'The secret is missing or wrong.'
  return refuse('invalid_client', 'Client authentication failed', { detail })
}
