/** Which paths there are, and which methods each has, for a request whose method is not among them. */
import { unknownOperation } from './exchange.ts'
import type { RouteConfig } from './route-config.ts'

export interface KnownPath {
  /** In alphabetical order. */
  readonly methods: readonly string[]
  /** Of one of its routes: they differ in what they do, not in for whom and how they refuse. */
  readonly config: RouteConfig
}

export interface KnownPaths {
  /** Adds a route; a part of its URL that begins with a colon stands for anything. */
  add(method: string, url: string, config: RouteConfig): void
  /** The path of a request in any spelling that its routes take, its query passed over, or `undefined` where no method has it. */
  find(url: string): KnownPath | undefined
  /** By which names logs and metrics tell of requests. */
  readonly operations: ReadonlySet<string>
}

/** A method that the path does not have; 405 with the methods that it has (RFC 9110, section 15.5.6). */
export class MethodNotAllowed extends Error {
  readonly allowed: readonly string[]

  constructor(method: string, allowed: readonly string[]) {
    super(`The path does not take ${method}. It takes ${allowed.join(', ')}.`)
    this.allowed = allowed
  }
}

export function createKnownPaths(): KnownPaths {
  const routes: { readonly pattern: RegExp; readonly method: string; readonly config: RouteConfig }[] = []
  const operations = new Set([unknownOperation])
  return {
    operations,
    add(method, url, config) {
      operations.add(config.operation)
      const pattern = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')
      routes.push({ pattern: new RegExp(`^${pattern}/?$`), method, config })
    },
    find(url) {
      const path = decoded(url.replace(/^https?:\/\/[^/?#]*/i, '').split('?')[0] ?? '')
      const found = routes.filter(({ pattern }) => pattern.test(path))
      const [first] = found
      if (first === undefined) return undefined
      const methods = [...new Set(['OPTIONS', ...found.map(({ method }) => method)])].sort()
      return { methods, config: first.config }
    },
  }
}

/** As the router does: what would end a part of the path stays encoded. */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
