import { useQueries } from '@tanstack/react-query'
import { readUnit } from '../api/rooms.ts'

/** The names of units, asked once each and kept. */
export function useUnitNames(ids: readonly string[]): ReadonlyMap<string, string> {
  return useQueries({
    queries: [...new Set(ids)].map((id) => ({
      queryKey: ['unit', id],
      queryFn: async ({ signal }: { signal: AbortSignal }) => await readUnit(id, signal),
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
      refetchInterval: false as const,
    })),
    combine: (results) =>
      new Map(results.flatMap(({ data }) => (data ? [[data.id, data.name] as const] : []))),
  })
}
