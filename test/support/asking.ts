/** Requests that `fetch` cannot make: with an authority that is trusted for them alone, at another host, over HTTP/2. */

import type { IncomingHttpHeaders as Http1Headers } from 'node:http'
import { request as requestPlain } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { type RequestOptions, request } from 'node:https'
import type { Socket } from 'node:net'

export interface HttpsAnswer {
  readonly status: number
  readonly version: string
  readonly headers: Http1Headers
  readonly text: string
  readonly socket: Socket
}

/** Over HTTP/1.1. */
export function answerOf(
  url: string,
  path: string,
  options: RequestOptions & { readonly body?: string },
): Promise<HttpsAnswer> {
  const { body, ...rest } = options
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? request : requestPlain
    const sent = send(new URL(path, url), rest, (answer) => {
      const { socket } = answer
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => {
        const { statusCode: status = 0, httpVersion: version, headers } = answer
        resolve({ status, version, headers, text, socket })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface Http2Answer {
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** On a connection of its own. */
export async function askHttp2(
  url: string,
  ca: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Http2Answer> {
  const client = connectHttp2(url, { ca })
  try {
    return await askOn(client, headers, body)
  } finally {
    client.close()
  }
}

export function askOn(
  client: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers)
    let answered: IncomingHttpHeaders = {}
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (answer) => {
      answered = answer
    })
    stream.on('data', (chunk: string) => {
      text += chunk
    })
    stream.on('end', () => resolve({ headers: answered, text }))
    stream.on('error', reject)
    stream.end(body)
  })
}
