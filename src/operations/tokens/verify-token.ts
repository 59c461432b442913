import { operatorScope, type Principal } from '../../model/access.ts'
import {
  type AccessToken,
  accessTokenPrefix,
  clockDifferenceMs,
  tokenBytesMax,
  unpackAccessToken,
} from '../../model/access-token.ts'
import type { Client } from '../../model/client.ts'
import { isConsole } from '../../model/console/console-client.ts'
import type { Context } from '../../model/ports/context.ts'
import type { ForeignIssuer } from '../../model/ports/token-check.ts'
import type { Person } from '../../model/principals/person.ts'
import { refuse } from '../../model/refusal.ts'
import { accountOf } from '../../model/user-id.ts'
import { isPrincipalId } from '../../protocol/identifiers.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import { findClient } from './find-client.ts'
import { isLiveSession } from './live-session.ts'

/** A valid token and its expiry for the cache. */
export interface VerifiedToken {
  readonly principal: Principal
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** The token of a demo client: valid on loopback only. */
  readonly isDemo: boolean
}

/** Verifies a token of this service. Refuses with INVALID_LWA_TOKEN. `operatorTokens`: those that are valid now. */
export async function verifyToken(
  context: Context,
  text: string,
  operatorTokens: readonly OperatorToken[],
): Promise<VerifiedToken> {
  const operator = await findLiveOperator(context, text, operatorTokens)
  if (operator !== undefined) return operator
  const live = await findLiveToken(context, text)
  if (live === undefined) throw refuse('INVALID_LWA_TOKEN', invalidTokenMessage)
  const { client, token: read, person } = live
  return {
    principal: {
      clientId: client.id,
      accountId: person?.id ?? accountOf(context, client.id),
      personId: person?.id,
      scopes: read.scopes,
    },
    expiresAt: read.expiresAt,
    isDemo: client.isDemo,
  }
}

/**
 * Returns what a valid token of this service says that speaks for an operator; `undefined` for any other. No other issuer can
 * make one, whatever scopes it names. It is valid as long as the session that bought it.
 */
export async function findLiveOperator(
  context: Context,
  text: string,
  operatorTokens: readonly OperatorToken[],
): Promise<VerifiedToken | undefined> {
  const token = readAccessToken(context, text)
  if (token?.operator === undefined || !token.scopes.includes(operatorScope)) return undefined
  const { clientId, grantId, operator, scopes, expiresAt } = token
  if (!holdsAt(token, context.now()) || !(await isLiveSession(context, grantId, operatorTokens)))
    return undefined
  const accountId = accountOf(context, clientId)
  return {
    principal: { clientId, accountId, personId: undefined, scopes, operator },
    expiresAt,
    isDemo: false,
  }
}

/**
 * Verifies a token of a foreign issuer. It speaks for a person that the catalog knows, by ID or by subject. Any other user
 * stays behind the client if the catalog gives the client roles, as in releases before there were people; otherwise an
 * account of Amazon's speaks for itself. The check does not depend on assigned roles: to end one must not hand its holder
 * those of the client. Who has no role may do nothing (ledger, row 16: 403, because the token is valid).
 */
export async function verifyForeignToken(
  context: Context,
  issuer: ForeignIssuer,
  token: string,
): Promise<VerifiedToken> {
  const { clientId, userId, scopes, expiresAt } = await issuer.verify(token)
  const client = await context.storage.catalog.findClient(clientId)
  const person = await findUser(context, userId)
  const isOwn = isPrincipalId(userId) && (client === undefined || client.roles.length === 0)
  const personId = person?.id ?? (isOwn ? userId : undefined)
  return {
    principal: { clientId, accountId: personId ?? accountOf(context, clientId), personId, scopes },
    expiresAt,
    isDemo: client?.isDemo ?? false,
  }
}

async function findUser({ storage }: Context, userId: string): Promise<Person | undefined> {
  return isPrincipalId(userId)
    ? await storage.catalog.findPerson(userId)
    : await storage.catalog.findPersonBySubject(userId)
}

export const invalidTokenMessage =
  'The access token is expired, revoked, malformed, or invalid for other reasons.'

/** The message for demo clients, whose secret is public, from another machine. */
export const demoOnlyOnLoopbackMessage =
  'The demo client works only on the machine of the service. Load a catalog file with your own client.'

/** A valid access token of this service: not expired, not revoked, and of an existing client and person. */
export interface LiveToken {
  readonly token: AccessToken
  readonly client: Client
  /** The person for whom it speaks; `undefined` if it speaks for the client. */
  readonly person: Person | undefined
}

export async function findLiveToken(context: Context, text: string): Promise<LiveToken | undefined> {
  const token = readAccessToken(context, text)
  if (token === undefined || token.operator !== undefined || !holdsAt(token, context.now())) return undefined
  const { personId } = token
  // An engine in this process fails at once here, when nothing else is under way whose failure nobody would see.
  const foundClient = findClient(context, token.clientId)
  const foundPerson = personId === undefined ? undefined : context.storage.catalog.findPerson(personId)
  const [client, person, hasEnded] = await Promise.all([
    foundClient,
    foundPerson,
    hasTokenEnded(context, token),
  ])
  if (hasEnded || client === undefined || person?.id !== personId) return undefined
  return { token, client, person }
}

/** Whether a token that speaks for no operator is revoked, or the session is over that bought it. */
async function hasTokenEnded(context: Context, { id, clientId, grantId }: AccessToken): Promise<boolean> {
  return isConsole({ id: clientId })
    ? !(await isLiveSession(context, grantId, []))
    : context.storage.grants.isRevoked(id, grantId)
}

/** A token whose life has not begun comes from a clock that was ahead, and would be valid for too long. */
function holdsAt({ issuedAt, expiresAt }: AccessToken, now: number): boolean {
  return issuedAt <= now + clockDifferenceMs && now < expiresAt
}

/** Reads a token with a valid signature; does not check expiry and revocation. */
export function readAccessToken(context: Context, text: string): AccessToken | undefined {
  if (!text.startsWith(accessTokenPrefix) || text.length > tokenBytesMax) return undefined
  const payload = context.secrets.verify(text.slice(accessTokenPrefix.length), 'access-token')
  return payload === undefined ? undefined : unpackAccessToken(payload)
}
