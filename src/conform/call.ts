/** Classifies calls by method and path: reads and writes, calls for tokens, paths of the API. */

/** The calls with POST that change nothing in a room. */
const readingPosts = new Set(['/v1/skills/enablements/batchGet', '/auth/o2/token', '/auth/O2/token'])
/** Headers by which a server may take a GET for another method. */
const methodHeaders = new Set(['x-http-method', 'x-http-method-override', 'x-method-override'])

/** The path without its query and without slashes that servers ignore. */
export function plainPath(path: string): string {
  const [before = ''] = path.split('?')
  return before.replace(/^\/+/, '/').replace(/(?<=.)\/+$/, '')
}

/** Whether the call changes nothing in a room. What is not known to be such a call is none. */
export function isRead(method: string, path: string, headerNames: readonly string[]): boolean {
  if (headerNames.some((name) => methodHeaders.has(name))) return false
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return true
  return method === 'POST' && readingPosts.has(plainPath(path))
}

/** Whether the call is about tokens or accounts: what is in it is secret, and is not to be compared. */
export function isAboutTokens(path: string): boolean {
  return /^\/(auth|user|ap)\//i.test(plainPath(path))
}

export function isOfApi(path: string): boolean {
  return /^\/v\d+\//.test(`${plainPath(path)}/`)
}

export function isBatch(path: string): boolean {
  return /\/enablements\/batch/.test(plainPath(path))
}

export function queryOf(path: string): URLSearchParams {
  return new URLSearchParams(path.split('?').slice(1).join('?'))
}
