/** A service with operations that are at work for as long as a test likes: they wait for the skill's token server. */
import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { hospital, hospitalCatalog } from './catalogs.ts'
import { listen } from './listen.ts'
import { openConnection, type RawAnswer, type RawConnection } from './raw-connection.ts'
import { startService, type TestService } from './service.ts'

export interface BusyOperation {
  readonly connection: RawConnection
  /** Lets the token server answer, and returns the answer of the service. */
  finish(): Promise<RawAnswer>
  /** Gives up, as a client that is switched off does. */
  abandon(): void
}

export interface BusyService {
  readonly service: TestService
  /** Begins an enable and resolves when the token server has been asked. */
  begin(token: string): Promise<BusyOperation>
  /** Lets the token server answer whatever waits. */
  releaseAll(): void
}

export async function startBusyService(t: TestContext, options: StartOptions = {}): Promise<BusyService> {
  const waiting: ServerResponse[] = []
  let arrived = Promise.withResolvers<void>()
  const tokenServer = await listen(() => (request, response) => {
    request.resume().on('end', () => {
      waiting.push(response)
      arrived.resolve()
      arrived = Promise.withResolvers<void>()
    })
  })
  const service = await startService(t, { catalog: catalogWith(`${tokenServer.url}/token`), ...options })
  // Runs before the service is stopped, which waits for what is at work.
  t.after(releaseAll)
  t.after(() => tokenServer.stop())
  let codes = 0

  function releaseAll(): void {
    for (const response of waiting.splice(0)) release(response)
  }

  return {
    service,
    releaseAll,
    async begin(token) {
      const connection = await openConnection(service.url)
      const isAsked = arrived.promise
      codes += 1
      connection.write(enableText(token, `code-${codes}`))
      await isAsked
      const response = waiting.at(-1)
      return {
        connection,
        async finish() {
          if (response) release(response)
          return connection.answer()
        },
        abandon: () => void connection.socket.destroy(),
      }
    },
  }
}

function release(response: ServerResponse): void {
  if (response.writableEnded) return
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{"access_token":"a","token_type":"bearer","expires_in":3600}')
}

function enableText(token: string, authCode: string): string {
  const accountLinkRequest = { redirectUri: 'https://hospital.example/cb', authCode, type: 'AUTH_CODE' }
  const text = JSON.stringify({ unitId: hospital.room, stage: 'live', accountLinkRequest })
  return (
    `POST /v1/skills/${hospital.radio}/enablements HTTP/1.1\r\nHost: localhost\r\n` +
    `Authorization: Bearer ${token}\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  )
}

function catalogWith(accessTokenUri: string): object {
  const skills = hospitalCatalog.skills.map((skill) =>
    skill.id === hospital.radio && skill.accountLinking
      ? { ...skill, accountLinking: { ...skill.accountLinking, accessTokenUri } }
      : skill,
  )
  return { ...hospitalCatalog, skills }
}
