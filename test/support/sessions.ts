/** A service with people who sign in at its console, as a browser does it. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { hospital, hospitalCatalog } from './catalogs.ts'
import { pkce } from './issuer.ts'
import { type Answer, type CallOptions, operatorToken, startService, type TestService } from './service.ts'

export const consoleClientId = 'amzn1.application-oa2-client.skillkeeper-console'
export const signedInPath = '/console/signed-in'
export const passphrase = 'correct horse battery stäple'
const passphraseHash = await hashPassphrase(passphrase)

/** She manages the ward. */
export const nora = {
  id: 'amzn1.account.NORA',
  name: 'Nora Reyes',
  email: 'nora@hospital.example',
  passphraseHash,
  roles: [{ unitId: hospital.ward, role: 'A4P.UnitAdmin' }],
}

export const peopleCatalog = { ...hospitalCatalog, people: [nora] }

/** What the body of an answer may have. */
interface SessionBody {
  readonly kind: string
  readonly name: string
  readonly expiresAt: string
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly code: string
  readonly url: string
  readonly message: string
  readonly items: readonly {
    readonly id: string
    readonly actor: string
    readonly kind: string
    readonly name: string
    readonly createdAt: string
    readonly usedAt: string
    readonly operation: string
    readonly detail: unknown
  }[]
  readonly paginationContext: { readonly after?: string }
}

export interface SessionAnswer extends Omit<Answer, 'body'> {
  readonly body: SessionBody
}

export interface Console extends Pick<TestService, 'url' | 'clock' | 'world' | 'log' | 'stop'> {
  call(method: string, path: string, options?: CallOptions): Promise<SessionAnswer>
  /** Sends the form of the authorize page. */
  allow(answers: Form, wish?: Form): Promise<SessionAnswer>
  /** Returns the code that the authorize page gives. */
  codeFor(answers: Form): Promise<string>
  /** Sends it with the verifier. */
  redeem(code: string, more?: Form, headers?: Form): Promise<SessionAnswer>
  /** Returns a one-time code of the operator. */
  oneTimeCode(token?: string): Promise<string>
  /** Signs in, and returns the cookie. */
  signIn(answers?: Form): Promise<string>
  buy(cookie: string): Promise<SessionAnswer>
  /** Returns the token that the cookie buys. */
  token(cookie: string): Promise<string>
  /** The status of a request of the person, and of one of the operator, with the token. */
  uses(token: string): Promise<{ readonly person: number; readonly operator: number }>
}

type Form = Readonly<Record<string, string>>

export const asNora: Form = { email: nora.email, passphrase }
export const asOperator: Form = { operator_token: operatorToken }

export const wishOfConsole: Form = {
  client_id: consoleClientId,
  redirect_uri: signedInPath,
  response_type: 'code',
  scope: 'alexa::enterprise:management',
  state: 'a state',
  code_challenge: pkce.challenge,
  code_challenge_method: 'S256',
}

export async function startConsole(
  t: TestContext,
  options: StartOptions & { readonly startAt?: number } = {},
): Promise<Console> {
  const service = await startService(t, { catalog: peopleCatalog, ...options })
  const call: Console['call'] = async (...asked) => {
    const answer = await service.call(...asked)
    return { ...answer, body: answer.body as unknown as SessionBody }
  }
  const allow: Console['allow'] = (answers, wish = wishOfConsole) =>
    call('POST', '/ap/oa', {
      body: new URLSearchParams({ ...wish, decision: 'allow', ...answers }).toString(),
    })
  const codeFor: Console['codeFor'] = async (answers) => {
    const { status, headers, text } = await allow(answers)
    assert.equal(status, 302, text)
    const location = new URL(headers.get('location') ?? '', 'http://console')
    assert.equal(location.searchParams.get('state'), 'a state')
    return location.searchParams.get('code') ?? ''
  }
  const redeem: Console['redeem'] = (code, more, headers = {}) =>
    call('POST', '/_skillkeeper/sessions', {
      headers,
      body: { code, codeVerifier: pkce.verifier, redirectUri: signedInPath, ...more },
    })
  const buy: Console['buy'] = (cookie) =>
    call('POST', '/_skillkeeper/sessions/current/token', { headers: { cookie }, body: {} })
  return {
    ...service,
    call,
    allow,
    codeFor,
    redeem,
    buy,
    async oneTimeCode(token = operatorToken) {
      const { status, body, text } = await call('POST', '/_skillkeeper/sessions/codes', { token })
      assert.equal(status, 201, text)
      return body.code
    },
    async signIn(answers = asNora) {
      const answer = await redeem(await codeFor(answers))
      assert.equal(answer.status, 201, answer.text)
      return cookieOf(answer)
    },
    async token(cookie) {
      const { status, body, text } = await buy(cookie)
      assert.equal(status, 200, text)
      return body.accessToken
    },
    async uses(token) {
      const path = `/v1/skills/enablements?unitId=${hospital.room}`
      const [person, operator] = [
        await call('GET', path, { token }),
        await call('GET', '/_skillkeeper/clients', { token }),
      ]
      return { person: person.status, operator: operator.status }
    },
  }
}

/** The cookie of an answer, as a browser sends it. */
export function cookieOf({ headers }: Pick<Answer, 'headers'>): string {
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}
