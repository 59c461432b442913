import type { Context } from '../../model/ports/context.ts'
import { findSkill } from '../../operations/catalog/get-skill.ts'
import type { FaultRule, FaultView } from '../../protocol/test-controls/faults.ts'
import { pastFaults } from '../requests/scope.ts'
import { ruleWarning } from './check-rule.ts'
import { listOf } from './matching.ts'
import type { Fault } from './strike.ts'

/** Returns the rule as the API sends it, with a warning if it can never strike in the world as that is now. */
export async function faultView(context: Context, fault: Fault): Promise<FaultView> {
  const { id, rule, enabled, matched, struck, tooEarly } = fault
  const warning = ruleWarning(rule, context.now()) ?? (await pastFaults(() => unknownName(context, rule)))
  return { id, rule, enabled, matched, struck, tooEarly, ...(warning !== undefined && { warning }) }
}

/** Names what the catalog of the world does not have, if that keeps the rule from striking. */
async function unknownName(context: Context, { match = {} }: FaultRule): Promise<string | undefined> {
  const { catalog } = context.storage
  const checks: readonly (readonly [
    what: string,
    ids: readonly string[] | undefined,
    unknown: readonly string[],
  ])[] = [
    ['unit', listOf(match.unitId), await missing(listOf(match.unitId), async (id) => catalog.findUnit(id))],
    ['unit', listOf(match.under), await missing(listOf(match.under), async (id) => catalog.findUnit(id))],
    [
      'skill',
      listOf(match.skillId),
      await missing(listOf(match.skillId), async (id) => findSkill(context, id)),
    ],
    [
      'client',
      listOf(match.clientId),
      await missing(listOf(match.clientId), async (id) => catalog.findClient(id)),
    ],
  ]
  for (const [what, ids, unknown] of checks)
    if (ids !== undefined && unknown.length === ids.length)
      return `The rule never strikes as things are: the world has no ${what} ${unknown.join(', ')}.`
  return undefined
}

async function missing<Id extends string>(
  ids: readonly Id[] | undefined = [],
  find: (id: Id) => Promise<unknown>,
): Promise<Id[]> {
  const found = await Promise.all(ids.map(find))
  return ids.filter((_, index) => found[index] === undefined)
}
