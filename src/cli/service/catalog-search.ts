/**
 * Searches the catalog of the service for skills and units with their names. It uses the operator's API. Without the
 * operator's token it finds only the units that the client may read.
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
  /** Whether the operator's token is available. Without it only `findUnit` finds anything. */
  isOperator(): Promise<boolean>
  /** All skills. Empty without the operator's token. */
  skills(): Promise<readonly Named[]>
  /** At most `most` units, without duplicates. Empty without the operator's token. Only the first call sends requests. */
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

/** Sends no request before the first call of a method, and does not show its requests. */
export function openCatalogSearch(options: ConnectionOptions): CatalogSearch {
  const quiet = { ...options, verbose: false }
  let usable: Promise<Operator | undefined> | undefined
  const operatorOnce = () => {
    usable ??= usableOperator(quiet)
    return usable
  }
  // A search does not ask for secrets at the terminal.
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

      // A client reads fifty units per request from the whole tree.
      const below = { parentId: organization.id, queryDepth: 'all', maxResults: 50 } as const
      for await (const { id, name } of (await openOnce()).units.list(below)) {
        isTold = true
        yield { id, name: name ?? '' }
      }
    } catch {
      // The client has no role here, or the operation is not available. Repeated units do no harm.
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

/** Returns `undefined` if there is no token, if it is of another service, and for Amazon's service. */
async function usableOperator(options: ConnectionOptions): Promise<Operator | undefined> {
  try {
    const operator = openOperator(options)
    await operator.call('GET', '/_skillkeeper/skills?maxResults=1')
    return operator
  } catch {
    return undefined
  }
}

/** Iterates over all items of a list of the operator's API. */
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

/** Returns `undefined` if the record does not exist or the caller may not read it. */
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
