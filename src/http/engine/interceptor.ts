import type { FastifyReply } from 'fastify'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Exchange } from './exchange.ts'

/**
 * Stands between requests and what the engine does with them. Only the test controls have one; without one nothing asks for it.
 * No function must throw but for `handle`, whose errors are answered like those of a handler.
 */
export interface Interceptor {
  /** A request is here. */
  begun(exchange: Exchange): void
  /** Calls `admit`, or does something else in its place. The request goes on when the promise resolves. */
  admit(
    exchange: Exchange,
    reply: FastifyReply,
    admit: () => Promise<void> | undefined,
  ): Promise<void> | undefined
  /** Calls `handle` and returns its value, or does something else. */
  handle(exchange: Exchange, reply: FastifyReply, handle: () => unknown): MaybePromise<unknown>
  /** An answer is about to be sent. Returns whether the interceptor sends it itself. */
  send(exchange: Exchange, reply: FastifyReply, payload: unknown): boolean
  ended(exchange: Exchange, durationMs: number): void
}
