/** Which world a request is for: by its path, a header, its host or its access token. */
import type { IncomingMessage } from 'node:http'
import { accessTokenPrefix } from '../../model/access-token.ts'
import { refuse } from '../../model/refusal.ts'
import { defaultWorld } from '../../protocol/test-controls/worlds.ts'

/** Set by `enterWorld`, for a request whose path names a world. */
const worldInPath = Symbol('world in the path')
type Request = IncomingMessage & { [worldInPath]?: string }

const pathForm = /^\/_world\/([^/?#]*)(?=[/?#]|$)/
const hostForm = /^([^.:]+)\.localhost(?::\d+)?$/i

/** Signing keys of the world with the number `n` begin at `n` times this. */
export const keysPerWorld = 1_000_000

/** Takes the name of a world out of the path, and returns the path in the world. */
export function enterWorld(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const named = pathForm.exec(url)
  if (named === null) return url
  const [prefix, id = ''] = named
  Object.assign(request, { [worldInPath]: id })
  const rest = url.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * Returns the ID of the world that the request names. Without a name the access token decides: `byNumber` finds the world of a
 * number. Throws INVALID_PARAM if there are two different names.
 */
export function chosenWorld(request: Request, byNumber: (number: number) => string | undefined): string {
  const { headers } = request
  const header = headers['x-skillkeeper-world']
  const names = [
    request[worldInPath],
    header?.toString(),
    hostForm.exec(headers.host ?? '')?.[1]?.toLowerCase(),
  ]
  const given = new Set(names.filter((name) => name !== undefined))
  if (given.size > 1) {
    throw refuse('INVALID_PARAM', `The request names two worlds: ${[...given].join(' and ')}.`)
  }
  const [name] = given
  return name ?? byNumber(numberIn(headers.authorization)) ?? defaultWorld
}

/** The number of the world whose key signed the access token; 0 if that cannot be seen. */
function numberIn(authorization: string | undefined): number {
  const token = authorization?.replace(/^bearer +/i, '') ?? ''
  if (!token.startsWith(accessTokenPrefix)) return 0
  const [, key = ''] = /^s(\d+)\./.exec(token.slice(accessTokenPrefix.length)) ?? []
  return Math.floor(Number(key) / keysPerWorld)
}
