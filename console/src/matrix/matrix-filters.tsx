/** The filters of the matrix. They stand in the address, so that a copied link shows the same. */
import { type ReactNode, useDeferredValue, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { Check, Field, Select } from '../ui/controls.tsx'
import { useWords } from '../words/words.tsx'
import css from './matrix-screen.module.css'
import type { Matrix } from './use-matrix.ts'
import { changedChoices, type MatrixFilters } from './visible-rows.ts'

type Name = 'q' | 'floor' | 'skill' | 'state' | 'changed' | 'diff' | 'room'

/** The address of the screen: its filters and the open room. */
export function useMatrixAddress() {
  const [query, setQuery] = useSearchParams()
  const get = (name: Name) => query.get(name) ?? ''
  const [text, floor, state, changed] = [get('q'), get('floor'), get('state'), get('changed')]
  const onlyDifferences = get('diff') !== ''
  const filters = useMemo(
    (): MatrixFilters => ({ text, floor, state, changed, onlyDifferences }),
    [text, floor, state, changed, onlyDifferences],
  )
  return {
    filters: useDeferredValue(filters),
    get,
    set(name: Name, value: string, replace = true) {
      setQuery(
        (before) => {
          const next = new URLSearchParams(before)
          if (value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace },
      )
    },
    clear: () => setQuery({}, { replace: true }),
  }
}

export type MatrixAddress = ReturnType<typeof useMatrixAddress>

interface FiltersProps {
  readonly matrix: Matrix
  readonly address: MatrixAddress
  /** A choice before the others. */
  readonly children: ReactNode
}

/** A property with more units of one kind has too many for a list. */
const floorsMax = 500

export function MatrixFilterBar({
  matrix: { store, structure },
  address: { get, set },
  children,
}: FiltersProps) {
  const words = useWords()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows of the store are others when its structure has moved
  const floors = useMemo(
    () =>
      store.order
        .filter((row) => row > 0 && !store.isRoom(row))
        .slice(0, floorsMax)
        .flatMap((row) => store.rows[row] ?? [])
        .map(
          ({ id, name, level }) =>
            [id, `${'\u2003'.repeat(level - (store.rows[0]?.level ?? 0) - 1)}${name}`] as const,
        ),
    [store, structure],
  )
  return (
    <div className={css.filters}>
      {children}
      <Field label={words.matrix.filterName}>
        {(control) => (
          <input
            {...control}
            type="search"
            value={get('q')}
            onChange={(event) => set('q', event.target.value)}
          />
        )}
      </Field>
      {floors.length > 0 && (
        <Select
          label={words.matrix.floor}
          value={get('floor')}
          options={[['', words.common.all], ...floors]}
          onChange={(value) => set('floor', value)}
        />
      )}
      <Select
        label={words.common.skill}
        value={get('skill')}
        options={[['', words.common.all], ...store.skills.map(({ id, name }) => [id, name] as const)]}
        onChange={(value) => set('skill', value)}
      />
      <Select
        label={words.matrix.stateFilter}
        value={get('state')}
        options={[
          ['', words.common.any],
          ['on', words.state.on],
          ['off', words.state.off],
          ['enabling', words.state.enabling],
          ['unlinked', words.state.unlinked],
        ]}
        onChange={(value) => set('state', value)}
      />
      <Select
        label={words.matrix.changed}
        value={get('changed')}
        options={[
          ['', words.common.any],
          ...Object.keys(changedChoices).map(
            (choice) => [choice, words.matrix.changedIn[choice] ?? choice] as const,
          ),
        ]}
        onChange={(value) => set('changed', value)}
      />
      <Check
        label={words.matrix.onlyDifferences}
        checked={get('diff') !== ''}
        onChange={(event) => set('diff', event.target.checked ? '1' : '')}
      />
    </div>
  )
}
