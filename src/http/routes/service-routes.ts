/** The routes for the operator's tools: liveness, readiness, metrics, and the OpenAPI document. */
import { readFile } from 'node:fs/promises'
import * as Type from 'typebox'
import type { Context } from '../../model/ports/context.ts'
import type { World } from '../../model/ports/world.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { ok, okText } from './answer-schema.ts'
import { nodeRoute, type Route, route } from './route.ts'

const readinessTimeoutMs = 2000
/** How long all slots may be taken before the service is not ready. */
const fullMaxMs = 5000

const Alive = Type.Object({ status: Type.Literal('alive') })
const Ready = Type.Object({
  status: Type.Literal('ready'),
  testControls: Type.Optional(
    Type.Literal(true, { description: 'Tests control the service. Absent in production.' }),
  ),
})

export interface ServiceState {
  /** Whether the service is stopping. */
  isStopping(): boolean
  /** How long no operation could start because too many run, in milliseconds; 0 if one can start. */
  fullForMs(): number
  /** `world`: the requested one, if it is open. */
  renderMetrics(world: World | undefined): string
  /** The OpenAPI document. */
  readonly openapiFile: URL
  /** Whether tests can control the service. */
  readonly hasTestControls: boolean
}

export function serviceRoutes(state: ServiceState): readonly Route[] {
  const checkStorage = shareOne(askStorage)
  let document: Promise<Buffer> | undefined
  return [
    nodeRoute({
      ...anyone('livez'),
      path: '/livez',
      operationId: 'getLiveness',
      summary: 'Check that the process runs',
      success: ok('The process runs.', Alive),
      answer: () => ({ status: 'alive' as const }),
    }),
    route({
      ...anyone('readyz'),
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Check that the service can handle requests',
      success: ok('The storage responds.', Ready),
      handle: async (context) => {
        if (state.isStopping()) throw refuse('SERVICE_UNAVAILABLE', 'The service is stopping.')
        if (state.fullForMs() >= fullMaxMs)
          throw refuse('SERVICE_UNAVAILABLE', 'There have been too many concurrent requests for some time.')
        await checkStorage(context)
        return { status: 'ready' as const, ...(state.hasTestControls && { testControls: true as const }) }
      },
    }),
    nodeRoute({
      ...anyone('metrics'),
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Get the metrics of the service in the text format of Prometheus',
      success: okText('The metrics.', 'text/plain'),
      answer: (request, reply) => {
        reply.type('text/plain; version=0.0.4; charset=utf-8')
        return state.renderMetrics(request.exchange?.world)
      },
    }),
    nodeRoute({
      ...anyone('openapi'),
      path: '/openapi.json',
      operationId: 'getOpenapi',
      summary: 'Get this description',
      success: ok('An OpenAPI 3.1 document.', Type.Object({})),
      answer: (_request, reply) => {
        reply.type('application/json')
        document ??= readFile(state.openapiFile)
        return document
      },
    }),
  ]
}

function anyone(operation: string) {
  return {
    config: { operation, access: 'anyone', shape: 'single', isVital: true },
    tag: 'Service',
    method: 'GET',
  } as const
}

/** Concurrent callers share one query, so that many of them are no load. */
function shareOne(ask: (context: Context) => Promise<void>): (context: Context) => Promise<void> {
  const underWay = new WeakMap<Context, Promise<void>>()
  return (context) => {
    const asked = underWay.get(context) ?? ask(context).finally(() => underWay.delete(context))
    underWay.set(context, asked)
    return asked
  }
}

async function askStorage(context: Context): Promise<void> {
  const answered = new AbortController()
  const tooLate = context
    .sleepUntil(context.now() + readinessTimeoutMs, answered.signal)
    .then(() => Promise.reject(new Error('The storage does not respond.')))
  try {
    await Promise.race([context.storage.ping(), tooLate])
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw refuse('SERVICE_UNAVAILABLE', 'The storage does not respond.', { cause, detail: String(cause) })
  } finally {
    // Nothing awaits the sleep after the race; its rejection must not count as unhandled.
    tooLate.catch(() => {})
    answered.abort()
  }
}
