/** The operations log with names, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link, useSearchParams } from 'wouter'

import { type HistoryQuery, readHistory } from '../api/rooms.ts'
import type { LogEntryView, LoggedOperation, LoggedOutcome } from '../api/wire.ts'
import { csvLine, download } from '../browser/download.ts'
import { Actor } from '../names/actor.tsx'
import { useSkillNames } from '../names/use-skill-names.ts'
import { useUnitNames } from '../names/use-unit-names.ts'
import { useScope } from '../session/scope.tsx'
import { Button, Field, Row, Select } from '../ui/controls.tsx'
import { Filters, Page } from '../ui/page.tsx'
import { Empty, More, Shown } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { outcomeText, whatText } from './entry-text.ts'

/** A file has so many pages of 100 entries at most. */
const filePagesMax = 200

export function HistoryScreen() {
  const words = useWords()
  const { under, chooser } = useScope()
  const [address, setAddress] = useSearchParams()
  const get = (name: string) => address.get(name) ?? ''
  const set = (name: string, value: string) =>
    setAddress(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const filter: HistoryQuery = {
    ...(under && { under }),
    ...(get('unit') && { unitId: get('unit') }),
    ...(get('skill') && { skillId: get('skill') }),
    ...(get('actor') && { actor: get('actor') }),
    ...(get('request') && { requestId: get('request') }),
    ...(get('operation') && { operation: get('operation') as LoggedOperation }),
    ...(get('outcome') && { outcome: get('outcome') as LoggedOutcome }),
    ...(get('from') && { since: new Date(get('from')).toISOString() }),
    ...(get('to') && { until: new Date(get('to')).toISOString() }),
  }
  const query = useInfiniteQuery({
    queryKey: ['history', filter],
    queryFn: async ({ signal, pageParam }) =>
      await readHistory({ ...filter, ...(pageParam && { after: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
  })
  return (
    <Page
      title={words.shell.history}
      intro={words.history.intro}
      actions={
        <Row>
          <Button onClick={() => void query.refetch()}>{words.common.refresh}</Button>
          <Button onClick={() => void downloadAll(filter)}>CSV</Button>
        </Row>
      }
    >
      <HistoryFilters get={get} set={set} chooser={chooser} />
      <Shown query={query}>
        {({ pages }) => (
          <Entries entries={pages.flatMap(({ items }) => items)} onRequest={(id) => set('request', id)} />
        )}
      </Shown>
      <More query={query} />
    </Page>
  )
}

interface FiltersProps {
  readonly get: (name: string) => string
  readonly set: (name: string, value: string) => void
  readonly chooser: ReactNode
}

function HistoryFilters({ get, set, chooser }: FiltersProps) {
  const words = useWords()
  const skills = useSkillNames()
  const [actor, setActor] = useState(get('actor'))
  return (
    <Filters>
      {chooser}
      <Select
        label={words.common.skill}
        value={get('skill')}
        options={[['', words.common.all], ...skills.map(({ id, name }) => [id, name] as const)]}
        onChange={(value) => set('skill', value)}
      />
      <Select
        label={words.history.what}
        value={get('operation')}
        options={[['', words.common.any], ...Object.entries(words.operations)]}
        onChange={(value) => set('operation', value)}
      />
      <Select
        label={words.history.outcome}
        value={get('outcome')}
        options={[['', words.common.any], ...Object.entries(words.outcomes)]}
        onChange={(value) => set('outcome', value)}
      />
      <Field label={words.history.who}>
        {(control) => (
          <input
            {...control}
            value={actor}
            onChange={(event) => setActor(event.target.value)}
            onBlur={() => set('actor', actor.trim())}
            onKeyDown={(event) => event.key === 'Enter' && set('actor', actor.trim())}
          />
        )}
      </Field>
      {(['from', 'to'] as const).map((name) => (
        <Field key={name} label={words.history[name]}>
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              value={get(name)}
              onChange={(event) => set(name, event.target.value)}
            />
          )}
        </Field>
      ))}
      {(['unit', 'request'] as const)
        .filter((name) => get(name) !== '')
        .map((name) => (
          <Button key={name} onClick={() => set(name, '')}>
            ✕ {words.history.only[name]}
          </Button>
        ))}
    </Filters>
  )
}

interface EntriesProps {
  readonly entries: readonly LogEntryView[]
  readonly onRequest: (requestId: string) => void
}

function Entries({ entries, onRequest }: EntriesProps) {
  const words = useWords()
  const formats = useFormats()
  const skills = useSkillNames()
  const names = useUnitNames(entries.flatMap(({ unitId }) => unitId ?? []))
  if (entries.length === 0) return <Empty title={words.history.none} />
  const heads = ['when', 'who', 'what', 'where', 'skill', 'outcome', 'request'] as const
  return (
    <Table caption={words.shell.history} heads={heads.map((head) => words.history[head])}>
      {entries.map((entry) => (
        <tr key={entry.id}>
          <td>
            <time dateTime={entry.at}>{formats.when(entry.at)}</time>
          </td>
          <td>
            <Actor of={entry} />
          </td>
          <td>{whatText(words, entry)}</td>
          <td>
            {entry.unitId && (
              <Link href={`/u/${encodeURIComponent(entry.unitId)}`}>
                <bdi>{names.get(entry.unitId) ?? entry.unitId}</bdi>
              </Link>
            )}
          </td>
          <td>{skills.find(({ id }) => id === entry.skillId)?.name ?? entry.skillId}</td>
          <td>{outcomeText(words, entry)}</td>
          <td>
            <Button small kind="quiet" title={entry.requestId} onClick={() => onRequest(entry.requestId)}>
              …{entry.requestId.slice(-6)}
            </Button>
          </td>
        </tr>
      ))}
    </Table>
  )
}

async function downloadAll(filter: HistoryQuery): Promise<void> {
  const lines = [
    csvLine(['at', 'actor', 'actorName', 'operation', 'outcome', 'unitId', 'skillId', 'requestId', 'detail']),
  ]
  let after: string | undefined
  for (let page = 0; page < filePagesMax; page += 1) {
    const { items, paginationContext } = await readHistory({ ...filter, ...(after && { after }) })
    for (const one of items) {
      const detail = one.detail ? JSON.stringify(one.detail) : ''
      const { at, actor, actorName = '', operation, outcome, unitId = '', skillId = '', requestId } = one
      lines.push(csvLine([at, actor, actorName, operation, outcome, unitId, skillId, requestId, detail]))
    }
    after = paginationContext.after
    if (after === undefined) break
  }
  download('history.csv', lines.join('\r\n'))
}
