/** The fields of a record of the catalog. */
import type { CatalogKind } from '../api/catalog.ts'
import { Check, Field, Select } from '../ui/controls.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import { fieldsShown, type RecordField, type Value, type Values } from './record-fields.ts'

interface FormProps {
  readonly kind: CatalogKind
  readonly values: Values
  /** Whether the service has a secret for the field, which stays if it is empty. */
  readonly hasSecret: (path: string) => boolean
  readonly onChange: (values: Values) => void
}

export function RecordForm({ kind, values, hasSecret, onChange }: FormProps) {
  return (
    <div className={css.two}>
      {fieldsShown(kind, values).map((field) => (
        <One
          key={field.path}
          field={field}
          value={values[field.path] ?? ''}
          isStored={hasSecret(field.path)}
          onChange={(value) => onChange({ ...values, [field.path]: value })}
        />
      ))}
    </div>
  )
}

interface OneProps {
  readonly field: RecordField
  readonly value: Value
  readonly isStored: boolean
  readonly onChange: (value: Value) => void
}

function One({ field, value, isStored, onChange }: OneProps) {
  const words = useWords()
  const { form, options = [], optionText } = field
  const label = field.label(words)
  const text = (option: string) => optionText?.(words, option) ?? option
  switch (form) {
    case 'text':
      return <Text label={label} value={value} isRequired={field.isRequired} onChange={onChange} />
    case 'secret': {
      const hints = [field.hint?.(words), isStored && words.catalog.secretStays].filter(Boolean)
      return (
        <Text
          label={label}
          hint={[...new Set(hints)].join('. ')}
          value={value}
          isRequired={field.path.includes('.') && !isStored}
          onChange={onChange}
        />
      )
    }
    case 'one':
      return (
        <Select
          label={label}
          value={String(value)}
          options={options.map((option) => [option, text(option)] as const)}
          onChange={onChange}
        />
      )
    case 'lines':
      return <Lines label={label} value={listOf(value)} onChange={onChange} />
    case 'flag':
    case 'object':
      return (
        <div className={css.whole}>
          <Check
            label={label}
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
          />
        </div>
      )
    case 'many':
      return (
        <fieldset className={css.many}>
          <legend>{label}</legend>
          {options.map((option) => (
            <Check
              key={option}
              label={text(option)}
              checked={listOf(value).includes(option)}
              onChange={(event) =>
                onChange(
                  event.target.checked
                    ? [...listOf(value), option]
                    : listOf(value).filter((one) => one !== option),
                )
              }
            />
          ))}
        </fieldset>
      )
  }
}

interface TextProps {
  readonly label: string
  readonly hint?: string
  readonly value: Value
  readonly isRequired?: boolean | undefined
  readonly onChange: (value: string) => void
}

export function Text({ label, hint, value, isRequired = false, onChange }: TextProps) {
  return (
    <Field label={label} {...(hint && { hint })}>
      {(control) => (
        <input
          {...control}
          value={String(value)}
          required={isRequired}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

interface LinesProps {
  readonly label: string
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}

function Lines({ label, value, onChange }: LinesProps) {
  const words = useWords()
  return (
    <Field label={label} hint={words.catalog.fields.lines}>
      {(control) => (
        <textarea
          {...control}
          rows={2}
          spellCheck={false}
          defaultValue={value.join('\n')}
          onChange={(event) => onChange(event.target.value.split('\n').map(trim).filter(Boolean))}
        />
      )}
    </Field>
  )
}

const trim = (line: string) => line.trim()

function listOf(value: Value): readonly string[] {
  return typeof value === 'object' ? value : []
}
