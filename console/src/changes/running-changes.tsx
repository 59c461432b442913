/** The changes that run under a unit, so that whoever looks at rooms sees why they change. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { readChanges } from '../api/changes.ts'
import { useFormats, useWords } from '../words/words.tsx'
import css from './changes.module.css'

const busyMs = 1000
const idleMs = 10_000

export function RunningChanges({ under }: { readonly under?: string }) {
  const words = useWords()
  const formats = useFormats()
  const { data } = useQuery({
    queryKey: ['changes', 'running', under],
    queryFn: async ({ signal }) => await readChanges({ under, status: 'running', maxResults: 5 }, signal),
    refetchInterval: ({ state }) => ((state.data?.items.length ?? 0) > 0 ? busyMs : idleMs),
  })
  return data?.items.map(({ id, title, counts }) => (
    <div key={id} className={css.strip}>
      <Link href={`/changes/${encodeURIComponent(id)}`}>
        <bdi>{title}</bdi>
      </Link>
      <progress
        value={counts.total - counts.waiting}
        max={counts.total}
        aria-label={words.change.progressLabel}
      />
      {words.change.progress(formats.number(counts.total - counts.waiting), formats.number(counts.total))}
    </div>
  ))
}
