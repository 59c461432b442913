/** Buttons and fields as the console has them everywhere. */
import { type ComponentProps, type ReactNode, useId } from 'react'
import css from './controls.module.css'

interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: 'primary' | 'danger' | 'quiet' | undefined
  readonly small?: boolean
}

export function Button({ kind, small, className, ...props }: ButtonProps) {
  return <button type="button" {...props} className={classes(buttonClass(kind, small), className)} />
}

/** The classes of something that looks like a button, such as a link. */
export function buttonClass(kind?: 'primary' | 'danger' | 'quiet', small = false): string {
  return classes(css.button, kind && css[kind], small && css.small)
}

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  /** Gets the ID and the description of the control. */
  readonly children: (control: {
    id: string
    className: string | undefined
    'aria-describedby'?: string
  }) => ReactNode
}

export function Field({ label, hint, children }: FieldProps) {
  const id = useId()
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        className: css.input,
        ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }),
      })}
      {hint !== undefined && (
        <span className={css.hint} id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly onChange: (value: string) => void
}

export function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function Check({ label, ...props }: ComponentProps<'input'> & { readonly label: string }) {
  return (
    <label className={css.check}>
      <input type="checkbox" {...props} />
      {label}
    </label>
  )
}

/** Text for screen readers alone. */
export function Unseen({ children }: { readonly children: ReactNode }) {
  return <span className={css.hidden}>{children}</span>
}

export function Row({ spread, children }: { readonly spread?: boolean; readonly children: ReactNode }) {
  return <div className={classes(css.row, spread && css.spread)}>{children}</div>
}

export function Tag({ tone, children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={classes(css.tag, tone && css[tone])}>{children}</span>
}

export type Tone = 'good' | 'warn' | 'bad'

export function classes(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}
