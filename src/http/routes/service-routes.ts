/** What an operator's tools ask: whether it lives, whether it can work, its numbers, its description. */
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Context } from '../../model/ports/context.ts'
import { Refusal, refuse } from '../../model/refusal.ts'
import { jsonAnswer, misaddressed, refusals } from './answer-schema.ts'

const tags = ['Service']
const anyone = { access: 'anyone', shape: 'single', isVital: true } as const
const readinessTimeoutMs = 2000
/** For so long all slots may be taken before the service calls itself not ready. */
const fullMaxMs = 5000

const Alive = Type.Object({ status: Type.Literal('alive') })
const Ready = Type.Object({ status: Type.Literal('ready') })

export interface ServiceState {
  /** The service has been told to stop. */
  isStopping(): boolean
  /** For how long no operation could begin since too many are at work, in milliseconds; 0 where one can. */
  fullForMs(): number
  renderMetrics(): string
  /** The OpenAPI document. */
  readonly openapiFile: URL
}

export function serviceRoutes(app: FastifyInstance, context: Context, state: ServiceState): void {
  const checkStorage = shareOne(() => askStorage(context))
  app.get(
    '/livez',
    {
      config: { operation: 'livez', ...anyone, needsNothing: true },
      schema: {
        operationId: 'getLiveness',
        summary: 'Whether the process lives',
        tags,
        response: { 200: jsonAnswer('It does.', Alive), ...misaddressed('single') },
      },
    },
    () => ({ status: 'alive' }),
  )
  app.get(
    '/readyz',
    {
      config: { operation: 'readyz', ...anyone },
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether the service can work',
        tags,
        response: { 200: jsonAnswer('Storage answers.', Ready), ...refusals('single') },
      },
    },
    async () => {
      if (state.isStopping()) throw refuse('SERVICE_UNAVAILABLE', 'The service is stopping.')
      if (state.fullForMs() >= fullMaxMs)
        throw refuse('SERVICE_UNAVAILABLE', 'Too many requests have been under way for some time.')
      await checkStorage()
      return { status: 'ready' }
    },
  )
  app.get(
    '/metrics',
    {
      config: { operation: 'metrics', ...anyone, needsNothing: true },
      schema: {
        operationId: 'getMetrics',
        summary: 'Numbers of the service, in the text format of Prometheus',
        tags,
        produces: ['text/plain'],
        response: { 200: jsonAnswer('All numbers.', Type.String()), ...misaddressed('single') },
      },
    },
    (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return state.renderMetrics()
    },
  )
  descriptionRoute(app, state.openapiFile)
}

function descriptionRoute(app: FastifyInstance, openapiFile: URL): void {
  let document: Promise<Buffer> | undefined
  app.get(
    '/openapi.json',
    {
      config: { operation: 'openapi', ...anyone, needsNothing: true },
      schema: {
        operationId: 'getOpenapi',
        summary: 'This description',
        tags,
        response: { 200: jsonAnswer('An OpenAPI 3.1 document.', Type.Object({})), ...misaddressed('single') },
      },
    },
    (_request, reply) => {
      reply.type('application/json')
      document ??= readFile(openapiFile)
      return document
    },
  )
}

/** Whoever asks while an answer is awaited gets the same one, so that many who ask are no load. */
function shareOne(ask: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

async function askStorage(context: Context): Promise<void> {
  const answered = new AbortController()
  const tooLate = context
    .sleepUntil(context.now() + readinessTimeoutMs, answered.signal)
    .then(() => Promise.reject(new Error('Storage does not answer.')))
  try {
    await Promise.race([context.storage.ping(), tooLate])
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw refuse('SERVICE_UNAVAILABLE', 'Storage does not answer.', { cause, detail: String(cause) })
  } finally {
    // The race is over; the sleeper's rejection is nobody's.
    tooLate.catch(() => {})
    answered.abort()
  }
}
