import type {} from '@fastify/swagger'

/**
 * The properties of a route for hooks, log and metrics. Every route states them as `config`.
 */
export interface RouteConfig {
  /** The name in logs and metrics: an operation of the page, or another such as `token` or `catalog`. */
  readonly operation: string
  /** The allowed callers: whoever has an access token, operators, either of them, or anyone. */
  readonly access: 'client' | 'operator' | 'either' | 'anyone'
  /** The shape of refusals: `{type, message}`, `{errors: […]}` or that of RFC 6749. */
  readonly shape: ErrorShape
  /** `text`: the handler gets the body as a string, whatever it is. Otherwise a body is read as JSON. */
  readonly body?: 'text'
  /** A page for a person, which other origins may link to; it checks the origin of its form itself. */
  readonly isPage?: true
  /** Only for pages of the service itself, at a host that it knows, and for programs. */
  readonly isForOwnPages?: true
  /** With `either`: a path of Amazon's API, which pages of listed origins may use. */
  readonly isOfAmazon?: true
  /** Sets or reads the cookie of a session: a page of another origin must not be able to send a request. */
  readonly hasCookie?: true
  /** Answered also when the service is overloaded: an operator needs it then most of all. With `either`, only for operators. */
  readonly isVital?: true
  /** Answered also when the world of the request is not open yet. */
  readonly needsNothing?: true
  /** A control of tests, which the interceptor leaves alone. */
  readonly isControl?: true
}

export type ErrorShape = 'single' | 'batch' | 'oauth'

declare module 'fastify' {
  interface FastifyContextConfig extends Partial<RouteConfig> {}
}
