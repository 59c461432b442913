/** A change while it runs, its result, and what can be done then: retry what failed, undo the rest. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { cancelChange, previewUndo, readChange, retryChange, undoChange } from '../api/changes.ts'
import { isFinal } from '../api/problems.ts'
import type { Change, Preview } from '../api/wire.ts'
import { useSkillNames } from '../names/use-skill-names.ts'
import { randomText } from '../session/pkce.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/controls.tsx'
import { Problem, Shown } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { changeTitle } from './change-title.ts'
import css from './changes.module.css'
import { Counts } from './counts.tsx'
import { downloadItems } from './download-items.ts'
import { NotDone } from './not-done.tsx'
import { PreviewShown } from './preview-shown.tsx'

const pollMs = 500
/** After so long without a finished item a change stands still: the service waits for its disk or its database. */
const stillMs = 10_000
/** A screen reader hears of progress so often at most. */
const speakMs = 5000

interface ProgressProps {
  readonly id: string
  /** Another change follows from this one. */
  readonly onNext: (id: string) => void
  /** Closes the dialog that this is in. A page has its own title and needs none. */
  readonly onClose?: () => void
}

export function ChangeProgress({ id, onNext, onClose }: ProgressProps) {
  const change = useQuery({
    queryKey: ['change', id],
    queryFn: async ({ signal }) => await readChange(id, signal),
    refetchInterval: ({ state: { data, error } }) =>
      !isFinal(error) && (data === undefined || data.status === 'running') ? pollMs : false,
    staleTime: 0,
  })
  return (
    <Shown query={change}>
      {(data) => (
        <>
          <Progress change={data} hasTitle={onClose !== undefined} />
          {data.status === 'running' ? (
            <Running change={data} onStopped={() => void change.refetch()} />
          ) : (
            <Result key={data.id} change={data} onNext={onNext} {...(onClose && { onClose })} />
          )}
        </>
      )}
    </Shown>
  )
}

function Progress({ change, hasTitle }: { readonly change: Change; readonly hasTitle: boolean }) {
  const { counts, status } = change
  const words = useWords()
  const skills = useSkillNames()
  const formats = useFormats()
  const finished = counts.total - counts.waiting
  const sentence = words.change.progress(formats.number(finished), formats.number(counts.total))
  useSpoken(status === 'running' ? sentence : words.change.statusTexts[status])
  return (
    <>
      <div>
        {hasTitle && <h3>{changeTitle(words, change, skills, formats.number)}</h3>}
        <strong>{words.change.statusTexts[status]}</strong> {sentence}
        <progress
          className={css.progress}
          value={finished}
          max={counts.total}
          aria-label={words.change.progressLabel}
        />
      </div>
      <Counts
        counts={[
          [words.change.done, counts.done, 'good'],
          [words.change.already, counts.already],
          [words.change.refused, counts.refused, 'bad'],
          [words.change.gone, counts.gone, 'warn'],
          [words.change.waiting, status === 'running' ? 0 : counts.waiting, 'warn'],
        ]}
      />
    </>
  )
}

function Running({ change, onStopped }: { readonly change: Change; readonly onStopped: () => void }) {
  const words = useWords()
  const stop = useMutation({ mutationFn: async () => await cancelChange(change.id), onSettled: onStopped })
  const standsStill = useStandsStill(change.counts.waiting)
  return (
    <div className={css.foot}>
      {stop.error && <Problem error={stop.error} />}
      <p role="status">{standsStill ? words.change.standsStill : words.change.closeIsFine}</p>
      <Button kind="danger" disabled={stop.isPending} onClick={() => stop.mutate()}>
        {words.change.stop}
      </Button>
    </div>
  )
}

interface ResultProps {
  readonly change: Change
  readonly onNext: (id: string) => void
  readonly onClose?: () => void
}

function Result({ change, onNext, onClose }: ResultProps) {
  const words = useWords()
  const formats = useFormats()
  const queries = useQueryClient()
  const skills = useSkillNames()
  const failed = change.counts.refused + change.counts.gone + change.counts.waiting
  const [undo, setUndo] = useState<Preview>()
  // Pressing a button again after a lost answer starts nothing twice.
  const [keys] = useState(() => ({ retry: randomText(), undo: randomText() }))
  const next = useMutation({
    mutationFn: async (step: 'retry' | 'undo') =>
      step === 'retry' ? await retryChange(change.id, keys.retry) : await undoChange(change.id, keys.undo),
    onSuccess(following) {
      void queries.invalidateQueries({ queryKey: ['changes'] })
      void queries.invalidateQueries({ queryKey: ['change', change.id] })
      onNext(following.id)
    },
  })
  const ask = useMutation({ mutationFn: async () => await previewUndo(change.id), onSuccess: setUndo })
  const canUndo = change.counts.done > 0 && change.undoneBy === undefined
  return (
    <>
      <NotDone change={change} skills={skills} />
      {undo && <UndoAsked preview={undo} change={change} skills={skills} />}
      {(next.error ?? ask.error) && <Problem error={next.error ?? ask.error} />}
      <pre className={css.command}>skillkeeper changes show {change.id}</pre>
      <div className={css.foot}>
        <Button kind="quiet" onClick={() => void downloadItems(change.id)}>
          CSV
        </Button>
        {failed > 0 && !undo && (
          <Button disabled={next.isPending} onClick={() => next.mutate('retry')}>
            {words.change.retryCount(formats.number(failed))}
          </Button>
        )}
        {canUndo && !undo && (
          <Button disabled={ask.isPending} onClick={() => ask.mutate()}>
            {words.change.undoCount(formats.number(change.counts.done))}
          </Button>
        )}
        {undo && (
          <>
            <Button onClick={() => setUndo(undefined)}>{words.common.cancel}</Button>
            <Button
              kind="danger"
              disabled={next.isPending || undo.counts.willChange === 0}
              onClick={() => next.mutate('undo')}
            >
              {words.change.undoNow(formats.number(undo.counts.willChange))}
            </Button>
          </>
        )}
        {onClose && !undo && (
          <Button kind="primary" onClick={onClose}>
            {words.common.close}
          </Button>
        )}
      </div>
    </>
  )
}

interface UndoProps {
  readonly preview: Preview
  readonly change: Change
  readonly skills: readonly { id: string; name: string }[]
}

function UndoAsked({ preview, change, skills }: UndoProps) {
  const words = useWords()
  return (
    <section className={css.fieldset} aria-label={words.change.undoTitle}>
      <strong>{words.change.undoTitle}</strong>
      <PreviewShown
        preview={preview}
        skills={skills}
        action={change.action === 'enable' ? 'disable' : 'enable'}
      />
    </section>
  )
}

/** Whether the number has been the same for some time. */
function useStandsStill(waiting: number): boolean {
  const [since, setSince] = useState<number>()
  useEffect(() => {
    const timer = setTimeout(() => setSince(waiting), stillMs)
    return () => clearTimeout(timer)
  }, [waiting])
  return since === waiting
}

/** Says a sentence to screen readers, not more often than they can follow. */
function useSpoken(sentence: string): void {
  const spokenAt = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, spokenAt.current + speakMs - Date.now())
    const timer = setTimeout(() => {
      spokenAt.current = Date.now()
      announce(sentence)
    }, wait)
    return () => clearTimeout(timer)
  }, [sentence])
}
