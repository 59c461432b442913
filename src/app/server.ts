/** A server: the socket, TLS, the routes and the limits. It has no state of the worlds that it serves. */
import type { AddressInfo } from 'node:net'
import { type AppParts, buildApp } from '../http/app.ts'
import { hasConsole } from './settings/read-settings.ts'
import type { Settings } from './settings/settings.ts'
import { cannotListen } from './start-failure.ts'

export interface Server {
  /** The address that it listens on: `http://127.0.0.1:5337`. */
  readonly url: string
  /** Its address on this machine: a server that listens on all addresses listens on the loopback address too. */
  readonly loopbackUrl: string
  /** Calls the server itself, if a plain `fetch` cannot. */
  readonly ownFetch: typeof fetch | undefined
  /** The certificate that a client has to trust, as PEM, if it is the service's own. */
  readonly certificateAuthority: string | undefined
  /** Stops accepting connections, and resolves when no operation runs any more or the time to drain is over. */
  close(): Promise<void>
}

/** The parts of a server besides its settings. */
export type ServerParts = Pick<
  AppParts,
  | 'effects'
  | 'findWorld'
  | 'isIssuer'
  | 'writeLine'
  | 'interceptor'
  | 'moreRoutes'
  | 'observations'
  | 'enterWorld'
>

/** The console as `npm run build` leaves it. */
const consoleFolder = new URL('../../dist/console/', import.meta.url)

/** Opens a server that listens. The data folder, if there is one, must be locked. Throws a `StartError`; nothing is open then. */
export async function openServer(settings: Settings, parts: ServerParts): Promise<Server> {
  await using opened = new AsyncDisposableStack()
  // Loaded only for HTTPS, to keep other starts fast.
  const tls = usesTls(settings) ? (await import('./tls.ts')).openTls(settings, parts.effects) : undefined
  if (tls !== undefined) opened.defer(untilStopped(tls.keepFresh))
  // The secrets of the settings are not for HTTP.
  const { operatorToken: _, sealingKey: __, databaseUrl: ___, ...limits } = settings
  const app = buildApp({
    ...parts,
    limits,
    ...(hasConsole(settings) && { consoleFolder }),
    ...(tls && { createServer: tls.servers.create, holdsFor: tls.holdsFor }),
  })
  opened.defer(async () => void (await app.close()))
  const url = await listen(app, settings)
  const closing = opened.move()
  return {
    url,
    loopbackUrl: url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:'),
    ownFetch: tls?.ownFetch,
    certificateAuthority: tls?.authority,
    close: () => closing.disposeAsync(),
  }
}

function usesTls({ tls, tlsCert }: Settings): boolean {
  return tls || tlsCert !== undefined
}

async function listen(app: ReturnType<typeof buildApp>, settings: Settings): Promise<string> {
  const { host, port } = settings
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw cannotListen(error, host, port)
  }
  const address = app.server.address()
  const scheme = usesTls(settings) ? 'https' : 'http'
  return urlOf(scheme, host, isAddress(address) ? address.port : port)
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Starts the function and returns another one that ends it. */
function untilStopped(run: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stopping = new AbortController()
  const ended = run(stopping.signal)
  return () => {
    stopping.abort()
    return ended
  }
}
