/** Preferences of the reader, which this browser remembers. Nothing of the session is among them. */

type Name = 'language' | 'theme' | 'keys'

export function recall(name: Name): string | undefined {
  try {
    return localStorage.getItem(`skillkeeper-${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function remember(name: Name, value: string): void {
  try {
    localStorage.setItem(`skillkeeper-${name}`, value)
  } catch {
    // A browser may forbid it: the choice then lasts as long as the page.
  }
}
