/**
 * Looks into the catalog of the service for what a person has in mind: skills and units with their names. The operator's API tells
 * most; where its token is not at hand, units are found by what a client may see.
 */
import { SkillId, UnitId } from '../protocol/identifiers.ts'
import type { SkillView } from '../protocol/operator.ts'
import { type ConnectionOptions, findConnection, isComplete, openClient } from './connection.ts'
import { type Operator, type OperatorPage, openOperator } from './operator.ts'

/** A skill or a unit. */
export interface Named {
  readonly id: string
  readonly name: string
}

export interface CatalogSearch {
  /** Without it only units can be looked for, and only by whole IDs. */
  readonly isOperator: boolean
  /** All of them. Empty without the operator's token. */
  skills(): Promise<readonly Named[]>
  /** All units, one after the other. None without the operator's token. */
  units(): AsyncIterable<Named>
  findSkill(id: string): Promise<Named | undefined>
  findUnit(id: string): Promise<Named | undefined>
}

const skillForm = new RegExp(String(Object(SkillId)['pattern']))
const unitForm = new RegExp(String(Object(UnitId)['pattern']))

export function isSkillId(text: string): boolean {
  return skillForm.test(text)
}

export function isUnitId(text: string): boolean {
  return unitForm.test(text)
}

/** Does nothing until it is asked; tells nothing of its requests. */
export function openCatalogSearch(options: ConnectionOptions): CatalogSearch {
  const quiet = { ...options, verbose: false }
  const operator = operatorOf(quiet)
  // Nobody is asked for a secret on the way to a name.
  const isClient = isComplete(findConnection(options, process.env))
  let client: ReturnType<typeof openClient> | undefined
  const openOnce = () => {
    client ??= openClient(quiet)
    return client
  }

  async function* unitsBelow(parentId: string): AsyncIterable<Named> {
    if (operator === undefined) return
    const waiting = [parentId]
    for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
      for await (const unit of pages<Named>(operator, 'units', { parentId: parent })) {
        waiting.push(unit.id)
        yield unit
      }
    }
  }

  async function* unitsOf(organization: Named): AsyncIterable<Named> {
    let isTold = false
    try {
      if (!isClient) return yield* unitsBelow(organization.id)

      // A client is given fifty units at once, whatever stands below them.
      const below = { parentId: organization.id, queryDepth: 'all', maxResults: 50 } as const
      for await (const { id, name } of (await openOnce()).units.list(below)) {
        isTold = true
        yield { id, name: name ?? '' }
      }
    } catch {
      // Not its own, or not in this country. What was told is told again, which does no harm.
      isTold = false
    }
    if (!isTold) yield* unitsBelow(organization.id)
  }

  return {
    isOperator: operator !== undefined,
    skills: async () => (operator ? await Array.fromAsync(pages<SkillView>(operator, 'skills', {})) : []),
    async *units() {
      if (operator === undefined) return
      for await (const organization of pages<Named>(operator, 'organizations', {})) {
        yield organization
        yield* unitsOf(organization)
      }
    },
    findSkill: async (id) => await found(operator?.call<Named>('GET', `/_skillkeeper/skills/${id}`)),
    async findUnit(id) {
      if (operator !== undefined) return await found(operator.call<Named>('GET', `/_skillkeeper/units/${id}`))
      return isClient ? await found(openOnce().then((opened) => opened.units.get(id))) : undefined
    },
  }
}

/** Nothing where it has not been told the token, or the service is Amazon's. */
function operatorOf(options: ConnectionOptions): Operator | undefined {
  try {
    return openOperator(options)
  } catch {
    return undefined
  }
}

/** All items of a list of the operator's API. */
export async function* pages<Item>(
  operator: Operator,
  path: string,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<Item> {
  let after: string | undefined
  do {
    const search = new URLSearchParams({ ...query, ...(after !== undefined && { after }) })
    const page = await operator.call<OperatorPage<Item>>('GET', `/_skillkeeper/${path}?${search}`)
    yield* page.items
    after = page.paginationContext.after
  } while (after !== undefined)
}

/** Nothing for what is not there, or not for this caller. */
async function found(
  answer: Promise<{ readonly id: string; readonly name: string | undefined }> | undefined,
): Promise<Named | undefined> {
  try {
    const one = await answer
    return one && { id: one.id, name: one.name ?? '' }
  } catch {
    return undefined
  }
}
