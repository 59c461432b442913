/** A service as its clients see the token issuer: a catalog with clients of every kind, and a clock to move. */
import { createHash } from 'node:crypto'
import type { StartOptions } from '../../src/app/index.ts'
import { startWithWorld } from '../../src/app/start.ts'
import type { OpenWorld } from '../../src/world/world.ts'
import { assertDocumented } from './documented.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'
import { chosenPlace } from './service.ts'

export const management = 'alexa::enterprise:management'
export const organizationId = 'amzn1.alexa.unit.did.ORG'
export const operatorToken = 'operator-token-of-a-test'

/** A confidential client. Its secret has characters that form encoding changes; one of its URIs has a query. */
export const portal = {
  id: 'amzn1.application-oa2-client.portal',
  name: 'The <b>"portal"</b> & more',
  secret: 'se%cret+with/odd=&chars',
  refreshToken: 'Atzr|a-refresh-token-of-the-catalog',
  redirectUris: [
    'https://portal.example/cb?tenant=1%2F2&x=',
    'https://portal.example/cb',
    'com.portal.app:/cb',
  ],
  roles: [{ unitId: organizationId, role: 'A4P.UnitAdmin' }],
} as const

/** Another confidential client, without a role. */
export const other = {
  id: 'amzn1.application-oa2-client.other',
  secret: 'another-secret',
  redirectUris: ['https://other.example/cb', 'https://portal.example/cb'],
} as const

/** A public client. */
export const mobileApp = {
  id: 'amzn1.application-oa2-client.mobile',
  redirectUris: ['com.mobile.app:/cb'],
  roles: [{ unitId: organizationId, role: 'A4P.UnitAdmin' }],
} as const

/** A client with the secret that everybody knows. */
export const demo = {
  id: 'amzn1.application-oa2-client.demo',
  secret: 'demo-secret',
  redirectUris: ['http://127.0.0.1:9090/cb'],
  roles: [{ unitId: organizationId, role: 'A4P.UnitAdmin' }],
} as const

const catalog = {
  organizations: [{ id: organizationId, name: 'Organization', solution: 'healthcare', country: 'US' }],
  clients: [portal, other, mobileApp, demo],
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export interface Issuer {
  readonly url: string
  readonly clock: HandClock
  readonly world: OpenWorld
  /** `POST /auth/o2/token` with a form. */
  token(form: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The same for a client that shows its secret in the body; fails unless it gets a token. */
  tokenFor(
    client: { readonly id: string; readonly secret?: string },
    form: Readonly<Record<string, string>>,
  ): Promise<{ access_token: string; refresh_token: string; scope: string }>
  /** Any request; the body is read as JSON, `{}` if there is none. */
  call(path: string, init?: RequestInit): Promise<Answer>
  /** How the management API answers the token: 200, or what it refuses. */
  useToken(token: string): Promise<number>
  /** Lets the operator allow the request and gives the code. */
  authorize(client: { readonly id: string }, request: Readonly<Record<string, string>>): Promise<string>
  stop(): Promise<void>
}

export async function startIssuer(options: StartOptions = {}): Promise<Issuer> {
  const clock = createHandClock()
  const place = await chosenPlace(options)
  const { service, world } = await startWithWorld({
    port: 0,
    data: ':memory:',
    catalog,
    logLevel: 'silent',
    rateLimit: 0,
    operatorToken,
    clock,
    ...options,
    ...place.options,
  })
  const url = service.url + place.base
  const isOwnIssuer = options.oidcIssuer === undefined && options.tokenInfoUrl === undefined

  async function call(path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    if (isOwnIssuer) {
      const { status, headers } = response
      // Both spellings of the folder are served, and one is documented.
      const documented = path.replace('/O2/', '/o2/')
      assertDocumented({ method: init?.method ?? 'GET', path: documented, status, headers, text })
    }
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return {
      status: response.status,
      headers: response.headers,
      body: text && isJson ? JSON.parse(text) : {},
    }
  }

  const token: Issuer['token'] = (form, headers = {}) =>
    call('/auth/o2/token', { method: 'POST', headers, body: new URLSearchParams(form) })

  return {
    url,
    clock,
    world,
    call,
    token,
    async tokenFor(client, form) {
      const credentials: Record<string, string> = { client_id: client.id }
      if (client.secret !== undefined) credentials.client_secret = client.secret
      const { status, body } = await token({ ...credentials, ...form })
      if (status !== 200) throw new Error(`The token was refused: ${JSON.stringify(body)}`)
      return { access_token: '', refresh_token: '', scope: '', ...body }
    },
    async useToken(text) {
      const path = `/v1/skills/enablements?unitId=${organizationId}`
      return (await call(path, { headers: { authorization: `Bearer ${text}` } })).status
    },
    async authorize(client, request) {
      const form = {
        client_id: client.id,
        response_type: 'code',
        decision: 'allow',
        operator_token: operatorToken,
      }
      const { status, headers } = await call('/ap/oa', {
        method: 'POST',
        body: new URLSearchParams({ ...form, ...request }),
      })
      const code = new URLSearchParams(headers.get('location')?.split('?').at(-1)).get('code')
      if (status !== 302 || code === null) throw new Error(`No code: ${status} ${headers.get('location')}`)
      return code
    },
    stop: () => service.stop(),
  }
}

/** A verifier and its challenge. Source: RFC 7636, appendix B. */
export const pkce = {
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
} as const

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** `Authorization: Basic …` with both parts form-encoded. */
export function basic(id: string, secret: string): { authorization: string } {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}
