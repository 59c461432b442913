/** A whole service in this process, as a client sees it. Every answer is held against the OpenAPI document. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { startWithWorld } from '../../src/app/start.ts'
import type { UnitBody } from '../../src/protocol/unit.ts'
import type { OpenWorld } from '../../src/world/world.ts'
import { hospitalCatalog, secretOf } from './catalogs.ts'
import { assertDocumented } from './documented.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'

/** What the bodies have that a test looks at; which of it is there, the test knows. */
interface Body {
  readonly type: string
  readonly message: string
  readonly errors: readonly { readonly errorDescription: string }[]
  readonly items: readonly Item[]
  readonly paginationContext: { readonly nextToken: string; readonly after: string }
  readonly accountLink: { readonly status: string }
  readonly status: string
  readonly access_token: string
  readonly changed: number
  readonly id: string
  readonly level: number
  readonly results: readonly UnitBody[]
}

interface Item {
  readonly skill: { readonly id: string }
  readonly accountLink: { readonly status: string }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** What the JSON of the answer says; nothing if it is empty or no JSON. */
  readonly body: Body
  readonly text: string
}

export interface CallOptions {
  /** An access token; none is sent without it. */
  readonly token?: string
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface TestService {
  readonly url: string
  readonly clock: HandClock
  /** The world behind the URL. */
  readonly world: OpenWorld
  /** The lines of the log so far. */
  readonly log: readonly string[]
  /** An access token of a client of the catalog. */
  token(clientId: string): Promise<string>
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Moves the clock until the background has nothing more to do soon, and what was enabled is `ENABLED`. */
  settled(): Promise<void>
  /** Before the end of the test; after it the service is stopped anyway. */
  stop(): Promise<void>
}

export const operatorToken = 'the-token-of-the-operator'

/** The default of the setting; with test controls it is 0. */
const defaultRateLimit = 100
/** After so long an enablement is `ENABLED`, unless the setting says otherwise. */
const activationDelayMs = 1000
/** What is due later than this is not waited for. */
const soonMs = 10_000

const { SKILLKEEPER_TEST_ENGINE: place } = process.env
/** Whether the services of the tests have test controls. */
export const inWorlds = place === 'world'
/** Loaded before the first test begins, since its server is stopped after the last one; and only if it is wanted. */
const engine = place && !inWorlds ? await import('./postgres.ts') : undefined

/** Where a service runs. */
interface Place {
  /** Override those of the test. */
  readonly options: StartOptions
  /** The path of the service at its server. */
  readonly base: string
}

/**
 * The place that the variable SKILLKEEPER_TEST_ENGINE chooses. Without it that is the embedded engine; with `world` a world of a
 * service with test controls, through its path; with `postgres` PostgreSQL. There a database stands for each data folder, so that a
 * service that starts again finds its data.
 */
export async function chosenPlace(options: StartOptions): Promise<Place> {
  if (options.databaseUrl !== undefined) return { options: {}, base: '' }
  if (inWorlds)
    return {
      options: { testControls: true, rateLimit: options.rateLimit ?? defaultRateLimit },
      base: '/_world/default',
    }
  if (!engine) return { options: {}, base: '' }
  const databaseUrl = await engine.databaseFor(options.data)
  const sealingKey = Buffer.alloc(32, 7).toString('base64')
  return { options: { databaseUrl, pollMs: 600_000, sealingKey }, base: '' }
}

/** For a test that looks into the data folder: there is none with PostgreSQL, and the test is skipped. */
export function hasFolder(t: TestContext): boolean {
  if (!engine) return true
  t.skip('With PostgreSQL there is no data folder.')
  return false
}

/** For a test of upkeep while the clock runs: in a world only an advance starts it, and the test is skipped. */
export function hasUpkeep(t: TestContext): boolean {
  if (!inWorlds) return true
  t.skip('In a world only an advance starts upkeep.')
  return false
}

/** For a test of a server with settings of its own: worlds share theirs, so it is skipped there. */
export function hasOwnServer(t: TestContext): boolean {
  if (!inWorlds) return true
  t.skip('The server serves many worlds.')
  return false
}

/** Starts it with the hospital's catalog on a clock that stands still, and stops it after the test. */
export async function startService(
  t: TestContext,
  { startAt, ...options }: StartOptions & { readonly startAt?: number } = {},
): Promise<TestService> {
  const clock = createHandClock(startAt)
  const log: string[] = []
  const place = await chosenPlace(options)
  const { service, world } = await startWithWorld({
    port: 0,
    data: ':memory:',
    catalog: hospitalCatalog,
    operatorToken,
    clock,
    log: { write: (line) => void log.push(line) },
    ...options,
    ...place.options,
  })
  const url = service.url + place.base
  t.after(async () => {
    await service.stop()
    assert.deepEqual(clock.wakeTimes(), [], 'Something of the stopped service still sleeps.')
  })

  async function call(method: string, path: string, given: CallOptions = {}): Promise<Answer> {
    const { token, body, headers } = given
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(typeof body === 'object' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    // It does not end by itself.
    const text = isStream ? '' : await response.text()
    if (isStream) await response.body?.cancel()
    assertDocumented({ method, path, status: response.status, headers: response.headers, text })
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const answered: unknown = isJson ? JSON.parse(text) : undefined
    return { status: response.status, headers: response.headers, body: answered as Body, text }
  }

  return {
    url,
    clock,
    world,
    log,
    call,
    async token(clientId) {
      const form = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secretOf(clientId),
        scope: 'alexa::enterprise:management',
      }
      const { status, body } = await call('POST', '/auth/o2/token', {
        body: new URLSearchParams(form).toString(),
      })
      assert.equal(status, 200, JSON.stringify(body))
      return body.access_token
    },
    async settled() {
      for (let moves = 0; moves < 1000; moves += 1) {
        await world.settled()
        const next = Math.min(...clock.wakeTimes())
        if (next > clock.now() + soonMs) {
          const delayMs = options.activationDelayMs ?? activationDelayMs
          // Nothing has to be done for that.
          if (delayMs <= soonMs) clock.moveBy(delayMs)
          return
        }
        clock.moveBy(next - clock.now())
      }
      assert.fail('The background never comes to rest.')
    },
    stop: () => service.stop(),
  }
}
