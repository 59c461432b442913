/** The changes that run under a unit, so that whoever looks at rooms sees why they change. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { readChanges } from '../api/changes.ts'
import { isFinal } from '../api/problems.ts'
import { useSkillNames } from '../names/use-skill-names.ts'
import { useFormats, useWords } from '../words/words.tsx'
import { changeTitle } from './change-title.ts'
import css from './changes.module.css'

const busyMs = 1000
const idleMs = 10_000

export function RunningChanges({ under }: { readonly under?: string }) {
  const words = useWords()
  const formats = useFormats()
  const skills = useSkillNames()
  const { data, error } = useQuery({
    queryKey: ['changes', 'running', under],
    queryFn: async ({ signal }) => await readChanges({ under, status: 'running', maxResults: 5 }, signal),
    refetchInterval: ({ state: { data, error } }) =>
      (data?.items.length ?? 0) > 0 && !isFinal(error) ? busyMs : idleMs,
  })
  if (isFinal(error)) return null
  return data?.items.map((change) => (
    <div key={change.id} className={css.strip}>
      <Link href={`/changes/${encodeURIComponent(change.id)}`}>
        <bdi>{changeTitle(words, change, skills, formats.number)}</bdi>
      </Link>
      <progress
        value={change.counts.total - change.counts.waiting}
        max={change.counts.total}
        aria-label={words.change.progressLabel}
      />
      {words.change.progress(
        formats.number(change.counts.total - change.counts.waiting),
        formats.number(change.counts.total),
      )}
    </div>
  ))
}
