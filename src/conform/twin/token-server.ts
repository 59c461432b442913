/**
 * The token server of every skill while calls are compared: it takes any code. Codes in a recording are removed, and a real one
 * works once; and nothing may be sent to the real token server of a skill.
 */
import type { AddressInfo } from 'node:net'
import { newSecret } from '../new-secret.ts'

/** Not by an import, which would load Node's whole HTTP client. */
const { createServer } = process.getBuiltinModule('node:http')

export interface TokenServer {
  readonly url: string
  stop(): Promise<void>
}

export async function startTokenServer(): Promise<TokenServer> {
  const server = createServer((request, response) => {
    request.resume()
    const tokens = {
      access_token: newSecret(),
      refresh_token: newSecret(),
      token_type: 'bearer',
      expires_in: 3600,
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(tokens))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The account linking of a skill at that server; it replaces any other. */
export function linkingAt(url: string, skipOnEnablement: boolean) {
  return {
    accessTokenUri: url,
    clientId: 'skillkeeper-conform',
    clientSecret: 'not-a-secret',
    authenticationScheme: 'HTTP_BASIC',
    skipOnEnablement,
  } as const
}
