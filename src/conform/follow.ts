/** Sends each call to the fresh service too, in the order of the upstream's answers, and judges the two answers. */
import { isSkillId } from '../protocol/identifiers.ts'
import { isOfApi, isRead, queryOf } from './call.ts'
import { type Contract, readContract } from './contract.ts'
import { type Exchange, jsonOf, type RecordedResponse } from './exchange.ts'
import { IdMap } from './id-map.ts'
import { fieldAt, listAt, textAt } from './json.ts'
import { newSecret } from './new-secret.ts'
import { factsOf, unitsOf } from './twin/facts.ts'
import { ReplayClock } from './twin/replay-clock.ts'
import { startTokenServer } from './twin/token-server.ts'
import { Twin, TwinFault } from './twin/twin.ts'
import { World } from './twin/world.ts'
import { type Compared, compareAnswers } from './verdict/compare.ts'
import { type Difference, withoutIds } from './verdict/difference.ts'
import { isPaged } from './verdict/fields.ts'
import { Pages } from './verdict/pages.ts'
import { Report, type ReportContent } from './verdict/report.ts'

/** How long an enablement is `ENABLING` in the fresh service, in milliseconds: its usual setting. */
const activationDelayMs = 200

/** The settings with which the fresh service is started. */
export interface FreshSettings {
  readonly data: string
  readonly port: number
  readonly catalog: object
  readonly clock: { now(): number; sleepUntil(at: number, signal?: AbortSignal): Promise<void> }
  readonly operatorToken: string
  readonly rateLimit: number
  readonly activationDelayMs: number
}

export interface FollowOptions {
  /** Starts a Skillkeeper in this process. */
  startService(settings: FreshSettings): Promise<{ readonly url: string; stop(): Promise<void> }>
  /** The user's knowledge of the upstream, in the form of the catalog file; `{}` is none. */
  readonly catalog: object
  readonly known: readonly Difference[]
  /** The time of the first call, in milliseconds since the epoch. */
  readonly startAt: number
}

export interface Follower {
  /** Looks at calls before the first one is taken: what does not change with them is known from the start then. */
  survey(exchanges: readonly Exchange[]): void
  /** Takes the next call. One must be done before the next one comes. */
  take(exchange: Exchange): Promise<void>
  /** Ends what is open, and returns all that was found. */
  report(): ReportContent
  stop(): Promise<void>
}

