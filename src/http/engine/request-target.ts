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
export function targetOf({
  params,
  query,
  body,
}: Pick<FastifyRequest, 'params' | 'query' | 'body'>): RequestTarget {
  return {
    skillId: skillIn(params, 'skillId') ?? skillIn(params, 'id') ?? skillIn(query, 'skillId'),
    unitId:
      unitIn(params, 'unitId') ??
      unitIn(query, 'unitId') ??
      unitIn(body, 'unitId') ??
      unitIn(params, 'id') ??
      unitIn(query, 'parentId') ??
      unitIn(body, 'parentId'),
  }
}

function skillIn(part: unknown, name: string): SkillId | undefined {
  const value = read(part, name)
  return isSkillId(value) ? value : undefined
}

function unitIn(part: unknown, name: string): UnitId | undefined {
  const value = read(part, name)
  return isUnitId(value) ? value : undefined
}

function read(part: unknown, name: string): unknown {
  return typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined
}
