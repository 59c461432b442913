/** A new record of the catalog. Its ID is made here unless one is given; a secret is shown once, when it is made. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type CatalogKind, loadCatalog } from '../api/catalog.ts'
import type { CatalogDocument } from '../api/wire.ts'
import { randomText } from '../session/pkce.ts'
import { Button, Check, Row } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import { SecretOnce } from './new-secret.tsx'
import { documentOf, type Values, valuesOf } from './record-fields.ts'
import { RecordForm, Text } from './record-form.tsx'

interface NewProps {
  readonly kind: CatalogKind
  readonly onClose: () => void
  readonly onDone: () => void
}

export function NewRecord({ kind, onClose, onDone }: NewProps) {
  const words = useWords()
  const [values, setValues] = useState<Values>(() => valuesOf(kind, { stages: ['live'] }))
  const [id, setId] = useState(() => newId(kind))
  const [hasSecret, setHasSecret] = useState(kind === 'clients')
  const [secret] = useState(randomText)
  const add = useMutation({
    mutationFn: async () => {
      const record = { id, ...documentOf(kind, values), ...(hasSecret && { secret }) }
      // The service checks the record whole, and tells every problem.
      return await loadCatalog({ [kind]: [record] } as CatalogDocument)
    },
    onSuccess: onDone,
  })
  return (
    <Dialog title={words.catalog.add[kind]} onClose={onClose}>
      {add.data ? (
        <div className={css.form}>
          <p role="status">✓ {words.catalog.added(String(values.name))}</p>
          {hasSecret && <SecretOnce secret={secret} />}
          {(kind === 'clients' || kind === 'people') && <p>{words.catalog.rolesNext}</p>}
          <Row>
            <Button kind="primary" onClick={onClose}>
              {words.common.close}
            </Button>
          </Row>
        </div>
      ) : (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault()
            add.mutate()
          }}
        >
          <RecordForm kind={kind} values={values} hasSecret={() => false} onChange={setValues} />
          {kind === 'clients' && (
            <Check
              label={words.catalog.withSecret}
              checked={hasSecret}
              onChange={(event) => setHasSecret(event.target.checked)}
            />
          )}
          <Text label="ID" value={id} isRequired onChange={setId} />
          {add.error && <Problem error={add.error} />}
          <Row>
            <Button kind="primary" type="submit" disabled={add.isPending}>
              {words.catalog.save}
            </Button>
            <Button onClick={onClose}>{words.common.cancel}</Button>
          </Row>
        </form>
      )}
    </Dialog>
  )
}

function newId(kind: CatalogKind): string {
  const own = crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(36), '')
  const prefixes: Readonly<Record<CatalogKind, string>> = {
    organizations: 'amzn1.alexa.unit.did.',
    skills: 'amzn1.ask.skill.',
    clients: 'amzn1.application-oa2-client.',
    people: 'amzn1.account.',
  }
  return prefixes[kind] + (kind === 'organizations' || kind === 'people' ? own.toUpperCase() : own)
}
