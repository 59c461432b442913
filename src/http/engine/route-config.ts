import type {} from '@fastify/swagger'

/**
 * What the hooks, the log and the metrics know of a route. Every route states it as `config`; a request for a path
 * that is not there has none.
 */
export interface RouteConfig {
  /** How logs and metrics name what is done: an operation of the page, or such as `token`, `catalog`. */
  readonly operation: string
  /** Who may call: a client with an access token, the operator with the operator's token, or anyone. */
  readonly access: 'client' | 'operator' | 'anyone'
  /** The shape of refusals: `{type, message}`, `{errors: […]}` or that of RFC 6749. */
  readonly shape: ErrorShape
  /** `text`: the handler gets the body as a string, whatever it is. Otherwise a body is read as JSON. */
  readonly body?: 'text'
  /** A page for a person, to which a browser may be sent from anywhere; it looks itself at who sends its form. */
  readonly isPage?: true
  /** Answered also when the service is overloaded: an operator needs it then most of all. */
  readonly isVital?: true
  /** Answered also when the storage is not there yet. */
  readonly needsNothing?: true
}

export type ErrorShape = 'single' | 'batch' | 'oauth'

declare module 'fastify' {
  interface FastifyContextConfig extends Partial<RouteConfig> {}
}
