import { useSyncExternalStore } from 'react'

const narrow = '(max-width: 40rem)'

/** Whether the window is too narrow for a grid: on a phone, or enlarged four times. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(narrow)
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => matchMedia(narrow).matches,
  )
}
