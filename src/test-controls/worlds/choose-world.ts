/** Which world a request is for: by its port, its path, a header, its host or its access token. */
import type { IncomingMessage } from 'node:http'
import { authorityOf, hostOf } from '../../http/gate/host-names.ts'
import { accessTokenPrefix } from '../../model/access-token.ts'
import { refuse } from '../../model/refusal.ts'
import { defaultWorld } from '../../protocol/test-controls/worlds.ts'

/** Set by `enterWorld`, for a request whose path names a world. */
const worldInPath = Symbol('world in the path')
const ownCall = Symbol('key of an own call')
type Request = IncomingMessage & { [worldInPath]?: string; [ownCall]?: string }

/** An absolute target has the host in front of the path. */
const pathForm = /^(https?:\/\/[^/?#]*)?\/_world\/([^/?#]*)(?=[/?#]|$)/i
const hostForm = /^([^.]+)\.localhost$/

/** Signing keys of the world with the number `n` begin at `n` times this. */
export const keysPerWorld = 1_000_000

/** Returns the base path of a world. `key`: of calls that the world makes to itself, in the place of a skill's token server. */
export function worldPath(id: string, key?: string): string {
  return `/_world/${id}${key === undefined ? '' : `~${key}`}`
}

/** Returns the base path by which a request names its world; empty if it names the world in another way. */
export function pathOfWorld({ [worldInPath]: id }: Request): string {
  return id === undefined ? '' : worldPath(id)
}

export function isOwnCall({ [ownCall]: shown }: Request, key: string): boolean {
  return shown === key
}

/** Takes the name of a world out of the path, and returns the target without it. */
export function enterWorld(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const named = pathForm.exec(url)
  if (named === null) return url
  const [prefix, origin = '', name = ''] = named
  const [id, key] = name.split('~')
  Object.assign(request, { [worldInPath]: id, [ownCall]: key })
  const rest = url.slice(prefix.length)
  return `${origin}${rest.startsWith('/') ? rest : `/${rest}`}`
}

/**
 * Returns the ID of the world that the request names. Without a name the access token decides: `byNumber` finds the world of a
 * number. `ownPort`: the world that the port serves alone. Throws INVALID_PARAM if there are two different names.
 */
export function chosenWorld(
  request: Request,
  byNumber: (number: number) => string | undefined,
  ownPort: string | undefined,
): string {
  const { headers } = request
  const authority = authorityOf(request)
  const names = [
    ownPort,
    request[worldInPath],
    ...(headers['x-skillkeeper-world']?.toString().split(',') ?? []).map((name) => name.trim()),
    authority !== undefined && /\.localhost/i.test(authority)
      ? hostForm.exec(hostOf(authority) ?? '')?.[1]
      : undefined,
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
