/** The person, client or operator who is signed in, with their highest units. */
import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import { readMe } from '../api/rooms.ts'
import type { Me } from '../api/wire.ts'
import { Shown } from '../ui/states.tsx'

const MeContext = createContext<Me | undefined>(undefined)

export function MeProvider({ children }: { readonly children: ReactNode }) {
  const query = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => readMe(signal), staleTime: 60_000 })
  return <Shown query={query}>{(me) => <MeContext value={me}>{children}</MeContext>}</Shown>
}

export function useMe(): Me {
  const me = useContext(MeContext)
  if (!me) throw new Error('There is nobody.')
  return me
}

/** Whether the reader may change something anywhere: a viewer may not. */
export function mayChange(me: Me): boolean {
  return me.kind === 'operator' || me.roots.some(({ role }) => role !== 'viewer')
}