export async function startFollower(options: FollowOptions): Promise<Follower> {
  const { startService, catalog, known, startAt } = options
  const parts = new AsyncDisposableStack()
  try {
    const tokenServer = await startTokenServer()
    parts.defer(() => tokenServer.stop())
    const ids = new IdMap()
    const world = new World({ ids, catalog, tokenServer: tokenServer.url })
    const clock = new ReplayClock(startAt)
    const operatorToken = newSecret()
    const settings = { data: ':memory:', port: 0, rateLimit: 0, activationDelayMs, clock, operatorToken }
    const service = await startService({ ...settings, catalog: world.startCatalog() })
    parts.defer(() => service.stop())
    const twin = new Twin({ url: service.url, operatorToken, clock, ids, world, activationDelayMs })
    const hasCatalog = Object.keys(catalog).length > 0
    const own = { contract: readContract(), ids, world, twin, hasCatalog }
    const judge = new Judge({ ...own, report: new Report(known) })
    return {
      survey: (exchanges) => world.survey(exchanges.map((exchange) => judge.surveyed(exchange))),
      take: (exchange) => judge.take(exchange),
      report: () => judge.end(),
      stop: () => parts.disposeAsync(),
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
}

interface Parts {
  readonly contract: Contract
  readonly ids: IdMap
  readonly twin: Twin
  readonly world: World
  /** Whether the user says what the upstream has. */
  readonly hasCatalog: boolean
  readonly report: Report
}

class Judge {
  readonly #parts: Parts
  readonly #pages = new Pages()
  /** Units of which nobody knows what the upstream has done: a write has no answer that says it. */
  readonly #unsureUnits = new Set<string>()
  /** Skills that a batch links by codes, which takes a while. */
  readonly #linkedLater = new Set<string>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  surveyed(exchange: Exchange) {
    const { contract, twin } = this.#parts
    const clientId = twin.clientOf(exchange)
    return { facts: factsOf(contract, exchange), clientId, isRefused: exchange.response?.status === 403 }
  }

  end(): ReportContent {
    this.#pages.end()
    return this.#parts.report.content()
  }

  async take(exchange: Exchange): Promise<void> {
    const { contract, report, twin } = this.#parts
    const { response } = exchange
    const reason = this.#reasonAgainst(exchange)
    if (reason !== undefined || response === undefined) {
      this.#noteFailure(exchange)
      report.add(exchange, [], reason)
      return
    }
    const facts = factsOf(contract, exchange)
    try {
      await twin.prepare(exchange, facts)
      const actual = await twin.send(exchange)
      twin.note(facts)
      this.#noteCodes(exchange)
      this.#compare(exchange, response, actual)
    } catch (error) {
      if (!(error instanceof TwinFault)) throw error
      report.add(
        exchange,
        [],
        `The fresh service cannot have what the answer shows: ${withoutIds(error.message)}`,
      )
    }
  }

  /** Why the two answers would not say anything about each other. */
  #reasonAgainst(exchange: Exchange): string | undefined {
    const { request, response } = exchange
    if (response === undefined) return 'The upstream did not answer.'
    if (!isOfApi(request.path)) return 'The path is not one of the API.'
    if (response.status === 429 || response.status >= 500)
      return `The capacity of the upstream decided: ${response.status}.`
    if (response.body !== undefined && 'omitted' in response.body && response.body.omitted !== 'not JSON')
      return `The answer is not in the recording: ${response.body.omitted}.`
    if (request.body !== undefined && 'omitted' in request.body && request.body.omitted !== 'not JSON')
      return `The request is not in the recording: ${request.body.omitted}.`
    if (response.status === 400 && hasCode(exchange))
      return 'Whether an authorization code is good, only the token server of the skill knows.'
    if (response.status === 400 && this.#isDeletionOfUnknown(exchange))
      return 'No answer shows what is below the unit and enabled there; --catalog can say it.'
    const token = pageTokenOf(exchange)
    if (token !== undefined && response.status < 300 && !this.#parts.ids.has(token))
      return 'The page token has no counterpart: it is older than the recording, or Skillkeeper had no more pages.'
    return undefined
  }

  /** Whether a unit shall be deleted that the recording did not make: its children and enablements are unknown. */
  #isDeletionOfUnknown(exchange: Exchange): boolean {
    const { contract, ids, hasCatalog } = this.#parts
    const { method, path } = exchange.request
    if (hasCatalog || contract.find(method, path)?.id !== 'deleteUnit') return false
    return unitsOf(contract, exchange).every((unit) => !ids.has(unit))
  }

  #compare(exchange: Exchange, expected: RecordedResponse, actual: RecordedResponse): void {
    const { contract, ids, report } = this.#parts
    const { method, path } = exchange.request
    const operation = contract.find(method, path)?.id ?? `${method} ${withoutIds(plainOf(path))}`
    const token = pageTokenOf(exchange)
    const [next, ownNext] = [nextOf(expected), nextOf(actual)]
    const list = operation === 'listEnablements' ? 'items' : 'results'
    const isPage = isPaged(operation, list) && [token, next, ownNext].some((one) => one !== undefined)
    const isLinkTimed = skillsOf(exchange, expected).some((skill) => this.#linkedLater.has(skill))
    const compared: Compared = { contract, ids, operation, isPage, isLinkTimed }
    const { differences, isTimed, unpaired } = compareAnswers(compared, expected, actual)

    const isUnsure = unitsOf(contract, exchange).some((unit) => this.#unsureUnits.has(unit))
    const isUnpaired = (unpaired?.expected.size ?? 0) + (unpaired?.actual.size ?? 0) > 0
    if (isUnsure && (differences.length > 0 || isUnpaired)) {
      report.add(exchange, [], 'An earlier write to the unit has no answer that says whether it was done.')
      return
    }
    const rest = differences.filter((one) => !maySayFacts(one))
    const unknown = rest.length < differences.length ? this.#unknownIn(exchange, expected) : undefined
    const isCapacity = actual.status === 429 || actual.status === 503
    const reason = isCapacity
      ? `The capacity of Skillkeeper decided: ${actual.status}.`
      : isTimed
        ? 'Time decides the status of an enablement, or of its account link.'
        : unknown
    const found = unknown === undefined ? differences : rest
    const judged = report.add(exchange, isCapacity ? [] : found, reason)
    if (!isPage || expected.status !== actual.status) return
    const isLast = next === undefined && ownNext === undefined
    const givenUp = () =>
      judged.giveUp('The recording does not have the other pages, and no order is promised.')
    judged.add(this.#pages.add({ compared, status: expected.status, token, next, isLast, unpaired, givenUp }))
  }

  /** Which fact no answer shows, that a refusal may depend on. */
  #unknownIn(exchange: Exchange, { status }: RecordedResponse): string | undefined {
    if (status < 400) return undefined
    const { contract, twin, world, hasCatalog } = this.#parts
    const units = unitsOf(contract, exchange)
    const { method, path } = exchange.request
    const skillId = contract.find(method, path)?.parameters['skillId']
    const isUnknownSkill = isSkillId(skillId) && !world.knowsSkill(skillId, stagesIn(exchange))
    if (!hasCatalog && (isUnknownSkill || units.some((unit) => !world.knowsUnit(unit))))
      return 'No answer shows whether the unit and the skill with its stage exist; --catalog can say it.'
    const clientId = twin.clientOf(exchange)
    const known = units.filter((unit) => world.knowsUnit(unit))
    return world.knowsRoles(clientId, known) ? undefined : 'No answer shows whether the client has a role.'
  }

  #noteFailure(exchange: Exchange): void {
    const { request, response } = exchange
    const wasRefused = response !== undefined && response.status < 500
    if (wasRefused || isRead(request.method, request.path, [])) return
    for (const unit of unitsOf(this.#parts.contract, exchange)) this.#unsureUnits.add(unit)
  }

  #noteCodes(exchange: Exchange): void {
    const { contract } = this.#parts
    const operation = contract.find(exchange.request.method, exchange.request.path)
    if (operation?.id === 'enableSkillBatch' && hasCode(exchange))
      this.#linkedLater.add(operation.parameters['skillId'] ?? '')
  }
}

/** Whether a fact about units, skills and roles can explain the difference of two refusals. */
function maySayFacts({ kind, place }: Difference): boolean {
  if (kind === 'status' || place === 'errors[]') return true
  return kind === 'value' && /^(errors\[\]\.(status|errorCode)|type)$/.test(place)
}

/** The stages that a call names. */
function stagesIn({ request }: Exchange): string[] {
  const body = jsonOf(request)
  const named = [body, ...listAt(body, 'items')].map((one) => textAt(one, 'stage'))
  return [queryOf(request.path).get('stage') ?? undefined, ...named].filter((stage) => stage !== undefined)
}

function hasCode({ request }: Exchange): boolean {
  const body = jsonOf(request)
  return [body, ...listAt(body, 'items')].some((one) => fieldAt(one, 'accountLinkRequest') !== undefined)
}

function pageTokenOf({ request }: Exchange): string | undefined {
  const inBody = textAt(jsonOf(request), 'paginationContext', 'nextToken')
  return inBody ?? (queryOf(request.path).get('nextToken') || undefined)
}

function nextOf(response: RecordedResponse): string | undefined {
  return textAt(jsonOf(response), 'paginationContext', 'nextToken')
}

/** The skills in an answer and in the path of its call. */
function skillsOf({ request }: Exchange, response: RecordedResponse): string[] {
  const text = `${request.path} ${JSON.stringify(jsonOf(response))}`
  return [...text.matchAll(/amzn1\.(?:ask|alexa)\.skill\.[\w-]+/g)].map(([skill]) => skill)
}

function plainOf(path: string): string {
  return path.split('?')[0] ?? path
}
