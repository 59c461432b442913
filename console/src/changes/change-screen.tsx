import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { readChange } from '../api/changes.ts'
import { CopyId } from '../ui/copy-id.tsx'
import { Page } from '../ui/page.tsx'
import { Shown } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { ChangeProgress } from './change-progress.tsx'

export function ChangeScreen({ id }: { readonly id: string }) {
  const words = useWords()
  const formats = useFormats()
  const [, navigate] = useLocation()
  const change = useQuery({
    queryKey: ['change', id],
    queryFn: async ({ signal }) => await readChange(id, signal),
  })
  return (
    <Shown query={change}>
      {({ title, createdAt, actor }) => (
        <Page
          title={title}
          intro={words.change.byAt(actor, formats.when(createdAt))}
          actions={<CopyId id={id} />}
        >
          <ChangeProgress id={id} onNext={(next) => navigate(`/changes/${encodeURIComponent(next)}`)} />
        </Page>
      )}
    </Shown>
  )
}
