import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { loadCatalog } from '../api/catalog.ts'
import type { CatalogDocument } from '../api/wire.ts'
import { Button, Field, Row } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'

interface LoadProps {
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Sends a catalog file. The service checks it whole, and says how many records were new or different. */
export function LoadFile({ onClose, onDone }: LoadProps) {
  const words = useWords()
  const formats = useFormats()
  const [file, setFile] = useState<File>()
  const load = useMutation({
    mutationFn: async (one: File) => await loadCatalog(documentOf(await one.text())),
    onSuccess: onDone,
  })
  return (
    <Dialog title={words.catalog.loadFile} onClose={onClose}>
      <p>{words.catalog.loadHint}</p>
      <Field label={words.catalog.file}>
        {(control) => (
          <input
            {...control}
            type="file"
            accept=".json"
            onChange={(event) => setFile(event.target.files?.[0])}
          />
        )}
      </Field>
      {load.error && <Problem error={load.error} />}
      {load.data && <p role="status">✓ {words.catalog.loaded(formats.number(load.data.changed))}</p>}
      <Row>
        <Button kind="primary" disabled={!file || load.isPending} onClick={() => file && load.mutate(file)}>
          {words.catalog.load}
        </Button>
        <Button onClick={onClose}>{words.common.close}</Button>
      </Row>
    </Dialog>
  )
}

function documentOf(text: string): CatalogDocument {
  return JSON.parse(text) as CatalogDocument
}
