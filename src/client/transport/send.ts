/**
 * Sends one call: its attempts and the pauses between them. It does not depend on the operation.
 *
 * A request is sent again if it was certainly not executed (429; 401 with a token that can be renewed), or if that is
 * unknown (no complete response, time-out, 408, 5xx) and it is safe to repeat.
 */

import {
  AbortError,
  AnswerError,
  ApiError,
  isPassing,
  SkillsError,
  TimeoutError,
  TokenError,
  TransportError,
} from '../errors.ts'
import type { AttemptEvent } from '../options.ts'
import type { Settings } from '../settings.ts'
import type { Answer, Call, Send } from './call.ts'
import { abortReason, isAborted, tell as tellListener } from './callbacks.ts'
import { pause, startTimeLimit, type TimeLimit, unlessAborted } from './clock.ts'
import { readError } from './read-error.ts'
import { delayAfter, readRetryAfter } from './retry.ts'
import { withoutSecrets, withoutSecretText } from './secrets.ts'

/** The state that the attempts of a call share. */
interface Progress {
  attempts: number
  repetitions: number
  /** The last attempt had a token and sent its request. */
  isSent: boolean
  /** An attempt may have been executed although it failed. */
  isUncertain: boolean
  /** The access token of the last attempt. */
  token: string | undefined
  /** The token that the service rejected with a 401. */
  rejectedToken: string | undefined
}

export function createSend(settings: Settings): Send {
  return (call) => send(settings, call)
}

async function send(settings: Settings, call: Call): Promise<Answer> {
  const { clock } = settings
  const { signal, timeoutMs = settings.timeoutMs } = call.options ?? {}
  const deadline = clock.now() + timeoutMs
  const progress: Progress = {
    attempts: 0,
    repetitions: 0,
    isSent: false,
    isUncertain: false,
    token: undefined,
    rejectedToken: undefined,
  }
  // The policy limits the attempts; a renewed token allows one more.
  for (;;) {
    const startedAt = clock.now()
    progress.attempts += 1
    try {
      const answer = await attempt(settings, call, progress, deadline - startedAt)
      settings.budget.refill()
      tell(settings, call, progress, startedAt, answer)
      return answer
    } catch (error) {
      if (!(error instanceof SkillsError)) throw error
      if (error.operation === call.operation) error.attempts = progress.attempts
      if (progress.isUncertain && error instanceof ApiError && error.status === call.doneStatus) {
        tell(settings, call, progress, startedAt, error)
        return { status: error.status, requestId: error.requestId, body: undefined }
      }
      const delayMs = delayBeforeNext(settings, call, progress, error)
      const isLast = delayMs === undefined || clock.now() + delayMs >= deadline
      tell(settings, call, progress, startedAt, error, isLast ? undefined : delayMs)
      if (isLast) throw error
      progress.isUncertain ||= leavesDoubt(progress, error)
      await pause(clock, delayMs, signal)
      if (isAborted(signal)) throw aborted(call, progress)
    }
  }
}

async function attempt(settings: Settings, call: Call, progress: Progress, leftMs: number): Promise<Answer> {
  const { clock } = settings
  const { signal, attemptTimeoutMs = settings.attemptTimeoutMs } = call.options ?? {}
  if (isAborted(signal)) throw aborted(call, progress)
  const limit = startTimeLimit(clock, Math.min(leftMs, attemptTimeoutMs), signal)
  try {
    const { tokens } = call
    progress.isSent = false
    progress.token = tokens && (await unlessAborted(tokens.token(progress.rejectedToken), limit.signal))
    progress.isSent = true
    const response = await settings.fetch(call.url, requestOf(settings, call, progress.token, limit))
    return await readAnswer(call, response, clock.now(), secretsOf(call, progress))
  } catch (error) {
    throw failureOf(call, progress, error, limit)
  } finally {
    limit.release()
  }
}

function failureOf(call: Call, progress: Progress, thrown: unknown, limit: TimeLimit): SkillsError {
  const { operation, options } = call
  if (isAborted(options?.signal)) return aborted(call, progress)
  if (limit.isOver()) return new TimeoutError('No response arrived in time.', { operation })
  if (thrown instanceof SkillsError) return thrown
  const { message, cause } = withoutSecrets(thrown, secretsOf(call, progress))
  return new TransportError(`No complete response arrived: ${message}`, { operation, cause })
}

