import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createWorld, readWorlds, removeWorld } from '../api/test-controls.ts'
import { Button, Row } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { RemoveButton } from '../ui/row-button.tsx'
import { Problem, Shown } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'

const defaultWorld = 'default'

/** The worlds of the service. This page is about the first one. */
export function Worlds() {
  const words = useWords()
  const formats = useFormats()
  const queries = useQueryClient()
  const worlds = useQuery({
    queryKey: ['test', 'worlds'],
    queryFn: async ({ signal }) => await readWorlds(signal),
  })
  const change = useMutation({
    mutationFn: async (step: () => Promise<unknown>) => await step(),
    onSettled: async () => await queries.invalidateQueries({ queryKey: ['test', 'worlds'] }),
  })
  return (
    <>
      <Row>
        <Button kind="primary" disabled={change.isPending} onClick={() => change.mutate(createWorld)}>
          {words.developer.newWorld}
        </Button>
      </Row>
      {change.error && <Problem error={change.error} />}
      <Shown query={worlds}>
        {({ items }) => (
          <Table
            caption={words.developer.tabs.worlds}
            heads={['ID', 'URL', words.history.when, words.catalog.actions]}
          >
            {items.map(({ id, url, createdAt }) => (
              <tr key={id}>
                <td>{id}</td>
                <td>
                  <code>{url}</code>
                </td>
                <td>{formats.when(createdAt)}</td>
                <td>
                  <Row>
                    <CopyId id={url} label={words.developer.copyUrl} />
                    {id !== defaultWorld && (
                      <RemoveButton name={id} onClick={() => change.mutate(() => removeWorld(id))} />
                    )}
                  </Row>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Shown>
    </>
  )
}
