/** Changes properties of a record. What will change stands beside the button; a secret stays unless a new one is written. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type CatalogKind, changeRecord } from '../api/catalog.ts'
import { announce } from '../ui/announcer.tsx'
import { Button, Row } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import { Differences } from './differences.tsx'
import { documentOf, patchOf, recordFields, valuesOf } from './record-fields.ts'
import { RecordForm } from './record-form.tsx'
import type { ListedRecord } from './record-parts.tsx'
import { RecordRoles } from './record-roles.tsx'

interface EditProps {
  readonly kind: CatalogKind
  readonly record: ListedRecord
  readonly onClose: () => void
  readonly onDone: () => void
}

export function EditRecord({ kind, record, onClose, onDone }: EditProps) {
  const words = useWords()
  // As it was when the dialog was opened: what others change meanwhile is left alone.
  const [first] = useState(() => valuesOf(kind, { ...record }))
  const [values, setValues] = useState(first)
  const before = documentOf(kind, first)
  const patch = patchOf(before, documentOf(kind, values))
  const save = useMutation({
    mutationFn: async () => await changeRecord(kind, record.id, patch),
    onSuccess() {
      announce(words.catalog.saved(record.name))
      onDone()
      onClose()
    },
  })
  return (
    <Dialog title={words.catalog.editTitle(record.name)} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <div className={css.id}>{record.id}</div>
        <RecordForm
          kind={kind}
          values={values}
          hasSecret={(path) => hasSecret(record, path)}
          onChange={setValues}
        />
        <Differences fields={recordFields[kind]} before={before} patch={patch} />
        {save.error && <Problem error={save.error} />}
        <Row>
          <Button kind="primary" type="submit" disabled={save.isPending || Object.keys(patch).length === 0}>
            {words.catalog.save}
          </Button>
          <Button onClick={onClose}>{words.common.cancel}</Button>
        </Row>
      </form>
      {'roles' in record && <RecordRoles record={record} onDone={onDone} />}
    </Dialog>
  )
}

function hasSecret(record: ListedRecord, path: string): boolean {
  if (path === 'passphraseHash') return 'hasPassphrase' in record && record.hasPassphrase
  return 'accountLinking' in record && record.accountLinking?.hasClientSecret === true
}
