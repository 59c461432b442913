/** The records of the service: organizations, skills, clients and people. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { type CatalogKind, readRecords } from '../api/catalog.ts'
import { Button, Row } from '../ui/controls.tsx'
import { Page } from '../ui/page.tsx'
import { RemoveButton, RowButton } from '../ui/row-button.tsx'
import { Empty, More, Shown } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import { DownloadCatalog } from './download-catalog.tsx'
import { EditRecord } from './edit-record.tsx'
import { LoadFile } from './load-file.tsx'
import { NewRecord } from './new-record.tsx'
import { NewSecret } from './new-secret.tsx'
import { type ListedRecord, partsOf, recordHeads } from './record-parts.tsx'
import { RemoveRecord } from './remove-record.tsx'

const kinds: readonly CatalogKind[] = ['organizations', 'skills', 'clients', 'people']

export function CatalogScreen({ kind: wanted }: { readonly kind: string }) {
  const words = useWords()
  const queries = useQueryClient()
  const kind = kinds.find((one) => one === wanted) ?? 'skills'
  const [open, setOpen] = useState<'new' | 'file'>()
  const [chosen, setChosen] = useState<{ readonly to: 'edit' | 'renew' | 'remove'; readonly id: string }>()
  const query = useInfiniteQuery({
    queryKey: ['catalog', kind],
    queryFn: async ({ signal, pageParam }) => await readRecords(kind, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
  })
  const refresh = () => void queries.invalidateQueries()
  const choose = (to: 'edit' | 'renew' | 'remove', { id }: ListedRecord) => setChosen({ to, id })
  const close = () => setChosen(undefined)
  const listed = query.data?.pages.flatMap(({ items }): readonly ListedRecord[] => items) ?? []
  const record = listed.find(({ id }) => id === chosen?.id)
  return (
    <Page
      title={words.shell.catalog}
      actions={
        <Row>
          <Button kind="primary" onClick={() => setOpen('new')}>
            {words.catalog.add[kind]}
          </Button>
          <Button onClick={() => setOpen('file')}>{words.catalog.loadFile}</Button>
          <DownloadCatalog />
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
        {() => {
          if (listed.length === 0) return <Empty title={words.catalog.none} />
          return (
            <Table
              caption={words.catalog.kinds[kind]}
              heads={[...recordHeads(words, kind), words.catalog.actions]}
            >
              {listed.map((one) => (
                <tr key={one.id}>
                  <th scope="row">
                    <bdi>{one.name}</bdi>
                    <div className={css.id}>{one.id}</div>
                  </th>
                  {partsOf(words, one).map(([key, part]) => (
                    <td key={key}>{part}</td>
                  ))}
                  <td>
                    {!('isPredefined' in one) && (
                      <Row>
                        <RowButton
                          label={words.catalog.edit}
                          name={one.name}
                          onClick={() => choose('edit', one)}
                        />
                        {kind === 'clients' && (
                          <RowButton
                            label={words.catalog.newSecret}
                            name={one.name}
                            onClick={() => choose('renew', one)}
                          />
                        )}
                        <RemoveButton name={one.name} onClick={() => choose('remove', one)} />
                      </Row>
                    )}
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
      {record && chosen?.to === 'edit' && (
        <EditRecord kind={kind} record={record} onClose={close} onDone={refresh} />
      )}
      {record && chosen?.to === 'renew' && <NewSecret client={record} onClose={close} onDone={refresh} />}
      {record && chosen?.to === 'remove' && (
        <RemoveRecord kind={kind} record={record} onClose={close} onDone={refresh} />
      )}
    </Page>
  )
}
