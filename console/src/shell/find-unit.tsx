/** The search for rooms by a part of their name, or by their ID. */
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { searchUnits } from '../api/rooms.ts'
import { useMe } from '../session/me.tsx'
import { Combobox } from '../ui/combobox.tsx'
import { useWords } from '../words/words.tsx'

/** Below so many roots a search goes on. */
const rootsMax = 10

export function FindUnit() {
  const me = useMe()
  const words = useWords()
  const [, navigate] = useLocation()
  const [text, setText] = useState('')
  const q = text.trim()
  const { items, isPending } = useQueries({
    queries: me.roots.slice(0, rootsMax).map(({ unit }) => ({
      queryKey: ['find', unit.id, q],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await searchUnits(unit.id, q, signal),
      enabled: q !== '',
      staleTime: 30_000,
    })),
    combine: (results) => ({
      isPending: results.some(({ isFetching }) => isFetching),
      items: results.flatMap(({ data }) => data?.items ?? []),
    }),
  })
  const found = items.map(({ id, name, path }) => ({
    key: id,
    text: name,
    note: path.map((one) => one.name).join(' › '),
  }))
  const state =
    q === '' ? words.shell.findHint : isPending ? words.common.loading : words.shell.found(found.length)
  return (
    <Combobox
      label={words.shell.find}
      items={found}
      state={state}
      onType={setText}
      onChoose={({ key }) => navigate(`/u/${encodeURIComponent(key)}`)}
    />
  )
}
