/** The records of the service: organizations, skills, clients and people. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { type CatalogKind, readRecords } from '../api/catalog.ts'
import { Button, Row } from '../ui/controls.tsx'
import { Page } from '../ui/page.tsx'
import { RemoveButton } from '../ui/remove-button.tsx'
import { Empty, More, Shown } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import { LoadFile } from './load-file.tsx'
import { NewRecord } from './new-record.tsx'
import { type ListedRecord, partsOf, recordHeads } from './record-parts.tsx'
import { RemoveRecord } from './remove-record.tsx'

const kinds: readonly CatalogKind[] = ['organizations', 'skills', 'clients', 'people']

export function CatalogScreen({ kind: wanted }: { readonly kind: string }) {
  const words = useWords()
  const queries = useQueryClient()
  const kind = kinds.find((one) => one === wanted) ?? 'skills'
  const [open, setOpen] = useState<'new' | 'file'>()
  const [removing, setRemoving] = useState<ListedRecord>()
  const query = useInfiniteQuery({
    queryKey: ['catalog', kind],
    queryFn: async ({ signal, pageParam }) => await readRecords(kind, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
  })
  const refresh = () => void queries.invalidateQueries()
  return (
    <Page
      title={words.shell.catalog}
      actions={
        <Row>
          <Button kind="primary" onClick={() => setOpen('new')}>
            {words.catalog.add[kind]}
          </Button>
          <Button onClick={() => setOpen('file')}>{words.catalog.loadFile}</Button>
        </Row>
      }
    >
      <nav className={css.tabs} aria-label={words.shell.catalog}>
        {kinds.map((one) => (
          <Link key={one} href={`/catalog/${one}`} aria-current={one === kind ? 'page' : undefined}>
            {words.catalog.kinds[one]}
          </Link>
        ))}
      </nav>
      <Shown query={query}>
        {({ pages }) => {
          const records = pages.flatMap(({ items }): readonly ListedRecord[] => items)
          if (records.length === 0) return <Empty title={words.catalog.none} />
          return (
            <Table
              caption={words.catalog.kinds[kind]}
              heads={[...recordHeads(words, kind), words.catalog.actions]}
            >
              {records.map((record) => (
                <tr key={record.id}>
                  <th scope="row">
                    <bdi>{record.name}</bdi>
                    <div className={css.id}>{record.id}</div>
                  </th>
                  {partsOf(words, record).map(([key, part]) => (
                    <td key={key}>{part}</td>
                  ))}
                  <td>
                    <RemoveButton name={record.name} onClick={() => setRemoving(record)} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }}
      </Shown>
      <More query={query} />
      {open === 'new' && <NewRecord kind={kind} onClose={() => setOpen(undefined)} onDone={refresh} />}
      {open === 'file' && <LoadFile onClose={() => setOpen(undefined)} onDone={refresh} />}
      {removing && (
        <RemoveRecord kind={kind} record={removing} onClose={() => setRemoving(undefined)} onDone={refresh} />
      )}
    </Page>
  )
}
