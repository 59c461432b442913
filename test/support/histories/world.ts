/** A service on which one history after another is played, and a token server that knows which tokens are still good. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { hospital, hospitalCatalog } from '../catalogs.ts'
import { listen } from '../listen.ts'
import type { Owner } from '../program.ts'
import { type Answer, startService, type TestService } from '../service.ts'
import type { By, Request } from './model.ts'

export interface World {
  readonly now: number
  /** Begins a history of its own: codes and page tokens of another mean nothing in it. */
  begin(): Promise<void>
  send(request: Request): Promise<Answer>
  /** Lets the background finish what is due, and tells the time then. */
  rest(): Promise<number>
  /** Moves the clock, and lets the background finish. */
  wait(ms: number): Promise<number>
  restart(): Promise<void>
  /** Tokens that were given and not revoked. */
  aliveTokens(): readonly string[]
}

/** A token is renewed well before its hour is over. */
const tokenLifeMs = 1_800_000
/** The background rests at most so long between two looks. */
const restMs = 20

export async function startWorld(owner: Owner, data: string): Promise<World> {
  const provider = await startProvider(owner)
  const options = { data, rateLimit: 0, logLevel: 'silent', catalog: catalogAt(provider.url) } as const
  const start = (startAt?: number) =>
    startService(owner as TestContext, { ...options, ...(startAt !== undefined && { startAt }) })
  let service: TestService = await start()
  let tokens: Record<By, string> = { admin: '', roomAdmin: '' }
  let tokensUntil = 0
  let history = 0
  let pages = new Map<string, string>()

  async function rest(): Promise<number> {
    const { clock, world } = service
    for (let moves = 0; moves < 1000; moves++) {
      await world.settled()
      const next = Math.min(...clock.wakeTimes())
      if (next > clock.now() + restMs) return clock.now()
      clock.moveBy(next - clock.now())
    }
    assert.fail('The background never comes to rest.')
  }

  async function renewTokens(): Promise<void> {
    if (service.clock.now() < tokensUntil) return
    tokens = {
      admin: await service.token(hospital.admin),
      roomAdmin: await service.token(hospital.roomAdmin),
    }
    tokensUntil = service.clock.now() + tokenLifeMs
  }

  return {
    get now() {
      return service.clock.now()
    },
    rest,
    async begin() {
      history += 1
      pages = new Map()
      await renewTokens()
    },
    async send(request) {
      await renewTokens()
      const answer = await send(service, tokens[request.by], request, `history-${history}`, pages)
      const nextToken = request.kind === 'list' && answer.body.paginationContext?.nextToken
      if (request.kind === 'list' && nextToken) pages.set(request.unit, nextToken)
      return answer
    },
    async wait(ms) {
      service.clock.moveBy(ms)
      return await rest()
    },
    async restart() {
      const stoppedAt = service.clock.now()
      await service.stop()
      service = await start(stoppedAt)
      await rest()
    },
    aliveTokens: () => [...provider.alive],
  }
}

/** Sends a request of a history. `pages`: the page tokens that units have. */
export async function send(
  { call }: Pick<TestService, 'call'>,
  token: string,
  request: Request,
  history: string,
  pages: ReadonlyMap<string, string>,
): Promise<Answer> {
  const linking = (code: string | undefined) =>
    code === undefined
      ? {}
      : {
          accountLinkRequest: {
            authCode: `${code} ${history}`,
            redirectUri: 'https://r/',
            type: 'AUTH_CODE',
          },
        }
  switch (request.kind) {
    case 'enable': {
      const { unit: unitId, stage, code } = request
      return await call('POST', pathOf(request.skill), { token, body: { unitId, stage, ...linking(code) } })
    }
    case 'disable': {
      const query = { unitId: request.unit, ...(request.stage && { stage: request.stage }) }
      return await call('DELETE', `${pathOf(request.skill)}?${new URLSearchParams(query)}`, { token })
    }
    case 'batch': {
      const items = request.items.map(({ itemId, unit: unitId, stage, code }) => ({
        itemId,
        unitId,
        stage,
        ...linking(code),
      }))
      return await call('POST', `${pathOf(request.skill)}/batch`, { token, body: { items } })
    }
    case 'batchDisable': {
      const items = request.items.map(({ itemId, unit: unitId, stage }) => ({ itemId, unitId, stage }))
      return await call('POST', `${pathOf(request.skill)}/batchDelete`, { token, body: { items } })
    }
    case 'get':
      return await call('GET', `${pathOf(request.skill)}?unitId=${request.unit}`, { token })
    case 'list': {
      const nextToken = request.goOn ? pages.get(request.unit) : undefined
      const query = {
        unitId: request.unit,
        maxResults: String(request.size),
        ...(nextToken && { nextToken }),
      }
      return await call('GET', `/v1/skills/enablements?${new URLSearchParams(query)}`, { token })
    }
  }
}

function pathOf(skill: string): string {
  return `/v1/skills/${skill}/enablements`
}

/** Takes each code once, for whatever skill, and none that begins with `bad`. */
async function startProvider(owner: Owner): Promise<{ url: string; alive: ReadonlySet<string> }> {
  const used = new Set<string>()
  const alive = new Set<string>()
  const { url, stop } = await listen(() => (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const form = new URLSearchParams(body)
      const code = form.get('code') ?? ''
      response.setHeader('content-type', 'application/json')
      if (request.url === '/revoke') {
        alive.delete(form.get('token') ?? '')
        return response.end()
      }
      if (code.startsWith('bad') || used.has(code)) {
        return response.writeHead(400).end('{"error":"invalid_grant"}')
      }
      used.add(code)
      const tokens = { access_token: `access ${code}`, refresh_token: `refresh ${code}` }
      for (const token of Object.values(tokens)) alive.add(token)
      return response.end(JSON.stringify({ ...tokens, token_type: 'bearer' }))
    })
  })
  owner.after(stop)
  return { url, alive }
}

/** The catalog of the histories, whose skills link accounts at the address. */
export function catalogAt(url: string) {
  const linked: readonly string[] = [hospital.radio, hospital.pharmacy]
  const skills = hospitalCatalog.skills.map((skill) =>
    linked.includes(skill.id)
      ? {
          ...skill,
          stages: ['development', 'live'],
          accountLinking: {
            ...('accountLinking' in skill && skill.accountLinking),
            accessTokenUri: `${url}/token`,
            revocationUri: `${url}/revoke`,
          },
        }
      : skill,
  )
  return { ...hospitalCatalog, skills }
}
