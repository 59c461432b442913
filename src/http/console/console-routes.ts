/** The files of the console, for anybody: they contain no data. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Success } from '../routes/answer-schema.ts'
import { nodeRoute, type Route } from '../routes/route.ts'
import { type ConsoleFile, createConsoleFiles } from './console-files.ts'

const notModified = 304
const notThere = 404
const notBuilt = 503

/** No script but ours, no frame, and nothing from elsewhere. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

const headers = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // The window in which somebody links an account belongs to another origin.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
}

const file: Success<string | Buffer | undefined> = { status: 200, schema: { description: 'The file.' } }

/** `folder`: the built files. */
export function consoleRoutes(folder: URL): readonly Route[] {
  const files = createConsoleFiles(folder)
  // The router takes the first path for the other one, without its slash.
  return ['/console', '/console/*'].map((path) =>
    nodeRoute({
      config: { operation: 'console', access: 'anyone', shape: 'single', isForOwnPages: true, isVital: true },
      method: 'GET',
      path,
      operationId: 'getConsole',
      summary: 'Get a file of the console',
      tag: 'Sessions',
      isHidden: true,
      success: file,
      answer: async (request, reply) => {
        reply.headers(headers)
        const found = await files()
        if (found === undefined) return page(reply.code(notBuilt), notBuiltText)
        const file = found.at(restOf(request.params))
        return file === undefined ? page(reply.code(notThere), goneText) : send(request, reply, file)
      },
    }),
  )
}

function restOf(params: unknown): string {
  return String(Object(params)['*'] ?? '')
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): Buffer | undefined {
  const { type, etag, isHashed, bytes, gzipped } = file
  const isPage = type.startsWith('text/html')
  reply.headers({
    etag,
    'cache-control': isPage ? 'no-store' : isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  if (hasSeen(request.headers['if-none-match'], etag)) {
    reply.code(notModified)
    return undefined
  }
  reply.type(type)
  if (gzipped === undefined || !takesGzip(request.headers['accept-encoding'])) return bytes
  reply.header('content-encoding', 'gzip')
  return gzipped
}

/** Source: RFC 9110, section 13.1.2. */
function hasSeen(list: string | undefined, etag: string): boolean {
  return (list ?? '').split(',').some((one) => ['*', etag, etag.slice(2)].includes(one.trim()))
}

/** Source: RFC 9110, section 12.5.3. */
function takesGzip(header: string | string[] | undefined): boolean {
  const weights = new Map(
    String(header ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => {
        const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
        const q = parameters.find((text) => text.startsWith('q='))
        return [name, q === undefined ? 1 : Number(q.slice(2))]
      }),
  )
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}

function page(reply: FastifyReply, text: string): string {
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Skillkeeper console</title>
<main role="alert">${text}</main>
</html>
`
}

const notBuiltText =
  '<h1>The console is not built</h1><p>Build it in the folder of the program: <code>npm run build</code>. Then reload this page. The API works without it.</p>'
const goneText =
  '<h1>This file is gone</h1><p>The service has another version. <a href="/console/">Load the console</a>.</p>'
