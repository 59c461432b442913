/** The app with routes of the test beside its own, and nothing behind it: for what happens before any operation. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { RouteOptions } from 'fastify'
import { type AppLimits, type AppParts, buildApp } from '../../src/http/app.ts'
import type { World } from '../../src/model/ports/world.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { createHandClock } from './hand-clock.ts'

export interface SmallApp {
  readonly url: string
  /** What was logged, the access log as text and the rest as fields. */
  readonly log: readonly (string | Readonly<Record<string, unknown>>)[]
  close(): Promise<void>
}

export async function startSmallApp(
  t: TestContext,
  routes: readonly RouteOptions[],
  limits: Partial<AppLimits> = {},
  more: Pick<AppParts, 'createServer' | 'consoleFolder'> = {},
): Promise<SmallApp> {
  const { now, sleepUntil } = createHandClock()
  const log: (string | Readonly<Record<string, unknown>>)[] = []
  const unused = () => assert.fail('There is nothing behind this app.')
  const keep = (fields: Readonly<Record<string, unknown>>) => void log.push(fields)
  const effects = { now, sleepUntil, newId: createNewId(now), log: { info: keep, warn: keep, error: keep } }
  const world: World = {
    context: {
      ...effects,
      storage: { ...Object.create(null), logBytes: () => undefined },
      secrets: Object.create(null),
      tokenServers: Object.create(null),
      limits: { batchItemsMax: 1 },
      activateAt: (at) => at,
      workIsDue: unused,
      changesAreDue: unused,
    },
    tokens: { check: unused, forget: unused },
    plans: { take: unused },
    throttle: { count: unused, clients: () => 0 },
    guesses: { judge() {}, refuse() {}, counted: () => 0 },
    keys: Object.create(null),
    operatorTokens: () => [],
  }
  const app = buildApp({
    effects,
    findWorld: () => world,
    isIssuer: false,
    ...more,
    writeLine: (line) => void log.push(line),
    limits: {
      requestsMax: 10,
      connectionsMax: 10,
      bodyLimitBytes: 1000,
      drainTimeoutMs: 1000,
      ...limits,
    },
  })
  for (const route of routes) app.route(route)
  t.after(() => app.close())
  return {
    url: await app.listen({ port: 0, host: '127.0.0.1' }),
    log,
    close: async () => void (await app.close()),
  }
}
