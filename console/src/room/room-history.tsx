import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { readHistory } from '../api/rooms.ts'
import { outcomeText, whatText } from '../history/entry-text.ts'
import { Actor } from '../names/actor.tsx'
import { useSkillNames } from '../names/use-skill-names.ts'
import { Shown } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './room.module.css'

/** The last entries of the log about a unit. */
export function RoomHistory({ unitId }: { readonly unitId: string }) {
  const words = useWords()
  const formats = useFormats()
  const skills = useSkillNames()
  const history = useQuery({
    queryKey: ['room', unitId, 'history'],
    queryFn: async ({ signal }) => await readHistory({ under: unitId, unitId, maxResults: 10 }, signal),
    refetchInterval: 5000,
  })
  return (
    <Shown query={history}>
      {({ items }) =>
        items.length === 0 ? (
          <p>{words.history.none}</p>
        ) : (
          <>
            <ul className={css.log}>
              {items.map((entry) => (
                <li key={entry.id}>
                  <time dateTime={entry.at}>{formats.when(entry.at)}</time> <Actor of={entry} />:{' '}
                  {whatText(words, entry)}
                  {entry.skillId &&
                    ` · ${skills.find(({ id }) => id === entry.skillId)?.name ?? entry.skillId}`}
                  {` · ${outcomeText(words, entry)}`}
                </li>
              ))}
            </ul>
            <Link href={`/history?unit=${encodeURIComponent(unitId)}`}>{words.room.allEntries}</Link>
          </>
        )
      }
    </Shown>
  )
}
