import type { Preview } from '../api/wire.ts'
import { useFormats, useWords } from '../words/words.tsx'
import css from './changes.module.css'
import { Counts } from './counts.tsx'
import { Reasons } from './reasons.tsx'

interface PreviewProps {
  readonly preview: Preview
  readonly skills: readonly { id: string; name: string }[]
  readonly action: 'enable' | 'disable'
}

/** Shows the effect of a change before it is made. */
export function PreviewShown({ preview: { counts, warnings, items }, skills, action }: PreviewProps) {
  const words = useWords()
  const formats = useFormats()
  const refused = items.filter(({ outcome }) => outcome === 'refused')
  return (
    <>
      <Counts
        counts={[
          [words.change.willChange, counts.willChange, 'good'],
          [action === 'enable' ? words.change.alreadyOn : words.change.alreadyOff, counts.already],
          [words.change.refused, counts.refused, 'bad'],
        ]}
      />
      {warnings.map((warning) => (
        <p key={warning} className={css.warning}>
          ⚠ {warning}
        </p>
      ))}
      <Reasons label={words.change.refused} items={refused} skills={skills} />
      {counts.refused > refused.length && (
        <p>{words.change.moreRefused(formats.number(counts.refused - refused.length))}</p>
      )}
    </>
  )
}
