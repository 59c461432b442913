import { useMutation } from '@tanstack/react-query'
import { type CatalogKind, removeRecord } from '../api/catalog.ts'
import { Button, Row } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'

interface RemoveProps {
  readonly kind: CatalogKind
  readonly record: { readonly id: string; readonly name: string }
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Asks before a record goes, and says what goes with it. */
export function RemoveRecord({ kind, record, onClose, onDone }: RemoveProps) {
  const words = useWords()
  const remove = useMutation({
    mutationFn: async () => await removeRecord(kind, record.id),
    onSuccess() {
      onDone()
      onClose()
    },
  })
  return (
    <Dialog title={words.catalog.removeTitle(record.name)} onClose={onClose}>
      <p>{words.catalog.removeHint[kind]}</p>
      {remove.error && <Problem error={remove.error} />}
      <Row>
        <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {words.catalog.remove}
        </Button>
        <Button onClick={onClose}>{words.common.cancel}</Button>
      </Row>
    </Dialog>
  )
}
