/**
 * Admits requests before the body is read, in the order of the ledger, row 10 (cheap checks first): 503 if the storage is
 * not open yet or too many operations run, then 401, then 429.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../model/access.ts'
import { isConsole } from '../../model/console/console-client.ts'
import type { World } from '../../model/ports/world.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { regionOfHost } from '../../model/region.ts'
import type { Guards } from '../engine/engine.ts'
import { type Exchange, slotUserOf, worldOf } from '../engine/exchange.ts'
import type { Slots } from '../engine/slots.ts'
import { bearerToken } from './bearer.ts'
import { type Caller, callerOf } from './caller.ts'
import { operatorSecret, operatorWith } from './operator-token.ts'

export interface AdmissionParts {
  readonly slots: Slots
  /** Returns the world that a request is for, or `undefined` if it is not open yet. */
  findWorld(request: IncomingMessage): World | undefined
  /** Marks the connection of the request: its client has shown a valid token. */
  welcome(request: IncomingMessage): void
  /** Whether an organization is served only at the host of its region. */
  readonly regions?: boolean
}

const startRetryMs = 1000

export function createAdmission(parts: AdmissionParts): Guards['admit'] {
  function admitClient(exchange: Exchange, { throttle }: World, principal: Principal): void {
    const region = parts.regions ? regionOfHost(callerOf(exchange.request).host ?? '') : undefined
    exchange.principal = region === undefined ? principal : { ...principal, region }
    parts.welcome(exchange.request.raw)
    const { clientId, personId } = principal
    // People share the client of the console.
    const refusal = throttle.count(isConsole({ id: clientId }) ? (personId ?? clientId) : clientId)
    if (refusal !== undefined) throw refusal
  }

  function admitOperator(exchange: Exchange, operator: string): void {
    exchange.operator = operator
    parts.welcome(exchange.request.raw)
  }

  return (exchange) => {
    const { config } = exchange.route
    exchange.world = parts.findWorld(exchange.request.raw)
    if (!config.needsNothing && exchange.world === undefined) {
      throw refuse('SERVICE_UNAVAILABLE', 'The service is waiting for its storage.', {
        retryAfterMs: startRetryMs,
      })
    }
    parts.slots.check(slotUserOf(exchange))
    if (config.access === 'anyone') return undefined
    const world = worldOf(exchange.request)
    const caller = callerOf(exchange.request)
    const token = shownToken(exchange.request.headers.authorization)
    if (config.access === 'client') {
      const principal = world.tokens.check(token, caller.isHere)
      if (!(principal instanceof Promise)) return void admitClient(exchange, world, principal)
      return principal.then((verified) => admitClient(exchange, world, verified))
    }
    const operator = operatorWith(token, world.operatorTokens())
    if (operator !== undefined) {
      caller.judgeGuess(operatorSecret, true)
      return void admitOperator(exchange, operator)
    }
    return admitByToken(exchange, token, world)
  }

  /** Admits whoever an access token speaks for, if the route is for them. */
  async function admitByToken(exchange: Exchange, token: string, world: World): Promise<void> {
    const caller = callerOf(exchange.request)
    const isForClients = exchange.route.config.access === 'either'
    if (!isForClients && !accessTokenForm.test(token)) throw wrongToken(caller, token, world)
    let principal: Principal
    try {
      principal = await world.tokens.check(token, caller.isHere)
    } catch (error) {
      const isWrong = error instanceof Refusal && error.code === 'INVALID_LWA_TOKEN'
      throw isWrong ? wrongToken(caller, token, world, error) : error
    }
    if (principal.operator !== undefined) admitOperator(exchange, principal.operator)
    else if (isForClients) admitClient(exchange, world, principal)
    else throw wrongToken(caller, token, world)
  }
}

/** Whether the token of an admitted request would be admitted again. */
export async function isStillAdmitted(request: FastifyRequest): Promise<boolean> {
  const { exchange } = request
  const token = bearerToken(request.headers.authorization)
  if (exchange === null || token === undefined) return false
  const { operator } = exchange
  const world = worldOf(request)
  if (operator !== undefined && operatorWith(token, world.operatorTokens()) === operator) return true
  try {
    const principal = await world.tokens.check(token, callerOf(request).isHere)
    return principal.operator === operator
  } catch {
    return false
  }
}

/** The tokens of this service and of Amazon, and those of OpenID issuers. */
const accessTokenForm = /^(?:Atza\||[\w-]+\.[\w-]+\.[\w-]+$)/

/**
 * Returns the refusal of a token that is not the operator's. It counts as a guess of one, but an access token does not: pages that
 * renew theirs show it when it has ended.
 */
function wrongToken(
  caller: Caller,
  token: string,
  world: World,
  refusal = refuse('INVALID_LWA_TOKEN', "The operator's token is invalid."),
): Refusal {
  const isGuess =
    !accessTokenForm.test(token) || world.operatorTokens().some((one) => accessTokenForm.test(one.token))
  if (isGuess) caller.judgeGuess(operatorSecret, false)
  return refusal
}

function shownToken(authorization: string | undefined): string {
  const token = bearerToken(authorization)
  if (token !== undefined) return token
  const problem = authorization ? 'not of the form "Bearer {token}"' : 'missing'
  throw refuse('INVALID_LWA_TOKEN', `The access token is missing: the Authorization header is ${problem}.`)
}
