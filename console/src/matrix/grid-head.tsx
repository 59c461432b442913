import type { VirtualItem } from '@tanstack/react-virtual'
import { useFormats, useWords } from '../words/words.tsx'
import css from './grid.module.css'
import { type GridPlace, type GridProps, timeColumn } from './grid-shape.ts'

interface HeadProps extends GridProps {
  readonly drawn: readonly VirtualItem[]
  readonly width: number
  readonly place: GridPlace
}

export function GridHead({ store, rows, columns, selection, drawn, width, place }: HeadProps) {
  const words = useWords()
  const formats = useFormats()
  const all = selection.stateOfAll(rows)
  const tab = (column: number) => (place.line === -1 && place.column === column ? 0 : -1)
  const onIn = (column: number) => {
    const counts = store.countsOf(column)
    return (counts[1] ?? 0) + (counts[2] ?? 0) + (counts[3] ?? 0) + (counts[4] ?? 0)
  }
  return (
    <div className={css.head} role="row" aria-rowindex={1} style={{ width }}>
      <div
        className={css.corner}
        role="columnheader"
        aria-colindex={1}
        data-l={-1}
        data-c={-1}
        tabIndex={tab(-1)}
      >
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={words.matrix.selectAll}
          checked={all === 'all'}
          ref={(box) => {
            if (box) box.indeterminate = all === 'some'
          }}
          onChange={() => selection.toggleAll(rows)}
        />
        {words.matrix.room}
      </div>
      {drawn.map(({ index, start }) => {
        const column = columns[index] ?? timeColumn
        const skill = store.skills[column]
        return (
          <div
            key={column}
            className={css.headcell}
            role="columnheader"
            aria-colindex={index + 2}
            data-l={-1}
            data-c={index}
            tabIndex={tab(index)}
            style={{ left: start }}
            title={skill?.name}
          >
            {column === timeColumn ? (
              words.matrix.changed
            ) : (
              <>
                <span className={css.headname}>{skill?.name}</span>
                <small>{words.matrix.onIn(formats.number(onIn(column)))}</small>
              </>
            )}
          </div>
        )
      })}
    </div>
  )
}
