import tones from '../ui/controls.module.css'
import { classes, type Tone } from '../ui/controls.tsx'
import { useFormats } from '../words/words.tsx'
import css from './changes.module.css'

/** Numbers with their names; those of nothing are left out, except the first. */
export function Counts({
  counts,
}: {
  readonly counts: readonly (readonly [name: string, count: number, tone?: Tone])[]
}) {
  const formats = useFormats()
  return (
    <dl className={css.counts}>
      {counts
        .filter(([, count], index) => index === 0 || count > 0)
        .map(([name, count, tone]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={classes(tone && count > 0 && tones[tone])}>{formats.number(count)}</dd>
          </div>
        ))}
    </dl>
  )
}
