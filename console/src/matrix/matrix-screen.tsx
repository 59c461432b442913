/** Which skill is on in which room. */
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import type { ChangeDraft } from '../changes/change-draft.ts'
import { RunningChanges } from '../changes/running-changes.tsx'
import { mayChange, useMe } from '../session/me.tsx'
import { Button, Select } from '../ui/controls.tsx'
import { useTitle } from '../ui/page.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Empty, Loading, Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { filterFor, namedMax } from './chosen-units.ts'
import { Grid } from './grid.tsx'
import { MatrixFilterBar, useMatrixAddress } from './matrix-filters.tsx'
import css from './matrix-screen.module.css'
import { RoomList } from './room-list.tsx'
import { useSelection } from './selection.ts'
import { SelectionBar } from './selection-bar.tsx'
import { useMatrix, useShownRows } from './use-matrix.ts'
import { useNarrow } from './use-narrow.ts'

const ChangeDialog = lazy(async () => ({
  default: (await import('../changes/change-dialog.tsx')).ChangeDialog,
}))
const RoomPanel = lazy(async () => ({ default: (await import('../room/room-panel.tsx')).RoomPanel }))

export function MatrixScreen({ unitId }: { readonly unitId: string }) {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const address = useMatrixAddress()
  const { filters, get } = address
  const matrix = useMatrix(unitId, get('skill'))
  const { store, structure, state } = matrix
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the skills of the store are others when its structure has moved
  const columns = useMemo(() => store.skills.map((_, column) => column), [store, structure])
  const shown = useShownRows(matrix, filters, columns, closed)
  const selection = useSelection(store, structure)
  const [draft, setDraft] = useState<ChangeDraft>()
  const [marked, setMarked] = useState<string>()
  const isNarrow = useNarrow()
  const title = store.rows[0]?.name ?? words.shell.rooms
  useTitle(title)

  const onFold = useCallback((id: string) => {
    setClosed((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const roomIds = () => {
    if (selection.ids.size > 0) return [...selection.ids]
    return shown.rows.filter((row) => store.isRoom(row)).map((row) => store.rows[row]?.id ?? '')
  }
  /** The filter, if there are too many to name them and one fits. */
  const units = useMemo(() => {
    const rooms = shown.rows.filter((row) => store.isRoom(row))
    if (selection.ids.size > 0 || rooms.length <= namedMax) return undefined
    return filterFor(store, { under: filters.floor || unitId, text: filters.text }, rooms)
  }, [shown, store, selection, filters, unitId])
  const begin = (action: 'enable' | 'disable', skillIds: readonly string[] = []) => {
    // Rooms that have not arrived yet would be left out.
    if (!state.isComplete || !mayChange(me)) return
    const ids = roomIds()
    setDraft({
      action,
      skillIds,
      units: units ?? { ids },
      rooms: ids.length,
      skills: store.skills,
      rootId: unitId,
    })
  }

  if (store.rows.length === 0) {
    if (state.problem !== undefined) return <Problem error={state.problem} onRetry={matrix.restart} />
    return <Loading />
  }
  const rooms = shown.rows.filter((row) => store.isRoom(row)).length
  const openRoom = get('room')
  return (
    <div className={css.screen}>
      <div className={css.top}>
        <div className={css.titles}>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <span>{words.matrix.roomCount(formats.number(rooms), rooms)}</span>
          {!state.isComplete && <span role="status">{words.common.loading}</span>}
          <span className={css.live} data-state={state.follow}>
            {words.matrix.follow[state.follow]}
          </span>
        </div>
        <MatrixFilterBar matrix={matrix} address={address}>
          <RootChoice unitId={unitId} title={title} />
        </MatrixFilterBar>
        {state.hasMoreSkills && <p>{words.matrix.moreSkills}</p>}
        <RunningChanges under={unitId} />
      </div>
      {state.follow === 'stopped' ? (
        <Problem error={state.problem} onRetry={matrix.restart} />
      ) : shown.rows.length === 0 || store.skills.length === 0 ? (
        <div className={css.top}>
          <Empty title={store.skills.length === 0 ? words.matrix.noSkills : words.matrix.noRooms}>
            {store.skills.length > 0 && <Button onClick={address.clear}>{words.matrix.clearFilters}</Button>}
          </Empty>
        </div>
      ) : isNarrow ? (
        <RoomList store={store} rows={shown.rows} />
      ) : (
        <Grid
          store={store}
          version={matrix.version}
          rows={shown.rows}
          columns={columns}
          closed={closed}
          leaving={shown.leaving}
          selection={selection}
          onFold={onFold}
          onOpen={(id, skillId) => {
            setMarked(skillId)
            address.set('room', id, false)
          }}
          onSkill={(id) => begin('enable', [id])}
        />
      )}
      <div className={css.bar}>
        {mayChange(me) && (
          <SelectionBar
            {...{ store, selection, rooms, begin }}
            ids={roomIds}
            isComplete={state.isComplete}
            hasFilter={units !== undefined}
          />
        )}
        <div className={css.legend}>
          <StateMark code="E" />
          <StateMark code="." />
          <StateMark code="e" />
          <StateMark code="!" />
          <StateMark code="w" />
        </div>
      </div>
      <Suspense fallback={null}>
        {openRoom !== '' && (
          <RoomPanel unitId={openRoom} marked={marked} onClose={() => address.set('room', '', false)} />
        )}
        {draft && <ChangeDialog draft={draft} onClose={() => setDraft(undefined)} />}
      </Suspense>
    </div>
  )
}

/** Whoever looks after several properties chooses one. */
function RootChoice({ unitId, title }: { readonly unitId: string; readonly title: string }) {
  const words = useWords()
  const me = useMe()
  const [, navigate] = useLocation()
  const isRoot = me.roots.some(({ unit }) => unit.id === unitId)
  if (isRoot && me.roots.length === 1) return null
  return (
    <Select
      label={words.matrix.property}
      value={isRoot ? unitId : ''}
      options={[
        ...(isRoot ? [] : ([['', title]] as const)),
        ...me.roots.map(({ unit }) => [unit.id, unit.name] as const),
      ]}
      onChange={(id) => navigate(`/p/${encodeURIComponent(id)}`)}
    />
  )
}
