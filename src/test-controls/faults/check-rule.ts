/** Rules that contradict themselves are refused; rules that can never strike get a warning. */
import { oauthErrorStatus } from '../../protocol/errors.ts'
import { readInstant } from '../../protocol/instant.ts'
import type { FaultEffect, FaultRule } from '../../protocol/test-controls/faults.ts'
import { listOf, pointOf } from './matching.ts'

/** Effects of which a rule has at most one; latency goes with any. */
const kinds = ['error', 'items', 'status', 'connection', 'link', 'storage'] as const
type Kind = (typeof kinds)[number]

/** Returns the effect of a rule besides its latency, by its property. */
export function kindOf(effect: FaultEffect): Kind | undefined {
  return kinds.find((kind) => effect[kind] !== undefined)
}

/** Properties of an effect that only mean something beside others. */
const companions: Readonly<Record<string, readonly Kind[]>> = {
  retryAfterSeconds: ['error', 'status'],
  message: ['error', 'items'],
  body: ['status'],
  headers: ['status'],
}

/** Headers of the connection, which the server sets itself. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** Returns why a rule whose form is right is refused. */
export function ruleProblem(rule: FaultRule): string | undefined {
  return effectProblem(rule.effect) ?? placeProblem(rule) ?? timeProblem(rule)
}

function effectProblem(effect: FaultEffect): string | undefined {
  const found = kinds.filter((kind) => effect[kind] !== undefined)
  if (found.length > 1)
    return `effect is invalid: it has ${found.join(' and ')}, and can have only one of them.`
  const [kind] = found
  if (kind === undefined && effect.latencyMs === undefined)
    return `effect is invalid: it has none of ${kinds.join(', ')} and latencyMs.`
  for (const [name, kinds] of Object.entries(companions))
    if (Reflect.get(effect, name) !== undefined && !kinds.some((one) => one === kind))
      return `effect.${name} is invalid: it goes only with ${kinds.join(' or ')}.`
  if (effect.bytes !== undefined && effect.connection !== 'truncate')
    return 'effect.bytes is invalid: it goes only with the connection truncate.'
  if (effect.bytesPerSecond !== undefined && effect.connection !== 'dribble')
    return 'effect.bytesPerSecond is invalid: it goes only with the connection dribble.'
  const { latencyMs } = effect
  if (typeof latencyMs === 'object' && latencyMs.p99 < latencyMs.p50)
    return 'effect.latencyMs is invalid: p99 must not be less than p50.'
  for (const name of Object.keys(effect.headers ?? {})) {
    if (!/^[A-Za-z0-9-]{1,100}$/.test(name))
      return 'effect.headers is invalid: a name has letters, digits and hyphens.'
    if (ownHeaders.has(name.toLowerCase()))
      return `effect.headers is invalid: ${name} belongs to the connection.`
  }
  return undefined
}

function placeProblem(rule: FaultRule): string | undefined {
  const { effect, match = {}, at, early, enforceRetryAfter } = rule
  const kind = kindOf(effect)
  const named = listOf(match.operation) ?? []
  const point = pointOf(rule)
  if (early) {
    if (kind !== 'status' && kind !== 'connection')
      return 'early is invalid: it goes only with status or connection.'
    if (at === 'after' || isLate(effect))
      return 'early is invalid: nothing is done before the token is checked.'
    if (Object.keys(match).some((name) => name !== 'operation'))
      return 'early is invalid: before the token and the body are read, only operation can be matched.'
  }
  if (point === 'token_server' && kind !== 'link' && kind !== undefined)
    return 'effect is invalid: at token_server it has link or latencyMs.'
  if (point === 'storage' && kind !== 'storage' && kind !== undefined)
    return 'effect is invalid: at storage it has storage or latencyMs.'
  for (const name of ['token_server', 'storage'] as const)
    if (named.includes(name) && point !== name) return `match.operation is invalid: ${name} stands alone.`
  if (point !== 'operation' && at === 'after')
    return `at is invalid: after does not go with ${kind ?? point}.`
  if (enforceRetryAfter && (effect.retryAfterSeconds === undefined || early))
    return 'enforceRetryAfter is invalid: it needs effect.retryAfterSeconds, and a rule that is not early.'
  if (isOAuth(effect.error) && !(named.length === 1 && named[0] === 'token'))
    return `effect.error is invalid: ${effect.error} is an error of the operation token alone.`
  return undefined
}

function timeProblem({ when = {} }: FaultRule): string | undefined {
  for (const name of ['from', 'until'] as const) {
    const text = when[name]
    if (text !== undefined && readInstant(text) === undefined)
      return `when.${name} is invalid: there is no such day.`
  }
  return undefined
}

/** Whether the effect needs an answer that is there. */
export function isLate({ connection }: FaultEffect): boolean {
  return connection === 'truncate' || connection === 'dribble'
}

function isOAuth(error: FaultEffect['error']): boolean {
  return error !== undefined && Object.hasOwn(oauthErrorStatus, error)
}

const batches = ['batch_enable', 'batch_disable', 'batch_get']
const withSkill = ['get', 'enable', 'disable', 'batch_enable', 'batch_disable']

/** Returns why a rule can never strike as it stands, whatever is stored. */
export function ruleWarning(rule: FaultRule, now: number): string | undefined {
  const { effect, match = {}, when = {} } = rule
  if (when.probability === 0) return 'The rule never strikes: its probability is 0.'
  const from = readInstant(when.from ?? '') ?? Number.NEGATIVE_INFINITY
  const until = readInstant(when.until ?? '') ?? Number.POSITIVE_INFINITY
  if (until <= from) return 'The rule never strikes: its time ends before it begins.'
  if (until <= now) return 'The rule never strikes: its time is over on the clock of the world.'
  const named = listOf(match.operation)
  const point = pointOf(rule)
  if (named === undefined || point === 'token_server' || point === 'storage') return undefined
  if (effect.items !== undefined && !named.some((name) => batches.includes(name)))
    return `The rule never strikes: effect.items goes with ${batches.join(', ')}, not with ${named.join(', ')}.`
  for (const name of ['skillId', 'stage'] as const)
    if (match[name] !== undefined && !named.some((one) => withSkill.includes(one)))
      return `The rule never strikes: a request for ${named.join(', ')} has no ${name}.`
  return undefined
}
