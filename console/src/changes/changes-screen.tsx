/** The changes, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { readChanges } from '../api/changes.ts'
import { Actor } from '../names/actor.tsx'
import { useSkillNames } from '../names/use-skill-names.ts'
import { useMe } from '../session/me.tsx'
import { useScope } from '../session/scope.tsx'
import { Page } from '../ui/page.tsx'
import { Empty, More, Shown } from '../ui/states.tsx'
import { numberClass, Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { changeTitle } from './change-title.ts'

export function ChangesScreen() {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const skills = useSkillNames()
  const { under, chooser } = useScope()
  const home = me.roots[0]?.unit.id
  const query = useInfiniteQuery({
    queryKey: ['changes', 'all', under],
    queryFn: async ({ signal, pageParam }) =>
      await readChanges({ under, after: pageParam, maxResults: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
    refetchInterval: 5000,
  })
  return (
    <Page title={words.shell.changes} intro={words.change.intro} actions={chooser}>
      <Shown query={query}>
        {({ pages }) => {
          const changes = pages.flatMap(({ items }) => items)
          if (changes.length === 0)
            return (
              <Empty title={words.change.none}>
                {home && <Link href={`/p/${encodeURIComponent(home)}`}>{words.change.noneHint}</Link>}
              </Empty>
            )
          return (
            <Table
              caption={words.shell.changes}
              heads={[
                words.history.when,
                words.history.what,
                words.history.who,
                words.history.outcome,
                words.change.done,
                words.change.refused,
              ]}
              numbers={[4, 5]}
            >
              {changes.map((change) => {
                const { id, createdAt, status, counts } = change
                return (
                  <tr key={id}>
                    <td>{formats.when(createdAt)}</td>
                    <td>
                      <Link href={`/changes/${encodeURIComponent(id)}`}>
                        <bdi>{changeTitle(words, change, skills, formats.number)}</bdi>
                      </Link>
                    </td>
                    <td>
                      <Actor of={change} />
                    </td>
                    <td>{words.change.statusTexts[status]}</td>
                    <td
                      className={numberClass}
                    >{`${formats.number(counts.done)}/${formats.number(counts.total)}`}</td>
                    <td className={numberClass}>{formats.number(counts.refused + counts.gone)}</td>
                  </tr>
                )
              })}
            </Table>
          )
        }}
      </Shown>
      <More query={query} />
    </Page>
  )
}
