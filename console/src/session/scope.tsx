/** The unit whose entries a list shows: the operator may see all, others choose one of their units. */
import { useSearchParams } from 'wouter'
import { Select } from '../ui/controls.tsx'
import { useWords } from '../words/words.tsx'
import { useMe } from './me.tsx'

export function useScope() {
  const words = useWords()
  const me = useMe()
  const [query, setQuery] = useSearchParams()
  const wanted = query.get('under') ?? undefined
  const isOperator = me.kind === 'operator'
  const under = wanted ?? (isOperator ? undefined : me.roots[0]?.unit.id)
  const isRoot = me.roots.some(({ unit }) => unit.id === under)
  const chooser = (me.roots.length > 1 || isOperator) && (
    <Select
      label={words.common.under}
      value={under ?? ''}
      options={[
        ...(isOperator ? ([['', words.common.everything]] as const) : []),
        ...me.roots.map(({ unit }) => [unit.id, unit.name] as const),
        ...(under !== undefined && !isRoot ? ([[under, under]] as const) : []),
      ]}
      onChange={(id) =>
        setQuery((before) => {
          const next = new URLSearchParams(before)
          if (id === '') next.delete('under')
          else next.set('under', id)
          return next
        })
      }
    />
  )
  return { under, chooser }
}
