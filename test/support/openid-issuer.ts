/** A certified OpenID issuer whose access tokens are JWTs, for services that take the tokens of another issuer. */
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
import { listen } from './listen.ts'

export interface OpenIdIssuer {
  readonly issuer: string
  /** What the tokens name as their audience. */
  readonly audience: string
  /** An access token by client credentials. */
  newToken(scope: string): Promise<string>
  stop(): Promise<void>
}

export async function startOpenIdIssuer(clientId: string): Promise<OpenIdIssuer> {
  const audience = 'https://skillkeeper.example/api'
  const clientSecret = 'a-secret-of-the-other-issuer'
  const { url, stop } = await listen((issuer) =>
    new Provider(issuer, configuration({ clientId, clientSecret }, audience)).callback(),
  )
  return {
    issuer: url,
    audience,
    async newToken(scope) {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope,
        }),
      })
      const body = (await response.json()) as { access_token?: string }
      if (body.access_token === undefined)
        throw new Error(`The issuer gave no token: ${JSON.stringify(body)}`)
      return body.access_token
    },
    stop,
  }
}

function configuration(
  client: { clientId: string; clientSecret: string },
  audience: string,
): Readonly<Record<string, unknown>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const scope = 'alexa::enterprise:management profile'
  return {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['a key of a test'] },
    scopes: scope.split(' '),
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope,
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}
