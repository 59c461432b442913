import type { Principal } from '../../model/access.ts'
import { enablementBody } from '../../model/enablement.ts'
import { type MaybePromise, readBeside, whenReady } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import type { EnablementBody, Stage } from '../../protocol/enablement.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { admitUnit } from '../units/admit-unit.ts'

interface Target {
  readonly skillId: SkillId
  readonly unitId: UnitId
  /** The stage that must be enabled; `undefined` for any. */
  readonly stage?: Stage
}

/**
 * "Get a skill enablement record for a unit". Refuses with NOT_FOUND if it is not enabled, or not in the stage (ledger,
 * rows 24 and T5: 404 is the only code that fits).
 */
export function getEnablement(
  context: Context,
  principal: Principal,
  target: Target & { expand?: string },
): MaybePromise<EnablementBody> {
  const admitted = admitUnit(context, principal, 'get', target.unitId)
  const found = readBeside(admitted, () =>
    whenReady(getSkill(context, target.skillId), ({ id }) =>
      context.storage.enablements.find(target.unitId, id),
    ),
  )
  return whenReady(found, (enablement) => {
    if (enablement === undefined || (target.stage ?? enablement.stage) !== enablement.stage)
      throw refuse('NOT_FOUND', notEnabledMessage(target))
    return enablementBody(
      { ...enablement, skillId: target.skillId },
      context.now(),
      target.expand !== undefined,
    )
  })
}

export function notEnabledMessage({ skillId, unitId, stage }: Target): string {
  const inStage = stage === undefined ? '' : ` in the stage ${stage}`
  return `The skill ${skillId} is not enabled for the unit ${unitId}${inStage}.`
}
