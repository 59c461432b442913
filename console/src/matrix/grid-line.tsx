/** One unit of the grid: drawn again only if its cells, its place or the focus have changed. */
import { memo } from 'react'
import { stateNames } from '../ui/state-mark.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { nameWidth } from './grid.tsx'
import css from './grid.module.css'
import type { MatrixStore } from './matrix-store.ts'
import type { Selected } from './selection.ts'

const columnWidth = 112

interface LineProps {
  readonly store: MatrixStore
  readonly row: number
  readonly version: number
  readonly structure: number
  /** Among the shown rows. */
  readonly index: number
  readonly top: number
  readonly width: number
  /** The drawn columns of the store and their places in the grid, as texts that are compared by value. */
  readonly columns: string
  readonly places: string
  readonly firstColumn: number
  readonly isClosed: boolean
  readonly isLeaving: boolean
  readonly selected: Selected
  /** Where in this line the focus may go; -1 is the name. */
  readonly focusColumn: number | undefined
}

export const GridLine = memo(function GridLine(props: LineProps) {
  const { store, row, index, top, width, isClosed, isLeaving, selected, focusColumn } = props
  const words = useWords()
  const formats = useFormats()
  const unit = store.rows[row]
  if (!unit) return null
  const isRoom = store.isRoom(row)
  const columns = props.columns === '' ? [] : props.columns.split(' ').map(Number)
  const places = props.places.split(' ').map(Number)
  const depth = unit.level - (store.rows[0]?.level ?? 0)
  return (
    // biome-ignore lint/a11y/useSemanticElements: see grid.tsx
    // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
    <div
      className={css.line}
      role="row"
      aria-rowindex={index + 2}
      aria-level={depth + 1}
      aria-selected={selected === 'all'}
      {...(!isRoom && { 'aria-expanded': !isClosed, 'data-group': '' })}
      {...(isLeaving && { 'data-leaving': '' })}
      style={{ transform: `translateY(${top}px)`, width }}
    >
      <div
        className={css.name}
        role="rowheader"
        aria-colindex={1}
        data-l={index}
        data-c={-1}
        tabIndex={focusColumn === -1 ? 0 : -1}
        style={{ paddingInlineStart: `${0.35 + Math.min(depth, 5) * 0.8}rem` }}
      >
        {!isRoom && (
          <button
            type="button"
            className={css.fold}
            data-fold=""
            tabIndex={-1}
            aria-label={isClosed ? words.matrix.unfold(unit.name) : words.matrix.fold(unit.name)}
          >
            {isClosed ? '▸' : '▾'}
          </button>
        )}
        <input
          type="checkbox"
          data-select=""
          tabIndex={-1}
          aria-label={words.matrix.select(unit.name)}
          checked={selected === 'all'}
          readOnly
          ref={(box) => {
            if (box) box.indeterminate = selected === 'some'
          }}
        />
        <span title={unit.name}>
          <bdi>{unit.name}</bdi>
        </span>
        {!isRoom && <small>{formats.number(store.roomsOf(row).length)}</small>}
      </div>
      {columns.map((column, at) => {
        const place = places[at] ?? 0
        const own = stateNames[store.code(row, column)]
        const left = nameWidth + place * columnWidth
        const tabIndex = focusColumn === place ? 0 : -1
        const skill = store.skills[column]?.name ?? ''
        const shared = { role: 'gridcell', 'aria-colindex': place + 2, 'data-l': index, 'data-c': place, tabIndex }
        if (isRoom)
          return (
            <div
              key={column}
              {...shared}
              className={`${css.cell} ${css[own]}`}
              aria-label={words.matrix.cell(unit.name, skill, words.state[own])}
              style={{ left }}
            />
          )
        const { on, rooms } = store.onBelow(row, column)
        return (
          <div
            key={column}
            {...shared}
            className={`${css.cell} ${on > 0 && on === rooms ? css.totalon : css.total}`}
            aria-label={words.matrix.groupCell(unit.name, skill, on, rooms, own === 'off' ? '' : words.state[own])}
            style={{ left }}
          >
            {`${own === 'off' ? '' : '● '}${formats.number(on)}/${formats.number(rooms)}`}
          </div>
        )
      })}
    </div>
  )
})
