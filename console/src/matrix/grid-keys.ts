/** The keyboard and the pointer in the grid: one handler each for all cells. */
import { type KeyboardEvent, type MouseEvent, type RefObject, useEffect, useRef, useState } from 'react'
import {
  columnWidth,
  type GridPlace,
  type GridProps,
  headHeight,
  lineHeight,
  nameWidth,
} from './grid-shape.ts'

interface GridKeys extends GridProps {
  readonly frame: RefObject<HTMLDivElement | null>
  readonly focus: RefObject<GridPlace>
}

export function useGridKeys(grid: GridKeys) {
  const { frame, focus, rows, columns, store, selection } = grid
  const [place, setPlace] = useState<GridPlace>({ line: -1, column: -1 })
  const wantsFocus = useRef(false)
  const anchor = useRef(-1)

  // The cell may be in the document only after the grid has scrolled and drawn again.
  useEffect(() => {
    if (!wantsFocus.current) return
    const cell = frame.current?.querySelector<HTMLElement>(
      `[data-l="${place.line}"][data-c="${place.column}"]`,
    )
    if (!cell) return
    wantsFocus.current = false
    cell.focus({ preventScroll: true })
  })

  function move(line: number, column: number): void {
    const next = {
      line: Math.max(-1, Math.min(line, rows.length - 1)),
      column: Math.max(-1, Math.min(column, columns.length)),
    }
    focus.current = next
    wantsFocus.current = true
    setPlace(next)
    if (frame.current) reveal(frame.current, next)
  }

  function open({ line, column }: GridPlace): void {
    const skill = store.skills[columns[column] ?? -1]
    const unit = store.rows[rows[line] ?? -1]
    if (line === -1 && skill) grid.onSkill(skill.id)
    else if (line === -1 && column === -1) selection.toggleAll(rows)
    else if (unit) grid.onOpen(unit.id, skill?.id)
  }

  function select(line: number, isRange: boolean): void {
    if (line < 0) selection.toggleAll(rows)
    else if (isRange && anchor.current >= 0) {
      const [from, to] = [Math.min(anchor.current, line), Math.max(anchor.current, line)]
      selection.add(rows.slice(from, to + 1))
    } else {
      selection.toggle(rows[line] ?? 0, rows)
      anchor.current = line
    }
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const { line, column } = place
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / lineHeight) - 2)
    const step = stepOf(event, place, { page, lastLine: rows.length - 1, lastColumn: columns.length })
    const unit = store.rows[rows[line] ?? -1]
    const isGroup = unit !== undefined && !store.isRoom(rows[line] ?? 0)
    const isClosed = grid.closed.has(unit?.id ?? '')
    const folds =
      isGroup && column === -1 && (isClosed ? event.key === 'ArrowRight' : event.key === 'ArrowLeft')
    if (folds && unit) grid.onFold(unit.id)
    else if (step) {
      move(step.line, step.column)
      if (event.shiftKey && /^(Arrow(Up|Down)|Page)/.test(event.key)) {
        if (anchor.current < 0) anchor.current = line
        select(Math.max(0, Math.min(step.line, rows.length - 1)), true)
      }
    } else if (event.key === ' ') select(line, event.shiftKey)
    else if (event.key === 'Enter') open(place)
    else if (event.key === 'Escape') selection.clear()
    else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) selection.add(rows)
    else return
    event.preventDefault()
  }

  function onClick(event: MouseEvent<HTMLDivElement>): void {
    const at = placeOf(event.target)
    if (!at || !(event.target instanceof Element)) return
    move(at.line, at.column)
    if (event.target.closest('[data-fold]')) grid.onFold(store.rows[rows[at.line] ?? -1]?.id ?? '')
    else if (event.target.closest('[data-select]')) select(at.line, event.shiftKey)
    else if (!event.target.closest('input')) {
      if (event.shiftKey || event.ctrlKey || event.metaKey) select(at.line, event.shiftKey)
      else open(at)
    }
  }

  function onFocus(event: { target: EventTarget }): void {
    const at = placeOf(event.target)
    if (!at || (at.line === place.line && at.column === place.column)) return
    focus.current = at
    setPlace(at)
  }

  return { place, handlers: { onKeyDown, onClick, onFocus } }
}

function placeOf(target: EventTarget): GridPlace | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-l]') : null
  return cell ? { line: Number(cell.dataset['l']), column: Number(cell.dataset['c']) } : undefined
}

interface Extent {
  /** So many lines are a page. */
  readonly page: number
  readonly lastLine: number
  readonly lastColumn: number
}

/** Where a key leads; undefined for a key that does not move. */
function stepOf(event: KeyboardEvent, { line, column }: GridPlace, { page, lastLine, lastColumn }: Extent) {
  const steps: Readonly<Record<string, GridPlace>> = {
    ArrowDown: { line: line + 1, column },
    ArrowUp: { line: line - 1, column },
    ArrowRight: { line, column: column + 1 },
    ArrowLeft: { line, column: column - 1 },
    PageDown: { line: line + page, column },
    PageUp: { line: Math.max(0, line - page), column },
    Home: event.ctrlKey ? { line: 0, column: -1 } : { line, column: -1 },
    End: event.ctrlKey ? { line: lastLine, column: lastColumn } : { line, column: lastColumn },
  }
  return steps[event.key]
}

/** Scrolls as far as the cell needs to be in view, beside the head and the names. */
function reveal(frame: HTMLDivElement, { line, column }: GridPlace): void {
  if (line >= 0) {
    const top = line * lineHeight
    const bottom = top + lineHeight + headHeight - frame.clientHeight
    frame.scrollTop = Math.min(top, Math.max(bottom, frame.scrollTop))
  }
  if (column >= 0) {
    const start = column * columnWidth
    const end = start + columnWidth + nameWidth - frame.clientWidth
    frame.scrollLeft = Math.min(start, Math.max(end, frame.scrollLeft))
  }
}
