/** A service in this process with a small catalog, and somebody who holds the operator's token. */
import type { TestContext } from 'node:test'
import { type Service, type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { chosenPlace } from './service.ts'

export const unit = (name: string) => `amzn1.alexa.unit.did.${name}`
export const skill = (name: string) => `amzn1.ask.skill.${name}`

export interface Answer {
  readonly status: number
  readonly requestId: string
  readonly body: Body
  readonly text: string
}

/** What the bodies of the answers have that a test looks at; which of it is there, the test says. */
interface Body {
  readonly type: string
  readonly message: string
  readonly id: string
  readonly status: string
  readonly changed: number
  readonly hasSecret: boolean
  readonly accountLink: { readonly status: string }
  readonly accountLinking: { readonly hasClientSecret: boolean }
  readonly items: readonly Item[]
  readonly paginationContext: { readonly after?: string }
}

interface Item {
  readonly id: string
  readonly at: string
  readonly effectiveAt?: string
  readonly actor: string
  readonly operation: string
  readonly detail: { readonly counts?: object }
}

export interface OperatorService extends Service {
  /** Asks under `/_skillkeeper` with the operator's token; `path` begins with a slash. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Asks a path of the page with an access token. */
  call(token: string, method: string, path: string, body?: unknown): Promise<Answer>
  /** An access token of the client. */
  tokenOf(clientId: string, secret: string): Promise<string>
}

const operatorToken = 'the-token-of-the-operator'

export const smallCatalog = {
  organizations: [
    {
      id: unit('ORG1'),
      name: 'Mercy Health',
      solution: 'healthcare',
      country: 'US',
      units: [
        {
          id: unit('W1'),
          name: 'Ward 1',
          units: [
            { id: unit('R101'), name: 'Room 101' },
            { id: unit('R102'), name: 'Room 102' },
          ],
        },
      ],
    },
  ],
  skills: [{ id: skill('call'), name: 'Nurse Call', stages: ['live'] }],
  clients: [
    {
      id: 'nurse-station',
      secret: 'the secret of the nurse station',
      roles: [{ unitId: unit('ORG1'), role: 'A4P.UnitAdmin' }],
    },
  ],
}

/** Starts it; it is stopped when the test ends. */
export async function startOperatorService(
  t: TestContext,
  options: StartOptions = {},
): Promise<OperatorService> {
  const place = await chosenPlace(options)
  const service = await startSkillkeeper({
    port: 0,
    data: ':memory:',
    logLevel: 'silent',
    activationDelayMs: 0,
    operatorToken,
    catalog: smallCatalog,
    ...options,
    ...place.options,
  })
  const url = service.url + place.base
  t.after(() => service.stop())
  const send = async (token: string, method: string, path: string, body: unknown): Promise<Answer> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const requestId = answer.headers.get('x-amzn-requestid') ?? ''
    return { status: answer.status, requestId, body: text === '' ? undefined : JSON.parse(text), text }
  }
  return {
    ...service,
    url,
    ask: (method, path, body) => send(operatorToken, method, `/_skillkeeper${path}`, body),
    call: send,
    async tokenOf(clientId, secret) {
      const form = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret,
        scope: 'alexa::enterprise:management',
      }
      const answer = await fetch(`${url}/auth/o2/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      })
      const { access_token: token } = (await answer.json()) as { access_token: string }
      return token
    },
  }
}
