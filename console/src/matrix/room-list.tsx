/** The matrix where there is no place for one: a list of rooms, each with what is on. */
import { useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../ui/controls.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './matrix-screen.module.css'
import type { MatrixStore } from './matrix-store.ts'

const step = 50

interface ListProps {
  readonly store: MatrixStore
  readonly rows: readonly number[]
}

export function RoomList({ store, rows }: ListProps) {
  const words = useWords()
  const formats = useFormats()
  const [shown, setShown] = useState(step)
  return (
    <div>
      <ul className={css.list}>
        {rows.slice(0, shown).map((row) => {
          const unit = store.rows[row]
          if (!unit) return null
          const count = (codes: string) =>
            store.skills.filter((_, column) => codes.includes(store.code(row, column))).length
          const [on, enabling, unlinked] = [count('Ee!w'), count('e'), count('!w')]
          return (
            <li key={unit.id}>
              <Link href={`/u/${encodeURIComponent(unit.id)}`}>
                <strong>
                  <bdi>{unit.name}</bdi>
                </strong>
                <small>
                  <span>{words.matrix.skillsOn(formats.number(on))}</span>
                  {enabling > 0 && (
                    <span>
                      ◐ {formats.number(enabling)} {words.state.enabling}
                    </span>
                  )}
                  {unlinked > 0 && (
                    <span>
                      ⚠ {formats.number(unlinked)} {words.state.unlinked}
                    </span>
                  )}
                </small>
              </Link>
            </li>
          )
        })}
      </ul>
      {rows.length > shown && (
        <div className={css.bar}>
          <Button onClick={() => setShown(shown + step)}>{words.common.more}</Button>
        </div>
      )}
    </div>
  )
}
