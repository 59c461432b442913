import type { Principal } from '../../model/access.ts'
import { enablementBody } from '../../model/enablement.ts'
import type { Context } from '../../model/ports/context.ts'
import { writeStamp } from '../../model/write-stamp.ts'
import type { EnableAnswer, EnableRequest } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import { getSkill } from '../catalog/get-skill.ts'
import { chooseLink } from '../links/choose-link.ts'
import { linkAccount } from '../links/link-account.ts'
import { admitUnit } from '../units/admit-unit.ts'
import { enableRecord } from './enable-record.ts'
import { maySubscribe } from './may-subscribe.ts'

/**
 * "Enable a skill for a unit". Safe to repeat: an enabled skill gets the same response with its current record (ledger,
 * row 18: clients repeat requests). If the token server refuses or does not respond, nothing is stored (row 22: the
 * client can retry).
 */
export async function enableSkill(
  context: Context,
  principal: Principal,
  call: { skillId: SkillId; requestId: string; request: EnableRequest },
): Promise<EnableAnswer> {
  const { request, skillId } = call
  const unit = await admitUnit(context, principal, 'enable', request.unitId)
  const skill = await getSkill(context, skillId, request.stage)
  const isSubscription = await maySubscribe(context, skill.id, unit)
  const choice = await chooseLink(context, skill, unit, request.accountLinkRequest, principal.clientId)
  if (choice.exchange !== undefined) {
    await linkAccount(context, skill, choice.exchange, writeStamp(context, principal, call.requestId))
  }
  // The exchange takes time: the stamp has the time of the write.
  const stamp = writeStamp(context, principal, call.requestId)
  const enablement = await context.storage.enablements.enable(
    enableRecord(skill, unit, request, {
      link: choice.name === undefined ? { kind: 'keep' } : { kind: 'linked', name: choice.name },
      needsExistingLink: choice.needsExistingLink,
      isSubscription,
    }),
    stamp,
  )
  // The write may have replaced a link that no enablement uses now.
  if (choice.name !== undefined) context.workIsDue(stamp.now)
  const { unit: inUnit, accountLink, status } = enablementBody(enablement, stamp.now)
  const enabled = { stage: enablement.stage, id: skillId }
  // The properties are in the order of the page.
  return skill.accountLinking === undefined
    ? { skill: enabled, unit: inUnit, status }
    : { skill: enabled, unit: inUnit, accountLink, status }
}
