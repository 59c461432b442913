/** The actions on the selected rooms, or on all that are shown. */

import { csvLine, download } from '../browser/download.ts'
import { Button } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { namedMax } from './chosen-units.ts'
import type { MatrixStore } from './matrix-store.ts'
import type { Selection } from './selection.ts'

interface BarProps {
  readonly store: MatrixStore
  readonly selection: Selection
  /** How many rooms are shown. */
  readonly rooms: number
  /** All rooms have arrived. */
  readonly isComplete: boolean
  /** A filter of the service stands for the rooms, however many they are. */
  readonly hasFilter: boolean
  readonly begin: (action: 'enable' | 'disable') => void
  readonly ids: () => readonly string[]
}

export function SelectionBar({ store, selection, rooms, isComplete, hasFilter, begin, ids }: BarProps) {
  const words = useWords()
  const formats = useFormats()
  const chosen = selection.ids.size
  const count = chosen > 0 ? chosen : rooms
  const hidden = chosen > 0 ? chosen - shownOf(store, selection) : 0
  const isTooMany = count > namedMax && !hasFilter
  const cannot = !isComplete || count === 0 || isTooMany
  return (
    <>
      <strong role="status">
        {chosen > 0
          ? words.matrix.selected(formats.number(chosen), chosen)
          : words.matrix.allShown(formats.number(rooms), rooms)}
        {hidden > 0 && ` ${words.matrix.notThere(formats.number(hidden))}`}
      </strong>
      <Button kind="primary" small disabled={cannot} onClick={() => begin('enable')}>
        {words.change.enableButton}
      </Button>
      <Button small disabled={cannot} onClick={() => begin('disable')}>
        {words.change.disableButton}
      </Button>
      {!isComplete && <span>{words.matrix.notComplete}</span>}
      {isTooMany && <span>{words.matrix.tooMany(formats.number(namedMax))}</span>}
      {chosen > 0 && (
        <>
          <CopyId id={ids().join('\n')} label={words.matrix.copyIds} />
          <Button small kind="quiet" onClick={() => download('rooms.csv', csvOf(store, ids()))}>
            CSV
          </Button>
          <Button small kind="quiet" onClick={selection.clear}>
            {words.matrix.clearSelection}
          </Button>
        </>
      )}
    </>
  )
}

/** How many of the selected rooms still exist here. */
function shownOf(store: MatrixStore, selection: Selection): number {
  return [...selection.ids].filter((id) => store.rowOf(id) !== undefined).length
}

function csvOf(store: MatrixStore, ids: readonly string[]): string {
  const heads = ['id', 'name', ...store.skills.map(({ name }) => name)]
  const lines = ids.map((id) => {
    const row = store.rowOf(id)
    if (row === undefined) return [id]
    const states = store.skills.map((_, column) => store.code(row, column))
    return [id, store.rows[row]?.name ?? '', ...states]
  })
  return [heads, ...lines].map(csvLine).join('\r\n')
}
