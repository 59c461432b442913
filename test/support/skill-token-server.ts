/**
 * The OAuth server of a skill: a certified one, with a client for each authentication scheme. Codes are handed out
 * without the pages on which an account holder would sign in and consent.
 */
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
import { listen } from './listen.ts'

export interface SkillTokenServer {
  readonly url: string
  readonly accessTokenUri: string
  readonly revocationUri: string
  /** For `HTTP_BASIC`. The secret has characters that form encoding changes. */
  readonly basicClient: { readonly clientId: string; readonly clientSecret: string }
  /** For `REQUEST_BODY_CREDENTIALS`. */
  readonly bodyClient: { readonly clientId: string; readonly clientSecret: string }
  /** An authorization code, good once for that client and redirect URI. */
  newCode(clientId: string, redirectUri?: string): Promise<string>
  knowsAccessToken(token: string): Promise<boolean>
  knowsRefreshToken(token: string): Promise<boolean>
  /** The account holder withdraws what the refresh token was given for. */
  withdraw(refreshToken: string): Promise<void>
  stop(): Promise<void>
}

/** Registered for both clients; with a query, as Alexa's own have. */
export const skillRedirectUri = 'https://alexa.example/api/skill/link/M1A2B3?a=1%2F2&b='

const basicClient = { clientId: 'skill:basic', clientSecret: 'a+b c%2F:&=~-0123456789' }
const bodyClient = { clientId: 'skill-body', clientSecret: 'body/secret&=+0123456789' }

export async function startSkillTokenServer(): Promise<SkillTokenServer> {
  let provider: Provider | undefined
  const { url, stop } = await listen((issuer) => {
    provider = new Provider(issuer, configuration())
    return provider.callback()
  })
  const peer = provider!
  return {
    url,
    accessTokenUri: `${url}/token`,
    revocationUri: `${url}/token/revocation`,
    basicClient,
    bodyClient,
    async newCode(clientId, redirectUri = skillRedirectUri) {
      const grant = new peer.Grant({ accountId: 'account-1', clientId })
      grant.addOIDCScope('openid offline_access')
      const grantId = await grant.save()
      const code = new peer.AuthorizationCode({
        accountId: 'account-1',
        client: await peer.Client.find(clientId),
        grantId,
        redirectUri,
        scope: 'openid offline_access',
        gty: 'authorization_code',
      })
      return code.save()
    },
    knowsAccessToken: async (token) => (await peer.AccessToken.find(token)) !== undefined,
    knowsRefreshToken: async (token) => (await peer.RefreshToken.find(token)) !== undefined,
    async withdraw(refreshToken) {
      const found = await peer.RefreshToken.find(refreshToken)
      await found?.destroy()
    },
    stop,
  }
}

function configuration(): Readonly<Record<string, unknown>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const client = ({ clientId, clientSecret }: typeof basicClient, method: string) => ({
    client_id: clientId,
    client_secret: clientSecret,
    token_endpoint_auth_method: method,
    redirect_uris: [skillRedirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  })
  return {
    adapter: createMemoryAdapter(),
    clients: [client(basicClient, 'client_secret_basic'), client(bodyClient, 'client_secret_post')],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['a key of a test'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    // Each refresh token works once; a second use takes back all that was given.
    rotateRefreshToken: () => true,
    pkce: { required: () => false },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, RefreshToken: 86_400 },
    responseTypes: ['code'],
  }
}
