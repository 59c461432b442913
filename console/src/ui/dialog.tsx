import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useWords } from '../words/words.tsx'
import { Button, classes } from './controls.tsx'
import css from './dialog.module.css'

interface DialogProps {
  readonly title: ReactNode
  readonly onClose: () => void
  /** At the side, so that what is below stays in view. */
  readonly isPanel?: boolean
  readonly children: ReactNode
}

/** A modal dialog of the browser: Esc closes it, and the focus returns to where it was. */
export function Dialog({ title, onClose, isPanel, children }: DialogProps) {
  const words = useWords()
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      className={classes(css.dialog, isPanel && css.panel)}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <div className={css.head}>
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" small aria-label={words.common.close} onClick={onClose}>
          ✕
        </Button>
      </div>
      <div className={css.body}>{children}</div>
    </dialog>
  )
}
