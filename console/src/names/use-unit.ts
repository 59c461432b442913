import { useQuery } from '@tanstack/react-query'
import { readUnit } from '../api/rooms.ts'

/** A unit by its ID. Names change seldom, so they are kept for a while. */
export function useUnit(unitId: string) {
  return useQuery({
    queryKey: ['unit', unitId],
    queryFn: async ({ signal }) => await readUnit(unitId, signal),
    staleTime: 60_000,
  })
}
