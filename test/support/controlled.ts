/** A service with test controls, asked as any HTTP client asks it. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { TestContext } from 'node:test'
import { type Service, type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { hospital, hospitalCatalog, secretOf } from './catalogs.ts'
import { operatorToken } from './service.ts'

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: The test knows what is in it.
  readonly body: any
}

export interface Question {
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

export interface Controlled {
  readonly service: Service
  readonly url: string
  /** Sends a request to a path of the service, or to a URL. */
  ask(method: string, to: string, question?: Question): Promise<Heard>
  /** Sends a request to a control of the world with the base URL. */
  control(method: string, path: string, body?: unknown, base?: string): Promise<Heard>
  /** Creates a world, and returns its base URL. */
  create(world?: object): Promise<string>
  /** Returns an access token that the world at the base URL issues. */
  token(base: string, clientId?: string): Promise<string>
}

export async function startControlled(t: TestContext, options: StartOptions = {}): Promise<Controlled> {
  const service = await startSkillkeeper({
    port: 0,
    testControls: true,
    catalog: hospitalCatalog,
    operatorToken,
    ...options,
  })
  t.after(() => service.stop())
  const ask: Controlled['ask'] = (method, to, question) =>
    send(method, to.startsWith('/') ? service.url + to : to, question)
  const control: Controlled['control'] = (method, path, body, base = service.url) =>
    send(method, `${base}/_skillkeeper/test${path}`, { token: operatorToken, body })
  return {
    service,
    url: service.url,
    ask,
    control,
    async create(world = {}) {
      const { status, body, text } = await control('POST', '/worlds', world)
      assert.equal(status, 201, text)
      return body.url
    },
    async token(base, clientId = hospital.admin) {
      const form = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secretOf(clientId),
        scope: 'alexa::enterprise:management',
      }
      const { status, body, text } = await send('POST', `${base}/auth/o2/token`, {
        body: new URLSearchParams(form).toString(),
      })
      assert.equal(status, 200, text)
      return body.access_token
    },
  }
}

/** In contrast to `fetch` it sends the host that it is told. */
export function send(method: string, url: string, { token, headers, body }: Question = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(typeof body === 'object' && { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : undefined,
          })
        })
        response.on('error', reject)
      },
    )
    asked.on('error', reject)
    asked.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
}
