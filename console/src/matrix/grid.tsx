/**
 * The rooms and skills as a grid of which only the part in view is in the document: one element a cell. Arrows move the focus, Space
 * selects, Shift extends, Enter opens. The row with the focus is never taken out of the document.
 */
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef } from 'react'
import { useWords } from '../words/words.tsx'
import css from './grid.module.css'
import { GridHead } from './grid-head.tsx'
import { useGridKeys } from './grid-keys.ts'
import { GridLine } from './grid-line.tsx'
import {
  columnWidth,
  type GridPlace,
  type GridProps,
  headHeight,
  lineHeight,
  nameWidth,
  timeColumn,
} from './grid-shape.ts'

export function Grid(props: GridProps) {
  const { store, rows, columns, selection, closed, leaving } = props
  const words = useWords()
  const frame = useRef<HTMLDivElement>(null)
  const focus = useRef<GridPlace>({ line: -1, column: -1 })
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => lineHeight,
    overscan: 4,
    paddingStart: headHeight,
    getItemKey: (index) => rows[index] ?? index,
    rangeExtractor: useCallback((range: Range) => withFocus(range, focus.current.line), []),
  })
  const across = useVirtualizer({
    horizontal: true,
    // The last column has the time of the last change.
    count: columns.length + 1,
    getScrollElement: () => frame.current,
    estimateSize: () => columnWidth,
    overscan: 1,
    paddingStart: nameWidth,
    rangeExtractor: useCallback((range: Range) => withFocus(range, focus.current.column), []),
  })
  const keys = useGridKeys({ ...props, frame, focus })
  const drawn = across.getVirtualItems()
  const drawnColumns = drawn.map(({ index }) => columns[index] ?? timeColumn).join(' ')
  const width = across.getTotalSize()

  // The place with the focus moves with its room when rows come and go.
  useEffect(() => {
    const last = rows.length - 1
    if (focus.current.line > last) focus.current = { ...focus.current, line: last }
  }, [rows])

  return (
    <div
      className={css.scroller}
      ref={frame}
      role="treegrid"
      aria-label={words.matrix.title}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 2}
      aria-multiselectable="true"
      {...keys.handlers}
    >
      <div style={{ height: lines.getTotalSize(), width, position: 'relative' }} role="presentation">
        <GridHead {...props} drawn={drawn} width={width} place={keys.place} />
        {lines.getVirtualItems().map(({ index, start }) => {
          const row = rows[index] ?? 0
          return (
            <GridLine
              key={row}
              store={store}
              row={row}
              version={store.versionOf(row)}
              structure={store.structure}
              index={index}
              top={start}
              width={width}
              columns={drawnColumns}
              firstColumn={drawn[0]?.index ?? 0}
              places={drawn.map((item) => item.index).join(' ')}
              isClosed={closed.has(store.rows[row]?.id ?? '')}
              isLeaving={leaving.has(row)}
              selected={selection.stateOf(row)}
              focusColumn={keys.place.line === index ? keys.place.column : undefined}
            />
          )
        })}
      </div>
    </div>
  )
}

/** The part in view, and where the focus is. */
function withFocus(range: Range, place: number): number[] {
  const indexes = defaultRangeExtractor(range)
  if (place < 0 || place >= range.count || indexes.includes(place)) return indexes
  return [...indexes, place].sort((a, b) => a - b)
}
