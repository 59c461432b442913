/** A fresh Skillkeeper beside the upstream: it is given what the upstream has, and then gets the same calls. */
import { isOfApi } from '../call.ts'
import { type Exchange, jsonOf, type RecordedResponse } from '../exchange.ts'
import type { IdMap } from '../id-map.ts'
import { mapTexts, textAt } from '../json.ts'
import { oneSpelling } from '../verdict/fields.ts'
import type { Facts, ShownEnablement, UnitAndSkill } from './facts.ts'
import type { ReplayClock } from './replay-clock.ts'
import { adminId, clientSecret, type World } from './world.ts'

export interface TwinOptions {
  readonly url: string
  readonly operatorToken: string
  readonly clock: ReplayClock
  readonly ids: IdMap
  readonly world: World
  /** How long an enablement is `ENABLING`, in milliseconds. */
  readonly activationDelayMs: number
}

/** The upstream has what the service cannot be given. */
export class TwinFault extends Error {
  override readonly name = 'TwinFault'
}

interface Token {
  readonly text: string
  readonly at: number
}

/** Half of the life of a token. */
const tokenMs = 30 * 60_000

export class Twin {
  readonly #options: TwinOptions
  readonly #tokens = new Map<string, Token>()
  readonly #clients = new Map<string, string>()
  /** Whether a skill is enabled for a unit, as far as the calls show it. */
  readonly #states = new Map<string, 'on' | 'off'>()

  constructor(options: TwinOptions) {
    this.#options = options
  }

  /** The client that stands for the one that sent the call: there is one for each access token. */
  clientOf({ request }: Exchange): string {
    const authorization = request.headers['authorization'] ?? ''
    const known = this.#clients.get(authorization)
    if (known !== undefined) return known
    const id = `${adminId}-${this.#clients.size + 1}`
    this.#clients.set(authorization, id)
    return id
  }

  /** Adds what the call shows and the service lacks. Rejects with a `TwinFault` if it cannot be added. */
  async prepare(exchange: Exchange, facts: Facts): Promise<void> {
    const { clock, world, activationDelayMs } = this.#options
    clock.moveTo(Date.parse(exchange.at))
    const part = world.partFor(facts, this.clientOf(exchange))
    if (part !== undefined) await this.#addToCatalog(part)
    const unknown = facts.shown.filter((one) => !this.#states.has(keyOf(one)))
    for (const one of unknown) {
      await this.#enable(one)
      this.#states.set(keyOf(one), 'on')
    }
    if (unknown.length > 0) clock.goAhead(activationDelayMs + 1)
  }

  /** Sends the call, with what stands for the upstream's IDs. */
  async send(exchange: Exchange): Promise<RecordedResponse> {
    const { request, response } = exchange
    const { ids } = this.#options
    const json = jsonOf(request)
    const own = json === undefined ? undefined : JSON.stringify(mapTexts(json, (text) => ids.ownOf(text)))
    const authorization = await this.#authorization(exchange, response?.status === 401)
    return await this.#fetch(request.method, ids.ownPath(request.path), {
      headers: {
        ...kept(request.headers, ['accept', 'content-type']),
        ...(authorization !== undefined && { authorization }),
      },
      body: own ?? (request.body === undefined ? undefined : 'not JSON'),
    })
  }

  /** Notes what the call changed. */
  note(facts: Facts): void {
    const { enabled, disabled, unsure } = facts
    this.#options.world.note(facts)
    for (const one of enabled) this.#states.set(keyOf(one), 'on')
    for (const one of disabled) this.#states.set(keyOf(one), 'off')
    for (const one of unsure) this.#states.delete(keyOf(one))
  }

  async #addToCatalog(part: object): Promise<void> {
    const { operatorToken, world } = this.#options
    const { status, body } = await this.#fetch('POST', '/_skillkeeper/catalog', {
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify(part),
    })
    if (status === 200) return
    world.takeBack()
    throw new TwinFault(messageOf(body))
  }

  /** By a batch, which takes all stages; a link needs the other way. */
  async #enable({ unitId, skillId, stage, isLinked, locales }: ShownEnablement): Promise<void> {
    const record = {
      ...{ unitId: this.#options.ids.ownOf(unitId), stage },
      ...(locales.length > 0 && { nameFreeInvocationRequest: { locales } }),
      ...(isLinked && {
        accountLinkRequest: {
          redirectUri: 'https://localhost/',
          authCode: keyOf({ unitId, skillId }),
          type: 'AUTH_CODE',
        },
      }),
    }
    const path = `/v1/skills/${skillId}/enablements`
    const isSingle = isLinked && stage !== 'certification'
    const { status, body } = await this.#fetch('POST', isSingle ? path : `${path}/batch`, {
      headers: { authorization: `Bearer ${await this.#token(adminId)}` },
      body: JSON.stringify(isSingle ? record : { items: [{ itemId: 0, ...record }] }),
    })
    if (status >= 300) throw new TwinFault(messageOf(body))
  }

  /** A call that was refused for its token is sent with one that is not valid. */
  async #authorization(exchange: Exchange, isRefused: boolean): Promise<string | undefined> {
    const given = exchange.request.headers['authorization']
    if (given === undefined) return undefined
    const [, scheme] = /^(bearer)\s/i.exec(given) ?? []
    if (scheme === undefined || !isOfApi(exchange.request.path)) return given
    return `${scheme} ${isRefused ? 'Atza|not-valid' : await this.#token(this.clientOf(exchange))}`
  }

  async #token(clientId: string): Promise<string> {
    const now = this.#options.clock.now()
    const known = this.#tokens.get(clientId)
    if (known !== undefined && now - known.at < tokenMs) return known.text
    const form = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'alexa::enterprise:management',
    }
    const { body } = await this.#fetch('POST', '/auth/o2/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
    const text = body !== undefined && 'json' in body ? textAt(body.json, 'access_token') : undefined
    if (text === undefined) throw new TwinFault(messageOf(body))
    this.#tokens.set(clientId, { text, at: now })
    return text
  }

  async #fetch(
    method: string,
    path: string,
    {
      headers,
      body,
    }: { readonly headers: Readonly<Record<string, string>>; readonly body: string | undefined },
  ): Promise<RecordedResponse> {
    const mayHaveBody = method !== 'GET' && method !== 'HEAD' && body !== undefined
    const response = await fetch(this.#options.url + path, {
      method,
      headers,
      redirect: 'manual',
      ...(mayHaveBody && { body }),
    }).catch((error: unknown) => {
      // A recording may have a method or a header that `fetch` does not send.
      throw new TwinFault(`The call cannot be sent: ${error instanceof Error ? error.message : error}`)
    })
    const text = await response.text()
    const answered = text === '' ? undefined : parsed(text)
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      ...(answered !== undefined && { body: answered }),
    }
  }
}

function keyOf({ unitId, skillId }: UnitAndSkill): string {
  return `${unitId} ${oneSpelling(skillId)}`
}

function kept(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function parsed(text: string): RecordedResponse['body'] {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return { omitted: 'not JSON' }
  }
}

function messageOf(body: RecordedResponse['body']): string {
  const json = body !== undefined && 'json' in body ? body.json : undefined
  return textAt(json, 'message') ?? JSON.stringify(json) ?? 'no reason'
}
