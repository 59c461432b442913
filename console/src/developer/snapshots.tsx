import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { readSnapshots, removeSnapshot, restoreSnapshot, takeSnapshot } from '../api/test-controls.ts'
import { Button, Field, Row } from '../ui/controls.tsx'
import { RemoveButton } from '../ui/row-button.tsx'
import { Empty, Problem, Shown } from '../ui/states.tsx'
import { numberClass, Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'

/** Takes the world back to what it was. */
export function Snapshots() {
  const words = useWords()
  const formats = useFormats()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const snapshots = useQuery({
    queryKey: ['test', 'snapshots'],
    queryFn: async ({ signal }) => await readSnapshots(signal),
  })
  const change = useMutation({
    mutationFn: async (step: () => Promise<unknown>) => await step(),
    onSettled: async () => await queries.invalidateQueries(),
  })
  return (
    <>
      <Row>
        <Field label={words.developer.snapshotName}>
          {(control) => <input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Button
          kind="primary"
          disabled={change.isPending}
          onClick={() => change.mutate(() => takeSnapshot(name))}
        >
          {words.developer.take}
        </Button>
      </Row>
      {change.error && <Problem error={change.error} />}
      <Shown query={snapshots}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={words.developer.noSnapshots} />
          ) : (
            <Table
              caption={words.developer.tabs.snapshots}
              heads={[
                words.catalog.heads.name,
                words.history.when,
                words.developer.bytes,
                words.catalog.actions,
              ]}
              numbers={[2]}
            >
              {items.map((snapshot) => (
                <tr key={snapshot.id}>
                  <td>{snapshot.name ?? snapshot.id}</td>
                  <td>{formats.when(snapshot.at)}</td>
                  <td className={numberClass}>{formats.number(snapshot.bytes)}</td>
                  <td>
                    <Row>
                      <Button small onClick={() => change.mutate(() => restoreSnapshot(snapshot.id))}>
                        {words.developer.restore}
                      </Button>
                      <RemoveButton
                        name={snapshot.name ?? snapshot.id}
                        onClick={() => change.mutate(() => removeSnapshot(snapshot.id))}
                      />
                    </Row>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
    </>
  )
}
