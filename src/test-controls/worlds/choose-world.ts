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
const hintOfHost = /\.localhost/i
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
export function enterWorld(request: Request): string {
  const url = request.url ?? '/'
  const named = pathForm.exec(url)
  if (named === null) return url
  const [prefix, origin = '', name = ''] = named
  const keyAt = name.indexOf('~')
  request[worldInPath] = keyAt < 0 ? name : name.slice(0, keyAt)
  if (keyAt >= 0) request[ownCall] = name.slice(keyAt + 1)
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
  const { [worldInPath]: inPath, headers } = request
  const inHeader = headers['x-skillkeeper-world']?.toString()
  const name = onlyName(ownPort, inPath, inHeader, worldInHost(request))
  return name ?? byNumber(numberIn(headers.authorization)) ?? defaultWorld
}

function worldInHost(request: Request): string | undefined {
  const authority = authorityOf(request)
  if (authority === undefined || !hintOfHost.test(authority)) return undefined
  return hostForm.exec(hostOf(authority) ?? '')?.[1]
}

function onlyName(
  ownPort: string | undefined,
  inPath: string | undefined,
  inHeader: string | undefined,
  inHost: string | undefined,
): string | undefined {
  // Most requests name their world in one way, and each request comes here.
  if (inHeader === undefined && inHost === undefined && ownPort === undefined) return inPath
  const inHeaders = inHeader?.split(',').map((name) => name.trim()) ?? []
  const given = new Set([ownPort, inPath, ...inHeaders, inHost].filter((name) => name !== undefined))
  if (given.size > 1)
    throw refuse('INVALID_PARAM', `The request names two worlds: ${[...given].join(' and ')}.`)
  const [name] = given
  return name
}

/** The number of the world whose key signed the access token; 0 if that cannot be seen. */
function numberIn(authorization: string | undefined): number {
  const token = authorization?.replace(/^bearer +/i, '') ?? ''
  if (!token.startsWith(accessTokenPrefix)) return 0
  const [, key = ''] = /^s(\d+)\./.exec(token.slice(accessTokenPrefix.length)) ?? []
  return Math.floor(Number(key) / keysPerWorld)
}