function requestOf(
  settings: Settings,
  call: Call,
  token: string | undefined,
  { signal }: TimeLimit,
): RequestInit {
  const headers = new Headers({ accept: 'application/json' })
  // The last one wins, in any case of its letters. The token and the content type are always the client's own.
  const given = Object.entries({ ...settings.headers, ...call.options?.headers })
  for (const [name, value] of given) headers.set(name, value)
  if (call.contentType !== undefined) headers.set('content-type', call.contentType)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return {
    method: call.method,
    headers,
    signal,
    // The API does not redirect, and no other host may get the token.
    redirect: 'manual',
    ...(call.body !== undefined && { body: call.body }),
  }
}

async function readAnswer(
  call: Call,
  response: Response,
  now: number,
  secrets: readonly string[],
): Promise<Answer> {
  const { status, headers } = response
  const requestId = headers.get('x-amzn-requestid') ?? undefined
  const text = await response.text()
  let body: unknown
  let isJson = true
  try {
    if (text !== '') body = response.ok ? JSON.parse(text) : parseClean(text, secrets)
  } catch {
    isJson = false
  }
  if (!response.ok) {
    const refused = { status, retryAfterMs: readRetryAfter(headers, now) }
    throw readError(call.operation, refused, requestId, body)
  }
  if (!isJson) {
    throw new AnswerError('The response is not complete JSON.', { operation: call.operation, requestId })
  }
  return { status, requestId, body }
}

/** Parses an error body and removes the secrets that it may quote. */
function parseClean(text: string, secrets: readonly string[]): unknown {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' ? withoutSecretText(value, secrets) : value,
  )
}

/** The pause before the next attempt; `undefined` if the call must not be retried. */
function delayBeforeNext(
  { retry, budget, random }: Settings,
  call: Call,
  progress: Progress,
  error: SkillsError,
): number | undefined {
  const policy = { ...retry, ...call.options?.retry }
  // A request for a token has already been retried by its own call.
  if (error instanceof AbortError || error.operation !== call.operation) return undefined
  if (error instanceof ApiError && error.status === 401) {
    if (!call.tokens?.isRenewable || progress.rejectedToken !== undefined) return undefined
    progress.rejectedToken = progress.token
    return 0
  }
  if (!isPassing(error)) return undefined
  if (leavesDoubt(progress, error) && !call.isRepeatable) return undefined
  progress.repetitions += 1
  if (progress.repetitions >= policy.attemptsMax) return undefined
  if (isTrouble(error) && !budget.take()) return undefined
  const asked = error instanceof ApiError || error instanceof TokenError ? error.retryAfterMs : undefined
  return (asked ?? 0) + delayAfter(progress.repetitions, policy, random)
}

/** Whether the request may have been executed. */
function leavesDoubt({ isSent }: Progress, error: SkillsError): boolean {
  return isSent && isTrouble(error)
}

/** Whether the error is temporary and not a 429, with which the service itself limits the requests. */
function isTrouble(error: SkillsError): boolean {
  return isPassing(error) && !(error instanceof ApiError && error.status === 429)
}

function aborted(call: Call, { attempts }: Progress): AbortError {
  const error = new AbortError('The call was aborted.', {
    operation: call.operation,
    cause: abortReason(call.options?.signal),
  })
  error.attempts = attempts
  return error
}

function secretsOf(call: Call, { token }: Progress): readonly string[] {
  return token === undefined ? call.secrets : [token, ...call.secrets]
}

function tell(
  { onAttempt, clock }: Settings,
  { operation, method, url }: Call,
  { attempts }: Progress,
  startedAt: number,
  outcome: Answer | SkillsError,
  retryInMs?: number,
): void {
  if (onAttempt === undefined) return
  const event: AttemptEvent = {
    operation,
    method,
    url: url.split('?', 1)[0] ?? url,
    attempt: attempts,
    durationMs: clock.now() - startedAt,
    status: 'status' in outcome && typeof outcome.status === 'number' ? outcome.status : undefined,
    requestId: outcome.requestId,
    error: outcome instanceof SkillsError ? outcome : undefined,
    retryInMs,
  }
  tellListener(onAttempt, event)
}
