/** The refusal of a rule, in the words that the operation itself uses. */
import { noRoleMessage } from '../../model/access.ts'
import { type ItemRefusal, Refusal, refuse } from '../../model/refusal.ts'
import { invalidTokenMessage } from '../../operations/tokens/verify-token.ts'
import { unknownUnit } from '../../operations/units/admit-unit.ts'
import { isUnitId } from '../../protocol/identifiers.ts'
import { type Operation, operations } from '../../protocol/operations.ts'
import type { FaultError } from '../../protocol/test-controls/faults.ts'
import type { Subject } from '../requests/subject.ts'
import type { Hit } from './strike.ts'

const words: Readonly<Partial<Record<FaultError, string>>> = {
  INVALID_PARAM: 'The request is malformed.',
  INVALID_LWA_TOKEN: invalidTokenMessage,
  FORBIDDEN: noRoleMessage,
  NOT_FOUND: 'There is nothing at this path.',
  TOO_MANY_REQUESTS: 'The client makes too many requests.',
  INTERNAL_ERROR: 'The request could not be handled because of an internal error.',
  SERVICE_UNAVAILABLE: 'Too many requests are under way.',
  invalid_client: 'Client authentication failed',
}

/** Returns the refusal of a rule with `error` or `items`. Its detail, which only logs and the operator see, names the rule. */
export function faultRefusal(hit: Hit, subject: Subject): Refusal {
  const { error, items, message } = hit.rule.effect
  const detail = `Fault rule ${hit.id}.`
  if (items !== undefined) {
    const refused = hit.targets.map((target): ItemRefusal => {
      const { itemId, unitId } = target
      return {
        ...((typeof itemId === 'number' || typeof itemId === 'string') && { itemId }),
        ...(unitId !== undefined && { unitId }),
        code: items.error,
        reason: items.error === 'FORBIDDEN' ? 'role' : 'request',
        message: message ?? words[items.error] ?? items.error,
      }
    })
    return refuse(items.error, 'Some items are refused.', { items: refused, detail })
  }
  const code = error ?? 'INTERNAL_ERROR'
  const unitId = subject.targets[0]?.unitId
  const more = { detail, ...(hit.retryAfterMs !== undefined && { retryAfterMs: hit.retryAfterMs }) }
  if (code === 'NOT_FOUND' && message === undefined && isUnitId(unitId) && isOperation(subject.operation)) {
    // A list and a batch have no 404, and tell in another way that a unit is not there.
    const asSaid = unknownUnit(subject.operation, unitId)
    return new Refusal(asSaid.code, asSaid.message, { ...more, reason: asSaid.reason })
  }
  return refuse(code, message ?? words[code] ?? `The token endpoint refuses the request: ${code}.`, more)
}

function isOperation(name: string): name is Operation {
  return operations.some((operation) => operation === name)
}
