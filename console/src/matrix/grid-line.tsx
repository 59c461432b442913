/** One unit of the grid: drawn again only if its cells, its place or the focus have changed. */
import { memo } from 'react'
import { classes } from '../ui/controls.tsx'
import { stateNames } from '../ui/state-mark.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './grid.module.css'
import { columnWidth, nameWidth, timeColumn } from './grid-shape.ts'
import type { MatrixStore } from './matrix-store.ts'
import type { Selected } from './selection.ts'

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
        style={{ paddingInlineStart: `${0.35 + Math.min(depth, 5) * 0.6}rem` }}
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
        const Cell = column === timeColumn ? TimeCell : GridCell
        return (
          <Cell
            key={column}
            store={store}
            row={row}
            column={column}
            index={index}
            place={places[at] ?? 0}
            hasTab={focusColumn === places[at]}
          />
        )
      })}
    </div>
  )
})

interface CellProps {
  readonly store: MatrixStore
  readonly row: number
  readonly column: number
  /** The place of the line among those that are shown. */
  readonly index: number
  readonly place: number
  readonly hasTab: boolean
}

/** The state of a room, or for a unit with others below, in how many of their rooms the skill is on. */
function GridCell({ store, row, column, index, place, hasTab }: CellProps) {
  const words = useWords()
  const formats = useFormats()
  const unit = store.rows[row]?.name ?? ''
  const skill = store.skills[column]?.name ?? ''
  const own = stateNames[store.code(row, column)]
  const isRoom = store.isRoom(row)
  const { on, rooms } = isRoom ? { on: 0, rooms: 0 } : store.onBelow(row, column)
  const total = `${formats.number(on)}/${formats.number(rooms)}`
  const look = on > 0 && on === rooms ? css.totalon : css.total
  const label = isRoom
    ? words.matrix.cell(unit, skill, words.state[own])
    : words.matrix.groupCell(unit, skill, total, own === 'off' ? '' : words.state[own])
  return (
    <div
      className={classes(css.cell, isRoom ? css[own] : look, !isRoom && own !== 'off' && css.itself)}
      role="gridcell"
      aria-colindex={place + 2}
      aria-label={label}
      data-l={index}
      data-c={place}
      tabIndex={hasTab ? 0 : -1}
      style={{ left: nameWidth + place * columnWidth }}
    >
      {isRoom ? null : total}
    </div>
  )
}

function TimeCell({ store, row, index, place, hasTab }: CellProps) {
  const words = useWords()
  const formats = useFormats()
  const at = store.changedAt(row)
  const text = at === 0 ? '–' : formats.brief(at)
  return (
    <div
      className={classes(css.cell, css.total)}
      role="gridcell"
      aria-colindex={place + 2}
      aria-label={words.matrix.changedCell(store.rows[row]?.name ?? '', at === 0 ? '' : text)}
      data-l={index}
      data-c={place}
      tabIndex={hasTab ? 0 : -1}
      style={{ left: nameWidth + place * columnWidth }}
    >
      {text}
    </div>
  )
}
