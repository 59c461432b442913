/** Says on every screen that this is a service for tests, and moves its clock. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { advanceClock, changeClock, readClock } from '../api/test-controls.ts'
import { useMe } from '../session/me.tsx'
import { Button } from '../ui/controls.tsx'
import { problemText } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './developer.module.css'

const refreshMs = 5000

export function DeveloperBar() {
  const words = useWords()
  const me = useMe()
  return (
    <aside className={css.bar} aria-label={words.developer.title}>
      <strong>{words.developer.title}</strong>
      {me.kind === 'operator' && <ClockTools />}
    </aside>
  )
}

function ClockTools() {
  const words = useWords()
  const formats = useFormats()
  const queries = useQueryClient()
  const clock = useQuery({
    queryKey: ['test', 'clock'],
    queryFn: async ({ signal }) => await readClock(signal),
    refetchInterval: refreshMs,
  })
  const move = useMutation({
    mutationFn: async (step: () => Promise<unknown>) => await step(),
    // A clock that has moved may have changed everything.
    onSettled: async () => await queries.invalidateQueries(),
  })
  if (!clock.data) return null
  const { now, mode, nextDue } = clock.data
  const isFrozen = mode === 'frozen'
  return (
    <>
      <span>
        {words.developer.clock}: {formats.when(now)} {isFrozen && `(${words.developer.frozen})`}
      </span>
      <Button small disabled={move.isPending} onClick={() => move.mutate(() => advanceClock({ by: 'PT1M' }))}>
        {words.developer.plusMinute}
      </Button>
      <Button small disabled={move.isPending} onClick={() => move.mutate(() => advanceClock({ by: 'PT1H' }))}>
        {words.developer.plusHour}
      </Button>
      <Button
        small
        disabled={move.isPending || !nextDue}
        title={nextDue ? `${nextDue.what}, ${formats.when(nextDue.at)}` : ''}
        onClick={() => move.mutate(() => advanceClock({ toNextDue: true }))}
      >
        {words.developer.nextDue}
      </Button>
      <Button
        small
        disabled={move.isPending}
        onClick={() => move.mutate(() => changeClock({ mode: isFrozen ? 'running' : 'frozen' }))}
      >
        {isFrozen ? words.developer.run : words.developer.freeze}
      </Button>
      {move.error && <span role="alert">{problemText(words, move.error).message}</span>}
    </>
  )
}
