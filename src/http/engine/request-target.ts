import type { FastifyRequest } from 'fastify'
import { isSkillId, isUnitId, type SkillId, type UnitId } from '../../protocol/identifiers.ts'

/** The skill and unit of a request, for logs. */
export interface RequestTarget {
  readonly skillId: SkillId | undefined
  readonly unitId: UnitId | undefined
}

/**
 * Returns the skill and the unit that a request names, checked or not, but only if they have the form of an ID, so that no
 * other input reaches the log. For a new unit and for a list it is the parent.
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
