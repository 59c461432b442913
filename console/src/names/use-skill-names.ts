import { useQueries } from '@tanstack/react-query'
import { readMatrixPage } from '../api/rooms.ts'
import type { MatrixSkill } from '../api/wire.ts'
import { useMe } from '../session/me.tsx'

/** The skills that one may see, for names. They are the same for all units of a service. */
export function useSkillNames(): readonly MatrixSkill[] {
  const me = useMe()
  return useQueries({
    queries: me.roots.slice(0, 1).map(({ unit }) => ({
      queryKey: ['skills', unit.id],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await readMatrixPage(unit.id, { maxResults: 1 }, signal)).skills,
      staleTime: 60_000,
    })),
    combine: ([first]) => first?.data ?? [],
  })
}
