/** Tells screen readers of what happens away from the focus. */
import { useSyncExternalStore } from 'react'
import { Unseen } from './controls.tsx'

let message = ''
const listeners = new Set<() => void>()

/** Says a sentence after the present one, politely. */
export function announce(text: string): void {
  // The same text twice is spoken twice only if it differs.
  message = text === message ? `${text}\u00a0` : text
  for (const listener of listeners) listener()
}

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => message,
  )
  return (
    <Unseen>
      <span role="status" aria-live="polite">
        {text}
      </span>
    </Unseen>
  )
}
