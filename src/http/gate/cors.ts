/** Lets the pages of listed origins use the API from a browser. Source: the Fetch standard, "CORS protocol". */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RouteConfig } from '../engine/route-config.ts'

/** How long a browser need not ask again, in seconds. */
const preflightKeptS = 600
const exposed = 'x-amzn-requestid, retry-after, www-authenticate'

/** Never the operator's API, whatever is listed, nor the page where a person decides. */
export function isOpenToPages({ access, isPage }: RouteConfig): boolean {
  return access !== 'operator' && isPage !== true
}

/** Lets a page of this origin read the answer. */
export function shareWith(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', exposed)
}

/**
 * Tells which methods a path has and, where the page of another origin asks before its request, that it may send it with
 * whatever headers it likes: it shows a token of its own, and there is no cookie.
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
