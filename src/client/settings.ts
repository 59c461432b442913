/** The options of a client with all defaults filled in. */

import type { AttemptEvent, Fetch, Region, SkillsClientOptions } from './options.ts'
import { type ClientClock, systemClock } from './transport/clock.ts'
import { createRetryBudget, defaultRetry, type RetryBudget, type RetryPolicy } from './transport/retry.ts'

export interface Settings {
  /** Without a trailing slash. */
  readonly endpoint: string
  readonly tokenUrl: string
  readonly repeatsCodes: boolean
  readonly timeoutMs: number
  readonly attemptTimeoutMs: number
  readonly headers: Readonly<Record<string, string>>
  readonly retry: RetryPolicy
  readonly budget: RetryBudget
  readonly onAttempt: ((event: AttemptEvent) => void) | undefined
  readonly fetch: Fetch
  readonly clock: ClientClock
  readonly random: () => number
}

const hosts: Readonly<Record<Region, string>> = {
  NA: 'https://api.amazonalexa.com',
  EU: 'https://api.eu.amazonalexa.com',
  FE: 'https://api.fe.amazonalexa.com',
}
const amazonTokenUrl = 'https://api.amazon.com/auth/o2/token'

export function fillOptions(options: SkillsClientOptions): Settings {
  const { endpoint, region } = options
  const url = new URL(endpoint ?? hosts[region])
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`The endpoint ${url.href} is not an http or https address.`)
  }
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  const isAmazon = /(^|\.)amazonalexa\.com$/.test(url.hostname)
  return {
    endpoint: base,
    tokenUrl: isAmazon ? amazonTokenUrl : `${base}/auth/o2/token`,
    repeatsCodes: options.repeatsCodes ?? !isAmazon,
    timeoutMs: options.timeoutMs ?? 60_000,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 15_000,
    headers: options.headers ?? {},
    retry: { ...defaultRetry, ...options.retry },
    budget: createRetryBudget(options.retryBudget ?? 100),
    onAttempt: options.onAttempt,
    // Looked up at each call: a browser's fetch has to be called on the global object, and a program may replace it.
    fetch: options.fetch ?? ((address, init) => fetch(address, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}
