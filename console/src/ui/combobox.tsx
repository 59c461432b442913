/** A field that finds something while one types: the combobox with a list of the ARIA patterns. */
import { type KeyboardEvent, useId, useState } from 'react'
import css from './combobox.module.css'

export interface Found {
  readonly key: string
  readonly text: string
  /** Where it is. */
  readonly note: string
}

interface ComboboxProps {
  readonly label: string
  readonly items: readonly Found[]
  /** A sentence above the items. */
  readonly state: string
  readonly onType: (text: string) => void
  readonly onChoose: (found: Found) => void
}

export function Combobox({ label, items, state, onType, onChoose }: ComboboxProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const marked = Math.min(at, items.length - 1)

  function type(next: string) {
    setText(next)
    setOpen(true)
    setAt(0)
    onType(next)
  }

  function choose(found: Found | undefined) {
    if (!found) return
    setOpen(false)
    setText('')
    onType('')
    onChoose(found)
  }

  function onKeyDown(event: KeyboardEvent) {
    const { key } = event
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (isOpen) setAt((marked + (key === 'ArrowDown' ? 1 : -1) + items.length) % Math.max(1, items.length))
      setOpen(true)
    } else if (key === 'Enter' && isOpen) choose(items[marked])
    else if (key === 'Escape' && isOpen) setOpen(false)
    else return
    event.preventDefault()
  }

  return (
    <div className={css.combobox}>
      <input
        className={css.find}
        type="search"
        role="combobox"
        data-find=""
        aria-label={label}
        placeholder={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        {...(isOpen && marked >= 0 && { 'aria-activedescendant': `${id}-${marked}` })}
        value={text}
        onChange={(event) => type(event.target.value)}
        onFocus={() => setOpen(text !== '')}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div className={css.popup} hidden={!isOpen}>
        <p className={css.note} role="status">
          {isOpen && state}
        </p>
        <div className={css.list} role="listbox" id={`${id}-list`} aria-label={label}>
          {items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            <div
              key={item.key}
              className={css.item}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === marked}
              // The field would lose the focus, and the list close before the click.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(item)}
            >
              <bdi>{item.text}</bdi>
              {item.note && <div className={css.path}>{item.note}</div>}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
