/** Finds the methods of a path, to respond with 405 and to OPTIONS. */
import { unknownOperation } from './exchange.ts'
import type { RouteConfig } from './route-config.ts'

export interface KnownPath {
  /** In alphabetical order. */
  readonly methods: readonly string[]
  /** The config of one of its routes; all have the same access and shape. */
  readonly config: RouteConfig
}

export interface KnownPaths {
  /** Adds a route. A part of its URL that begins with a colon matches any text, and an asterisk at the end any rest. */
  add(method: string, url: string, config: RouteConfig): void
  /** Finds the path of a URL in any spelling that its routes accept, ignoring the query; `undefined` for an unknown path. */
  find(url: string): KnownPath | undefined
  /** The names of operations in logs and metrics. */
  readonly operations: ReadonlySet<string>
}

/** A method that the path does not have; 405 with the methods that it has (RFC 9110, section 15.5.6). */
export class MethodNotAllowed extends Error {
  readonly allowed: readonly string[]

  constructor(method: string, allowed: readonly string[]) {
    super(`The path does not support ${method}. Supported: ${allowed.join(', ')}.`)
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
      const pattern = url
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/:\w+/g, '[^/]+')
        .replace(/\\\*$/, '.*')
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

/** Decodes as the router does: characters that would end a part of the path stay encoded. */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
