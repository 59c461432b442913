/** A new record of the catalog. Its ID is made here unless one is given; a secret is shown once, when it is made. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type CatalogKind, loadCatalog } from '../api/catalog.ts'
import { useMe } from '../session/me.tsx'
import { randomText } from '../session/pkce.ts'
import { Button, Check, Field, Row, Select } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import {
  countries,
  documentOf,
  emptyRecord,
  type NewRecordValues,
  roleNames,
  solutions,
  stages,
} from './record-document.ts'

interface NewProps {
  readonly kind: CatalogKind
  readonly onClose: () => void
  readonly onDone: () => void
}

export function NewRecord({ kind, onClose, onDone }: NewProps) {
  const words = useWords()
  const [values, setValues] = useState<NewRecordValues>(() => emptyRecord(kind))
  const set = (part: Partial<NewRecordValues>) => setValues((before) => ({ ...before, ...part }))
  const [secret] = useState(randomText)
  const add = useMutation({
    mutationFn: async () => await loadCatalog(documentOf(kind, values, secret)),
    onSuccess: onDone,
  })
  const hasSecret = kind === 'clients' && values.isConfidential
  return (
    <Dialog title={words.catalog.add[kind]} onClose={onClose}>
      {add.data ? (
        <div className={css.form}>
          <p role="status">✓ {words.catalog.added(values.name)}</p>
          {hasSecret && (
            <>
              <p>{words.catalog.secretOnce}</p>
              <code className={css.secret}>{secret}</code>
            </>
          )}
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
          <div className={css.two}>
            <Text
              label={words.catalog.heads.name}
              value={values.name}
              onChange={(name) => set({ name })}
              isRequired
            />
            <Text label="ID" value={values.id} onChange={(id) => set({ id })} isRequired />
          </div>
          <OwnFields kind={kind} values={values} set={set} />
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

interface FieldsProps {
  readonly kind: CatalogKind
  readonly values: NewRecordValues
  readonly set: (part: Partial<NewRecordValues>) => void
}

function OwnFields({ kind, values, set }: FieldsProps) {
  const words = useWords()
  if (kind === 'organizations')
    return (
      <div className={css.two}>
        <Select
          label={words.catalog.heads.solution}
          value={values.solution}
          options={solutions.map((one) => [one, words.solutions[one]] as const)}
          onChange={(value) => set({ solution: solutions.find((one) => one === value) ?? 'core' })}
        />
        <Select
          label={words.catalog.heads.country}
          value={values.country}
          options={countries.map((one) => [one, one] as const)}
          onChange={(value) => set({ country: countries.find((one) => one === value) ?? 'US' })}
        />
      </div>
    )
  if (kind === 'skills')
    return (
      <Row>
        {stages.map((stage) => (
          <Check
            key={stage}
            label={words.stage[stage]}
            checked={values.stages.includes(stage)}
            onChange={(event) =>
              set({
                stages: event.target.checked
                  ? [...values.stages, stage]
                  : values.stages.filter((one) => one !== stage),
              })
            }
          />
        ))}
      </Row>
    )
  return (
    <>
      {kind === 'people' && (
        <div className={css.two}>
          <Text label={words.catalog.email} value={values.email} onChange={(email) => set({ email })} />
          <Text
            label={words.catalog.passphraseHash}
            hint={words.catalog.passphraseHint}
            value={values.passphraseHash}
            onChange={(passphraseHash) => set({ passphraseHash })}
          />
        </div>
      )}
      {kind === 'clients' && (
        <>
          <Check
            label={words.catalog.withSecret}
            checked={values.isConfidential}
            onChange={(event) => set({ isConfidential: event.target.checked })}
          />
          <Text
            label={words.catalog.redirectUri}
            value={values.redirectUri}
            onChange={(redirectUri) => set({ redirectUri })}
          />
        </>
      )}
      <RoleFields values={values} set={set} />
    </>
  )
}

function RoleFields({ values, set }: Omit<FieldsProps, 'kind'>) {
  const words = useWords()
  const me = useMe()
  return (
    <div className={css.two}>
      <Select
        label={words.catalog.role}
        value={values.role}
        options={[['', words.catalog.noRole], ...roleNames.map((one) => [one, words.roles[one]] as const)]}
        onChange={(value) => set({ role: roleNames.find((one) => one === value) ?? '' })}
      />
      {values.role !== '' && (
        <Field label={words.catalog.roleUnit} hint={words.catalog.roleUnitHint}>
          {(control) => (
            <>
              <input
                {...control}
                required
                list="catalog-units"
                value={values.roleUnit}
                onChange={(event) => set({ roleUnit: event.target.value })}
              />
              <datalist id="catalog-units">
                {me.roots.map(({ unit }) => (
                  <option key={unit.id} value={unit.id}>
                    {unit.name}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
      )}
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly isRequired?: boolean
  readonly onChange: (value: string) => void
}

function Text({ label, hint, value, isRequired, onChange }: TextProps) {
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(control) => (
        <input
          {...control}
          value={value}
          required={isRequired}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
