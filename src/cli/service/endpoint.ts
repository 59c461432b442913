/** The paths of the service, which the commands add to the endpoint. */
const apiPath = /\/(v\d+|auth|ap|_skillkeeper|livez|readyz|metrics|openapi\.json)(\/.*)?$/

/** Returns why the text cannot be the address of a service, with the probable one; `undefined` if it can be. */
export function endpointFault(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    const likely = `http://${endpoint.replace(/^([a-z]+:)?\/\//i, '')}`
    const hint = URL.canParse(likely) ? ` Did you mean ${likely}?` : ''
    return `The endpoint ${endpoint} is not an http or https address.${hint}`
  }
  const { origin, pathname, search, hash, username, password } = new URL(endpoint)
  const path = pathname.replace(/\/+$/, '')
  // The path of a proxy in front of the service stays.
  const base = path.replace(apiPath, '')
  if (base === path && [username, password, search, hash].every((part) => part === '')) return undefined
  return `The endpoint must have no path of the API, no query and no user: --endpoint ${origin}${base}`
}
