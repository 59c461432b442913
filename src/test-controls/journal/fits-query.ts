import { otherSpelling } from '../../model/skill.ts'
import { isSkillId } from '../../protocol/identifiers.ts'
import type { JournalQuery } from '../../protocol/test-controls/journal.ts'
import type { ExchangeRecord } from './exchange-record.ts'

/** Whether the record has all that the query names. A unit may be that of any item of a batch. */
export function fitsQuery({ subject, status }: ExchangeRecord, query: JournalQuery): boolean {
  const { operation, unitId, skillId, clientId } = query
  if (operation !== undefined && operation !== subject.operation) return false
  if (clientId !== undefined && clientId !== subject.clientId) return false
  if (query.status !== undefined && query.status !== status) return false
  if (unitId !== undefined && !subject.targets.some((target) => target.unitId === unitId)) return false
  return skillId === undefined || isSameSkill(skillId, subject.skillId)
}

export function isSameSkill(one: string, other: string | undefined): boolean {
  return one === other || (isSkillId(one) && otherSpelling(one) === other)
}
