/** Lets the pages of listed origins use the API from a browser. Source: the Fetch standard, "CORS protocol". */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RouteConfig } from '../engine/route-config.ts'

/** How long a browser may cache the answer to a preflight request, in seconds. */
const preflightKeptS = 600
const exposed = 'x-amzn-requestid, retry-after, www-authenticate'

/** The operator's API, the authorize page and the console are never open to pages of other origins. */
export function isOpenToPages({ access, isPage, isForOwnPages, isOfAmazon }: RouteConfig): boolean {
  const isOfOperator = access === 'operator' || (access === 'either' && isOfAmazon !== true)
  return !isOfOperator && isPage !== true && isForOwnPages !== true
}

/** Allows a page of this origin to read the response. */
export function shareWith(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', exposed)
}

/**
 * Responds to OPTIONS with the methods of the path. For a preflight request of an allowed origin it allows any
 * headers: pages authenticate by token, not by cookie.
 */
export function answerOptions(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: readonly string[],
): void {
  const { headers } = request
  const list = methods.join(', ')
  reply.header('allow', list)
  if (reply.hasHeader('access-control-allow-origin')) {
    reply.header('access-control-allow-methods', list)
    const wanted = headers['access-control-request-headers']
    if (wanted !== undefined && headerNames.test(wanted)) reply.header('access-control-allow-headers', wanted)
    if (headers['access-control-request-private-network'] === 'true')
      reply.header('access-control-allow-private-network', 'true')
    reply.header('access-control-max-age', preflightKeptS)
  }
  reply.code(noContentStatus).send()
}

const noContentStatus = 204
const headerNames = /^[\w!#$%&'*+.^`|~, -]+$/
