/** The items of an ended change that were not done, and why. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { readChangeItems } from '../api/changes.ts'
import type { Change } from '../api/wire.ts'
import { Button } from '../ui/controls.tsx'
import { Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { Reasons } from './reasons.tsx'

const outcomes = ['refused', 'gone', 'waiting'] as const
const itemsOfPage = 200

interface NotDoneProps {
  readonly change: Change
  readonly skills: readonly { id: string; name: string }[]
}

/** Shows the items of each outcome that a retry takes up again. */
export function NotDone({ change, skills }: NotDoneProps) {
  return outcomes
    .filter((outcome) => change.counts[outcome] > 0)
    .map((outcome) => <ItemsOf key={outcome} {...{ change, skills, outcome }} />)
}

function ItemsOf({
  change,
  skills,
  outcome,
}: NotDoneProps & { readonly outcome: (typeof outcomes)[number] }) {
  const words = useWords()
  const formats = useFormats()
  const query = useInfiniteQuery({
    queryKey: ['change-items', change.id, outcome],
    queryFn: async ({ signal, pageParam }) =>
      await readChangeItems(
        change.id,
        { outcome, maxResults: itemsOfPage, ...(pageParam !== undefined && { after: pageParam }) },
        signal,
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
  })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const hidden = change.counts[outcome] - items.length
  return (
    <>
      <Reasons label={words.change[outcome]} items={items} skills={skills} />
      {query.error && <Problem error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && hidden > 0 && (
        <p>
          {words.change.moreRefused(formats.number(hidden))}{' '}
          {query.hasNextPage && (
            <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {words.common.more}
            </Button>
          )}
        </p>
      )}
    </>
  )
}
