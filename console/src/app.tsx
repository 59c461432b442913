/** The console: who is signed in decides what is there. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Router } from 'wouter'
import { mayRecover, session } from './api/call.ts'
import { LinkedPage } from './linking/linked-page.tsx'
import { SessionGate } from './session/session-gate.tsx'
import { Shell } from './shell/shell.tsx'
import { SpeakingProvider } from './words/words.tsx'

const retriesMax = 2

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      retry: (count, error) => mayRecover(error) && count < retriesMax,
      // While the service is away, what was read stays, and is read again when it is back.
      refetchInterval: (query) =>
        query.state.status === 'error' && mayRecover(query.state.error) ? 5_000 : false,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

// Whoever signs in next sees nothing of what the last one read.
session.listen(() => {
  if (session.state === 'out') queries.clear()
})

export function App() {
  return (
    <SpeakingProvider>
      <QueryClientProvider client={queries}>
        <Router base="/console">
          {location.pathname === '/console/linked' ? (
            <LinkedPage />
          ) : (
            <SessionGate>
              <Shell />
            </SessionGate>
          )}
        </Router>
      </QueryClientProvider>
    </SpeakingProvider>
  )
}
