/** The subject of a request: fault rules match it, and the journal is searched by it. It looks at the request only, not at what is stored. */
import type { Exchange } from '../../http/engine/exchange.ts'
import { targetOf } from '../../http/engine/request-target.ts'
import type { RouteConfig } from '../../http/engine/route-config.ts'
import { isUnitId, type SkillId, type UnitId } from '../../protocol/identifiers.ts'

/** One unit that a request names. A batch has one for each item, another request exactly one. */
export interface Target {
  readonly unitId: UnitId | undefined
  readonly stage: unknown
  readonly itemId: unknown
}

export interface Subject {
  readonly operation: string
  readonly clientId: string | undefined
  readonly skillId: SkillId | undefined
  readonly isBatch: boolean
  readonly targets: readonly Target[]
}

/** The parts of a request that its subject is made of. */
export interface SubjectSource extends Pick<Exchange['request'], 'params' | 'query' | 'body'> {
  readonly config: Pick<RouteConfig, 'operation' | 'shape'>
  /** The client, if it is known already. */
  readonly knownClientId: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
}

export function subjectOf({ route, request, principal, namedClientId }: Exchange): Subject {
  const { params, query, body, raw } = request
  const knownClientId = principal?.clientId ?? namedClientId
  return subjectIn({ config: route.config, knownClientId, params, query, body, headers: raw.headers })
}

export function subjectIn(source: SubjectSource): Subject {
  const { config, knownClientId, query, body } = source
  const { operation, shape } = config
  const { skillId, unitId } = targetOf(source)
  const items = shape === 'batch' ? itemsIn(body) : []
  return {
    operation,
    clientId: knownClientId ?? (operation === 'token' ? clientIn(source) : undefined),
    skillId,
    isBatch: shape === 'batch',
    targets:
      shape === 'batch'
        ? items.map((item) => ({
            unitId: unitIdIn(item),
            stage: property(item, 'stage'),
            itemId: property(item, 'itemId'),
          }))
        : [
            {
              unitId,
              stage: property(body, 'stage') ?? property(query, 'stage'),
              itemId: undefined,
            },
          ],
  }
}

function itemsIn(body: unknown): readonly unknown[] {
  const items = property(body, 'items')
  return Array.isArray(items) ? items : []
}

function unitIdIn(item: unknown): UnitId | undefined {
  const unitId = property(item, 'unitId')
  return isUnitId(unitId) ? unitId : undefined
}

/** The client that a request for a token names, proved or not. */
function clientIn({ body, headers }: SubjectSource): string | undefined {
  const form = formOf(body)
  if (typeof form.client_id === 'string') return form.client_id
  const encoded = /^basic +(\S+)$/i.exec(String(headers.authorization ?? ''))?.[1] ?? ''
  const [name = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  return name === '' ? undefined : decoded(name)
}

/** The parameters of a body that is a form or JSON; none of another text. */
export function formOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'string') return {}
  if (!/^\s*\{/.test(body)) return Object.fromEntries(new URLSearchParams(body))
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
