import type { FastifyRequest } from 'fastify'
import { isSkillId, isUnitId, type SkillId, type UnitId } from '../../protocol/identifiers.ts'

/** What a request is about, for those who tell of it. */
export interface RequestTarget {
  readonly skillId: SkillId | undefined
  readonly unitId: UnitId | undefined
}

/**
 * The skill and the unit that a request names, whether its form was checked or not: only what has the form of such an
 * ID, so that nothing else that a caller wrote gets on. Of a new unit and of a list it is the unit above.
 */
export function targetOf({ params, query, body }: FastifyRequest): RequestTarget {
  const places: [part: unknown, name: string][] = [
    [params, 'unitId'],
    [query, 'unitId'],
    [body, 'unitId'],
    [params, 'id'],
    [query, 'parentId'],
    [body, 'parentId'],
  ]
  return {
    skillId: [read(params, 'skillId'), read(params, 'id'), read(query, 'skillId')].find(isSkillId),
    unitId: places.map(([part, name]) => read(part, name)).find(isUnitId),
  }
}

function read(part: unknown, name: string): unknown {
  return typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined
}
