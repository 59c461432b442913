/** A world of a service with test controls, as a test of its API uses it. */
import { after, type TestContext } from 'node:test'
import { startTestService, type World, type WorldOptions } from '../../src/testing/index.ts'
import { hospital, hospitalCatalog } from './catalogs.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What the JSON of the answer says. */
  readonly body: ReplyBody
}

interface ReplyBody {
  readonly type: string
  readonly message: string
  readonly status: string
  readonly error: string
  readonly id: string
  readonly warning?: string
  readonly access_token: string
  readonly errors: readonly {
    readonly itemId?: number
    readonly status: number
    readonly errorCode: string
    readonly errorDescription: string
  }[]
}

export interface Asking {
  readonly world: World
  readonly token: string
  /** Of the service. */
  readonly operatorToken: string
  ask(method: string, path: string, body?: unknown): Promise<Reply>
  /** Of the nurse call for the unit. */
  enable(unitId?: string): Promise<Reply>
  batch(items: readonly object[]): Promise<Reply>
  /** Calls a control of the world. */
  control(method: string, path: string, body?: unknown): Promise<Reply>
}

export const skillPath = (skillId: string = hospital.nurseCall) => `/v1/skills/${skillId}/enablements`

/** Starts a service for the tests of a file, and returns what opens a world for one of them. */
export async function testWorlds(): Promise<(t: TestContext, options?: WorldOptions) => Promise<Asking>> {
  const service = await startTestService()
  after(() => service.stop())
  return async (t, options = {}) => {
    const world = await service.world({ catalog: hospitalCatalog, ...options })
    const send =
      (bearer: string, url = world.url) =>
      async (method: string, path: string, body?: unknown) => {
        const response = await fetch(url + path, {
          method,
          headers: { authorization: `Bearer ${bearer}` },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        const text = await response.text()
        const isJson = response.headers.get('content-type')?.startsWith('application/json')
        return {
          status: response.status,
          headers: response.headers,
          text,
          body: isJson ? JSON.parse(text) : {},
        }
      }
    t.after(async () => {
      // The test may have removed it.
      const { status } = await send(service.token, service.url)(
        'GET',
        `/_skillkeeper/test/worlds/${world.id}`,
      )
      if (status === 200) await world.remove()
    })
    const token = await world.accessToken({ as: hospital.admin })
    const ask = send(token)
    const control = send(service.token)
    return {
      world,
      token,
      operatorToken: service.token,
      ask,
      enable: (unitId = hospital.room) => ask('POST', skillPath(), { unitId, stage: 'live' }),
      batch: (items) => ask('POST', `${skillPath()}/batch`, { items }),
      control: (method, path, body) => control(method, `/_skillkeeper/test${path}`, body),
    }
  }
}
