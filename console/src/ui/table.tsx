import type { ReactNode } from 'react'
import css from './table.module.css'

interface TableProps {
  /** Says what the table has; it is also the name of the scrolling frame. */
  readonly caption: string
  readonly heads: readonly string[]
  /** Which columns have numbers. */
  readonly numbers?: readonly number[]
  readonly children: ReactNode
}

/** A table that scrolls sideways by itself where the window is narrow. */
export function Table({ caption, heads, numbers = [], children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reached by the keyboard
    <section className={css.frame} aria-label={caption} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" className={numbers.includes(index) ? css.number : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}

export const numberClass = css.number
