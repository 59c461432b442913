/** Which methods a path has, for a request whose method is not among them. */
import type { ErrorShape } from './route-config.ts'

export interface KnownPath {
  /** In alphabetical order. */
  readonly methods: readonly string[]
  /** The shape of refusals there. */
  readonly shape: ErrorShape
}

export interface KnownPaths {
  /** Adds a route; a part of its URL that begins with a colon stands for anything. */
  add(method: string, url: string, shape: ErrorShape): void
  /** The path of a request, its query passed over, or `undefined` where no method has it. */
  find(url: string): KnownPath | undefined
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
  const routes: { readonly pattern: RegExp; readonly method: string; readonly shape: ErrorShape }[] = []
  return {
    add(method, url, shape) {
      const pattern = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')
      routes.push({ pattern: new RegExp(`^${pattern}/?$`), method, shape })
    },
    find(url) {
      const [path = ''] = url.split('?')
      const found = routes.filter(({ pattern }) => pattern.test(path))
      const [first] = found
      if (first === undefined) return undefined
      const methods = [...new Set(['OPTIONS', ...found.map(({ method }) => method)])].sort()
      return { methods, shape: first.shape }
    },
  }
}
