/** The states that a screen shows in the place of its content: loading, empty, refused, failed. */
import type { InfiniteQueryObserverResult, UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError, AwayError, isFinal } from '../api/problems.ts'
import type { Words } from '../words/en.ts'
import { useWords } from '../words/words.tsx'
import { Button, classes, Unseen } from './controls.tsx'
import css from './states.module.css'

export function Loading() {
  const words = useWords()
  return (
    <div className={css.skeleton} role="status">
      <Unseen>{words.common.loading}</Unseen>
      {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
        <span key={key} />
      ))}
    </div>
  )
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={css.state}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

interface MoreProps {
  readonly query: Pick<InfiniteQueryObserverResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>
}

/** The button that reads the next page, if there is one. */
export function More({ query }: MoreProps) {
  const words = useWords()
  if (!query.hasNextPage) return null
  return (
    <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {words.common.more}
    </Button>
  )
}

interface ProblemProps {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
}

/** Why there is nothing to see, in words, with the message of the service. */
export function Problem({ error, onRetry }: ProblemProps) {
  const words = useWords()
  const text = problemText(words, error)
  return (
    <div className={classes(css.state, css.refused)} role="alert">
      <h2>{text.title}</h2>
      <p>{text.message}</p>
      {error instanceof ApiError && error.requestId && (
        <p>
          <small>
            {words.common.request} <code>{error.requestId}</code>
          </small>
        </p>
      )}
      {onRetry && <Button onClick={onRetry}>{words.common.retry}</Button>}
    </div>
  )
}

/** The problem as a title and a sentence. */
export function problemText(words: Words, error: unknown) {
  if (error instanceof AwayError) return { title: words.states.away, message: words.states.awayHint }
  if (!(error instanceof ApiError)) return { title: words.states.broken, message: String(error) }
  if (error.status === 403) return { title: words.states.refused, message: error.message }
  if (error.status === 404) return { title: words.states.gone, message: error.message }
  if (error.status === 401) return { title: words.states.signedOut, message: error.message }
  return { title: words.states.broken, message: error.message }
}

interface ShownProps<Data> {
  readonly query: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
}

/**
 * The data of a query, or the state in its place. Data that were read before stay while the service is away, but not when they
 * have become somebody else's business.
 */
export function Shown<Data>({ query, children }: ShownProps<Data>) {
  if (query.data !== undefined && !isFinal(query.error)) return children(query.data)
  if (query.error) return <Problem error={query.error} onRetry={() => void query.refetch()} />
  return <Loading />
}
