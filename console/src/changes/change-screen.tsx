import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { readChange } from '../api/changes.ts'
import { useSkillNames } from '../names/use-skill-names.ts'
import { CopyId } from '../ui/copy-id.tsx'
import { Page } from '../ui/page.tsx'
import { Shown } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { ChangeProgress } from './change-progress.tsx'
import { changeTitle } from './change-title.ts'

export function ChangeScreen({ id }: { readonly id: string }) {
  const words = useWords()
  const formats = useFormats()
  const skills = useSkillNames()
  const [, navigate] = useLocation()
  const change = useQuery({
    queryKey: ['change', id],
    queryFn: async ({ signal }) => await readChange(id, signal),
  })
  return (
    <Shown query={change}>
      {(data) => (
        <Page
          title={changeTitle(words, data, skills, formats.number)}
          intro={words.change.byAt(data.actorName ?? data.actor, formats.when(data.createdAt))}
          actions={<CopyId id={id} />}
        >
          <ChangeProgress id={id} onNext={(next) => navigate(`/changes/${encodeURIComponent(next)}`)} />
        </Page>
      )}
    </Shown>
  )
}
