/** A change from the first question to its result: one dialog, and a preview that follows what is chosen. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { previewChange, startChange } from '../api/changes.ts'
import type { ChangeRequest, Preview } from '../api/wire.ts'
import { randomText } from '../session/pkce.ts'
import { Button, Field } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import type { ChangeDraft } from './change-draft.ts'
import { type ChangeChoice, ChangeForm, requestOf } from './change-form.tsx'
import { ChangeProgress } from './change-progress.tsx'
import css from './changes.module.css'
import { PreviewShown } from './preview-shown.tsx'

/** A preview is asked for when nothing has been chosen or typed for so long. */
const restMs = 300

interface DialogProps {
  readonly draft: ChangeDraft
  readonly onClose: () => void
}

export function ChangeDialog({ draft, onClose }: DialogProps) {
  const words = useWords()
  const formats = useFormats()
  const [changeId, setChangeId] = useState<string>()
  const { rooms } = draft
  const title =
    draft.action === 'enable'
      ? words.change.enableTitle(formats.number(rooms), rooms)
      : words.change.disableTitle(formats.number(rooms), rooms)
  return (
    <Dialog title={title} onClose={onClose}>
      {changeId === undefined ? (
        <Ask draft={draft} onStart={setChangeId} onCancel={onClose} />
      ) : (
        <ChangeProgress key={changeId} id={changeId} onNext={setChangeId} onClose={onClose} />
      )}
    </Dialog>
  )
}

interface AskProps {
  readonly draft: ChangeDraft
  readonly onStart: (changeId: string) => void
  readonly onCancel: () => void
}

function Ask({ draft, onStart, onCancel }: AskProps) {
  const words = useWords()
  const queries = useQueryClient()
  const [choice, setChoice] = useState<ChangeChoice>(() => ({
    skillIds: draft.skillIds,
    stage: draft.action === 'enable' ? 'live' : '',
    partition: 'keep',
    partitionText: '',
  }))
  const [typed, setTyped] = useState('')
  const request = useMemo(() => requestOf(draft, choice), [draft, choice])
  const asked = useRested(request)
  const preview = useQuery({
    queryKey: ['preview', asked],
    queryFn: async ({ signal }) => await previewChange(asked as ChangeRequest, signal),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: 0,
  })
  // The same key for the same request: pressing the button again after a lost answer starts nothing twice.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another request gets another key
  const key = useMemo(() => randomText(), [request])
  const start = useMutation({
    mutationFn: async (one: ChangeRequest) => await startChange(one, key),
    onSuccess(change) {
      void queries.invalidateQueries({ queryKey: ['changes'] })
      onStart(change.id)
    },
  })
  const isCurrent =
    request !== undefined && asked === request && preview.data !== undefined && !preview.isFetching
  const willChange = preview.data?.counts.willChange ?? 0
  const needsCount = isCurrent && preview.data.needsCount
  const isReady = isCurrent && willChange > 0 && (!needsCount || Number(typed) === draft.rooms)
  return (
    <form
      className={css.fieldset}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && request) start.mutate(request)
      }}
    >
      <ChangeForm draft={draft} choice={choice} onChange={setChoice} />
      {request && preview.data && (
        <PreviewShown preview={preview.data} skills={draft.skills} action={draft.action} />
      )}
      {preview.error && <Problem error={preview.error} onRetry={() => void preview.refetch()} />}
      {start.error && <Problem error={start.error} />}
      {needsCount && <CountField count={draft.rooms} value={typed} onChange={setTyped} />}
      <div className={css.foot}>
        <Button onClick={onCancel}>{words.common.cancel}</Button>
        <Button kind="primary" type="submit" disabled={!isReady || start.isPending}>
          {start.isPending ? (
            words.common.loading
          ) : (
            <StartText preview={preview.data} action={draft.action} />
          )}
        </Button>
      </div>
    </form>
  )
}

/** Returns the first value at once, and another one when it has been the same for some time. */
function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs)
    return () => clearTimeout(timer)
  }, [value])
  return rested
}

function StartText({ preview, action }: { preview: Preview | undefined; action: 'enable' | 'disable' }) {
  const words = useWords()
  const formats = useFormats()
  const count = preview?.counts.willChange ?? 0
  return action === 'enable'
    ? words.change.enableCount(formats.number(count), count)
    : words.change.disableCount(formats.number(count), count)
}

interface CountProps {
  readonly count: number
  readonly value: string
  readonly onChange: (value: string) => void
}

function CountField({ count, value, onChange }: CountProps) {
  const words = useWords()
  return (
    <Field label={words.change.typeCount(String(count))} hint={words.change.typeCountHint}>
      {(control) => (
        <input
          {...control}
          inputMode="numeric"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
