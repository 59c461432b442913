import type { Change } from '../api/wire.ts'
import type { Words } from '../words/en.ts'

/** The change in words: what it does to which skills, for how many rooms and skills. */
export function changeTitle(
  words: Words,
  { action, skillIds, counts, undoOf, retryOf }: Change,
  skills: readonly { id: string; name: string }[],
  number: (value: number) => string,
): string {
  const [only] = skillIds
  const skill =
    skillIds.length === 1
      ? (skills.find(({ id }) => id === only)?.name ?? only ?? '')
      : words.change.manySkills(number(skillIds.length))
  const what = words.change.titles[action](skill, number(counts.total))
  if (undoOf !== undefined) return words.change.undoOf(what)
  return retryOf === undefined ? what : words.change.retryOf(what)
}
