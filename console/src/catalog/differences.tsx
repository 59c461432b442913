/** The differences that a change of a record will make: each property as it is, and as it will be. */
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'
import type { RecordDocument, RecordField } from './record-fields.ts'

interface DifferencesProps {
  readonly fields: readonly RecordField[]
  readonly before: RecordDocument
  readonly patch: RecordDocument
}

export function Differences({ fields, before, patch }: DifferencesProps) {
  const words = useWords()
  const changed = fields.filter(({ path, form }) => form !== 'object' && at(patch, path) !== undefined)
  const removed = fields.filter(({ path, form }) => form === 'object' && at(patch, path) === null)
  return (
    <section className={css.differences} aria-label={words.catalog.differences}>
      <h3>{words.catalog.differences}</h3>
      {changed.length + removed.length === 0 ? (
        <p>{words.catalog.noDifference}</p>
      ) : (
        <ul>
          {[...removed, ...changed].map(({ path, form, label }) => (
            <li key={path}>
              {label(words)}: <del>{textOf(at(before, path))}</del> →{' '}
              <ins>{form === 'secret' ? '•••' : textOf(at(patch, path))}</ins>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function at(record: RecordDocument, path: string): unknown {
  return path.split('.').reduce<unknown>((value, part) => (value ? Object(value)[part] : undefined), record)
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === false) return '–'
  if (Array.isArray(value)) return value.join(', ')
  return value === true || typeof value === 'object' ? '✓' : String(value)
}
