/** The subject of a request: fault rules match it, and the journal is searched by it. It looks at the request only, not at what is stored. */
import type { Exchange } from '../../http/engine/exchange.ts'
import { targetOf } from '../../http/engine/request-target.ts'
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

export function subjectOf(exchange: Exchange): Subject {
  const { route, request, principal, namedClientId } = exchange
  const { operation, shape } = route.config
  const { skillId, unitId } = targetOf(request)
  const items = shape === 'batch' ? itemsIn(request.body) : []
  return {
    operation,
    clientId:
      principal?.clientId ?? namedClientId ?? (operation === 'token' ? clientIn(exchange) : undefined),
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
              stage: property(request.body, 'stage') ?? property(request.query, 'stage'),
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
function clientIn({ request }: Exchange): string | undefined {
  const body = formOf(request.body)
  if (typeof body.client_id === 'string') return body.client_id
  const encoded = /^basic +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
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
