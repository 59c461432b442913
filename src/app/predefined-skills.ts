import { subscriptions } from '../model/subscription.ts'

/** Whether every catalog has the skill. */
export function isPredefinedSkill(skillId: string): boolean {
  return subscriptions.some(({ skill }) => skill.id === skillId)
}
