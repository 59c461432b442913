/** Shows the console to whoever is signed in, and the sign-in to everybody else. */
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { session } from '../api/call.ts'
import { Loading, Problem } from '../ui/states.tsx'
import { arrive } from './arrive.ts'
import { SignIn } from './sign-in.tsx'

/** One arrival for a page, however often React mounts. */
let arriving: Promise<unknown> | undefined

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const state = useSyncExternalStore(session.listen, () => session.state)
  const [problem, setProblem] = useState<unknown>()
  const [wasIn, setWasIn] = useState(false)
  useEffect(() => {
    arriving ??= arrive()
    arriving.catch((error: unknown) => setProblem(error))
  }, [])
  useEffect(() => {
    if (state === 'in') setWasIn(true)
  }, [state])

  if (state === 'in') return children
  // What is on the screen stays while one signs in again in another tab.
  if (state === 'out') return <SignIn problem={problem} hasEnded={wasIn} />
  if (problem !== undefined) return <Problem error={problem} onRetry={() => location.reload()} />
  return <Loading />
}
