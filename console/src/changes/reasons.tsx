import { Link } from 'wouter'
import css from './changes.module.css'

interface ReasonsProps {
  /** The outcome of all of them. An item without a reason has this as its reason. */
  readonly label: string
  readonly items: readonly { unitId: string; unitName?: string; skillId: string; reason?: string }[]
  readonly skills: readonly { id: string; name: string }[]
}

/** Why each of these was not done, in the words of the service. */
export function Reasons({ label, items, skills }: ReasonsProps) {
  if (items.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard
    <ul className={css.reasons} tabIndex={0} aria-label={label}>
      {items.map(({ unitId, unitName, skillId, reason }) => (
        <li key={`${unitId} ${skillId}`}>
          <Link href={`/u/${encodeURIComponent(unitId)}`}>
            <bdi>{unitName ?? unitId}</bdi>
          </Link>
          {' · '}
          {skills.find(({ id }) => id === skillId)?.name ?? skillId}
          <p>{reason ?? label}</p>
        </li>
      ))}
    </ul>
  )
}
