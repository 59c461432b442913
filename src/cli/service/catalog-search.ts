/**
 * Looks into the catalog of the service for what a person has in mind: skills and units with their names. The operator's API tells
 * most; where its token is not at hand, units are found by what a client may see.
 */
import { SkillId, UnitId } from '../../protocol/identifiers.ts'
import type { SkillView } from '../../protocol/operator.ts'
import { type ConnectionOptions, findConnection, isComplete, openClient } from './connection.ts'
import { type Operator, type OperatorPage, openOperator } from './operator.ts'

/** A skill or a unit. */
export interface Named {
  readonly id: string
  readonly name: string
}

export interface CatalogSearch {
  /** Without the operator's token only units can be looked for, and only by whole IDs. */
  isOperator(): Promise<boolean>
  /** All of them. Empty without the operator's token. */
  skills(): Promise<readonly Named[]>
  /** So many units, or all if there are fewer, each once. None without the operator's token. The service is asked once. */
  firstUnits(most: number): Promise<readonly Named[]>
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
  let usable: Promise<Operator | undefined> | undefined
  const operatorOnce = () => {
    usable ??= usableOperator(quiet)
    return usable
  }
  // Nobody is asked for a secret on the way to a name.
  const isClient = isComplete(findConnection(options, process.env))
  let client: ReturnType<typeof openClient> | undefined
  const openOnce = () => {
    client ??= openClient(quiet)
    return client
  }

  async function* unitsBelow(operator: Operator, parentId: string): AsyncIterable<Named> {
    const waiting = [parentId]
    for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
      for await (const unit of pages<Named>(operator, 'units', { parentId: parent })) {
        waiting.push(unit.id)
        yield unit
      }
    }
  }

  async function* unitsOf(operator: Operator, organization: Named): AsyncIterable<Named> {
    let isTold = false
    try {
      if (!isClient) return yield* unitsBelow(operator, organization.id)

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
    if (!isTold) yield* unitsBelow(operator, organization.id)
  }

  let first: Promise<Named[]> | undefined
  async function readUnits(most: number): Promise<Named[]> {
    const operator = await operatorOnce()
    const units = new Map<string, Named>()
    if (operator === undefined) return []
    for await (const organization of pages<Named>(operator, 'organizations', {})) {
      units.set(organization.id, organization)
      for await (const unit of unitsOf(operator, organization)) {
        if (units.size >= most) break
        units.set(unit.id, unit)
      }
    }
    return [...units.values()]
  }

  return {
    isOperator: async () => (await operatorOnce()) !== undefined,
    async skills() {
      const operator = await operatorOnce()
      return operator === undefined ? [] : await Array.fromAsync(pages<SkillView>(operator, 'skills', {}))
    },
    firstUnits(most) {
      first ??= readUnits(most)
      return first
    },
    async findSkill(id) {
      const operator = await operatorOnce()
      return await found(operator?.call<Named>('GET', `/_skillkeeper/skills/${id}`))
    },
    async findUnit(id) {
      const operator = await operatorOnce()
      if (operator !== undefined) return await found(operator.call<Named>('GET', `/_skillkeeper/units/${id}`))
      return isClient ? await found(openOnce().then((opened) => opened.units.get(id))) : undefined
    },
  }
}

/** Nothing where the token is not at hand or that of another service, and at Amazon's. */
async function usableOperator(options: ConnectionOptions): Promise<Operator | undefined> {
  try {
    const operator = openOperator(options)
    await operator.call('GET', '/_skillkeeper/skills?maxResults=1')
    return operator
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
