/** The console as a public client of the service's own authorize page (RFC 7636, S256). */

export const consoleClientId = 'amzn1.application-oa2-client.skillkeeper-console'
const scope = 'alexa::enterprise:management'
const place = 'skillkeeper-sign-in'

interface Attempt {
  readonly verifier: string
  readonly state: string
  /** Where the reader was. */
  readonly returnTo: string
}

export function redirectUri(): string {
  return new URL('/console/signed-in', location.origin).href
}

/** Leads to the authorize page. What must come back is kept in this tab until then. */
export async function goToSignIn(returnTo: string): Promise<void> {
  const attempt: Attempt = { verifier: randomText(), state: randomText(), returnTo }
  sessionStorage.setItem(place, JSON.stringify(attempt))
  const query = new URLSearchParams({
    client_id: consoleClientId,
    scope,
    response_type: 'code',
    redirect_uri: redirectUri(),
    state: attempt.state,
    code_challenge: await challengeOf(attempt.verifier),
    code_challenge_method: 'S256',
  })
  location.assign(`/ap/oa?${query}`)
}

/** Takes what was kept, once. Undefined if this tab did not ask with that state. */
export function takeAttempt(state: string | null): Attempt | undefined {
  const kept = sessionStorage.getItem(place)
  sessionStorage.removeItem(place)
  if (kept === null || state === null) return undefined
  const attempt = JSON.parse(kept) as Attempt
  return attempt.state === state ? attempt : undefined
}

export function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
