/** A running service, and how the benchmarks ask it. */
import type { Child } from './child.ts'
import { client } from './dataset.ts'

export interface Service extends Child {
  readonly url: string
}

/** The path at which the enablement of the skill in the unit is read. */
export function enablementPath(skillId: string, unitId: string): string {
  return `/v1/skills/${skillId}/enablements?unitId=${unitId}`
}

export const tokenPath = '/auth/o2/token'
export const clientCredentials = {
  grant_type: 'client_credentials',
  client_id: client.id,
  client_secret: client.secret,
  scope: 'alexa::enterprise:management',
}

/** An access token of the client of the benchmarks, or of another one. */
export async function accessToken(
  { url }: Service,
  { id, secret }: { readonly id: string; readonly secret: string } = client,
): Promise<string> {
  const response = await fetch(url + tokenPath, {
    method: 'POST',
    body: new URLSearchParams({ ...clientCredentials, client_id: id, client_secret: secret }),
  })
  const answer = (await response.json()) as { access_token?: string }
  if (answer.access_token === undefined) throw new Error(`No token: ${JSON.stringify(answer)}`)
  return answer.access_token
}

/** The answer to a get of the path, as text. */
export async function fetchText({ url }: Service, path: string, token: string): Promise<string> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}
