/** Reads the address at the start: it may bring a one-time code, or the code of the authorize page. Both leave the address at once. */
import { session } from '../api/call.ts'
import { redirectUri, takeAttempt } from './pkce.ts'

export type Arrival = 'signed-in' | 'nothing'

/** Uses the code of the address, if there is one. Throws what the service says against it. */
export async function arrive(): Promise<Arrival> {
  const oneTimeCode = new URLSearchParams(location.hash.slice(1)).get('code')
  if (oneTimeCode) {
    history.replaceState(null, '', location.pathname + location.search)
    await session.begin({ oneTimeCode })
    return 'signed-in'
  }
  if (location.pathname === '/console/signed-in') {
    const query = new URLSearchParams(location.search)
    const attempt = takeAttempt(query.get('state'))
    history.replaceState(null, '', attempt?.returnTo ?? '/console/')
    const code = query.get('code')
    if (code && attempt) {
      await session.begin({ code, codeVerifier: attempt.verifier, redirectUri: redirectUri() })
      return 'signed-in'
    }
  }
  await session.token()
  return 'nothing'
}
