/** A route is a row of a table. Its checks, its status codes and its part of the OpenAPI document come from the row. */
// The types of operationId and its neighbours.
import type {} from '@fastify/swagger'
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  FastifySchemaCompiler,
} from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { absenceDropper } from '../../protocol/absent.ts'
import { worldOf } from '../engine/exchange.ts'
import type { RouteConfig } from '../engine/route-config.ts'
import { compileValidator } from '../engine/validate.ts'
import { type RefusalStatus, refusals, type Success } from './answer-schema.ts'

export interface Route extends RouteForm {
  /** Returns the body of the response, in the world of the request. */
  answer(request: FastifyRequest, reply: FastifyReply): unknown
}

/** All of a route but its handler. */
interface RouteForm<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Value = unknown,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** A part that begins with a colon is a parameter; an asterisk at the end is the rest. */
  readonly path: string
  readonly config: RouteConfig
  readonly operationId: string
  readonly summary: string
  readonly tag: string
  /** Whether the OpenAPI document leaves the route out. */
  readonly isHidden?: boolean
  /** The content types of the body in the document, if it is not JSON. */
  readonly consumes?: readonly string[]

  /** The forms of the parts of a request. A part that has another form is refused before the handler runs. */
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /**
   * The forms, for the OpenAPI document, of parts that the operation checks itself. In the body of a batch, properties that
   * count as absent are removed.
   */
  readonly unchecked?: { readonly query?: TSchema; readonly body?: TSchema }
  /** The maximum size of a body, if it is not that of the service. */
  readonly bodyLimitBytes?: number

  readonly success: Success<Value>
  /** The statuses of the operation's refusals, besides those of all routes with this method and access (`refusedBy`). */
  readonly refuses?: readonly RefusalStatus[]
  /** The `response` entries of responses that are neither the success nor a usual refusal. */
  readonly otherAnswers?: Readonly<Record<number, object>>
}

interface HandledRoute<Params extends TSchema, Query extends TSchema, Body extends TSchema, Value>
  extends RouteForm<Params, Query, Body, Value> {
  /**
   * Returns the body of the response. The status is that of the success unless the handler sets another one.
   * `context` is that of the world of the request. The request has passed the schemas of the row.
   */
  handle(
    context: Context,
    request: FastifyRequest<{ Params: Static<Params>; Querystring: Static<Query>; Body: Static<Body> }>,
    reply: FastifyReply,
  ): MaybePromise<NoInfer<Value>>
}

/** Makes a row of the table. The compiler derives the types of the handler from the schemas of the row. */
export function route<Params extends TSchema, Query extends TSchema, Body extends TSchema, Value>(
  row: HandledRoute<Params, Query, Body, Value>,
): Route {
  // The validators have checked the parts of the request against the schemas of the row.
  const { handle, ...form }: HandledRoute<TSchema, TSchema, TSchema, unknown> = row
  return { ...form, answer: (request, reply) => handle(worldOf(request).context, request, reply) }
}

/** Makes a row that the server answers by itself, also before a world is open. */
export function nodeRoute<Value>(
  row: RouteForm<TSchema, TSchema, TSchema, Value> & {
    answer(request: FastifyRequest, reply: FastifyReply): MaybePromise<NoInfer<Value>>
  },
): Route {
  return { ...row, config: { ...row.config, needsNothing: true } }
}

/** Adds the rows to a server once, whatever worlds it serves. `schemaOf` returns what the server knows of a row. */
export function addRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  schemaOf: (row: Route) => FastifySchema = checkedSchema,
): void {
  for (const row of routes) {
    const { method, path, config, bodyLimitBytes, success, answer } = row
    app.route({
      method,
      url: path,
      config,
      ...(bodyLimitBytes !== undefined && { bodyLimit: bodyLimitBytes }),
      schema: schemaOf(row),
      validatorCompiler: validatorsOf(row),
      handler(request, reply) {
        if (success.status !== 200) reply.code(success.status)
        return answer(request, reply)
      },
    })
  }
}

/** The forms of the parts of a request, which a running service checks. */
function checkedSchema({ params, query, body, unchecked }: RouteForm): FastifySchema {
  const querystring = query ?? unchecked?.query
  const checkedBody = body ?? unchecked?.body
  return {
    ...(params && { params }),
    ...(querystring && { querystring }),
    ...(checkedBody && { body: checkedBody }),
  }
}

/** All that the OpenAPI document says of a row. A start would take longer with the forms of all responses. */
export function describedSchema(row: RouteForm): FastifySchema {
  const { operationId, summary, tag, isHidden, consumes } = row
  return {
    operationId,
    summary,
    tags: [tag],
    ...(isHidden && { hide: true }),
    ...(consumes && { consumes }),
    ...checkedSchema(row),
    response: {
      ...refusals(row.config.shape, [...refusedBy(row), ...(row.refuses ?? [])]),
      ...row.otherAnswers,
      [row.success.status]: row.success.schema,
    },
  }
}

/** Returns the statuses of refusals by the gate, the admission and the reading of the body, and of a failed operation. */
function refusedBy({ method, config }: RouteForm): RefusalStatus[] {
  return [
    400,
    403,
    421,
    ...(config.access === 'anyone' ? [] : ([401, 429] as const)),
    ...(method === 'GET' ? [] : ([413] as const)),
    ...(config.needsNothing ? [] : ([500, 503] as const)),
  ]
}

function validatorsOf({ unchecked, config }: RouteForm): FastifySchemaCompiler<TSchema> {
  return (part) => {
    const isUnchecked =
      part.httpPart === 'body' ? unchecked?.body : part.httpPart === 'querystring' && unchecked?.query
    if (!isUnchecked) return compileValidator(part)
    const dropAbsent = config.shape === 'batch' ? absenceDropper(part.schema) : () => undefined
    return (value: unknown) => {
      dropAbsent(value)
      return true
    }
  }
}
