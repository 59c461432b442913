import { Link } from 'wouter'
import { useWords } from '../words/words.tsx'
import css from './changes.module.css'

interface ReasonsProps {
  readonly items: readonly { unitId: string; unitName?: string; skillId: string; reason?: string }[]
  readonly skills: readonly { id: string; name: string }[]
}

/** Why each of these was refused, in the words of the service. */
export function Reasons({ items, skills }: ReasonsProps) {
  const words = useWords()
  if (items.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard
    <ul className={css.reasons} tabIndex={0} aria-label={words.change.refused}>
      {items.map(({ unitId, unitName, skillId, reason }) => (
        <li key={`${unitId} ${skillId}`}>
          <Link href={`/u/${encodeURIComponent(unitId)}`}>
            <bdi>{unitName ?? unitId}</bdi>
          </Link>
          {' · '}
          {skills.find(({ id }) => id === skillId)?.name ?? skillId}
          <p>{reason}</p>
        </li>
      ))}
    </ul>
  )
}
