import { recall, remember } from '../browser/remembered.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export function chosenTheme(): Theme {
  return themes.find((theme) => theme === recall('theme')) ?? 'system'
}

export function chooseTheme(theme: Theme): void {
  remember('theme', theme)
  applyTheme()
}

/** Sets the chosen theme; without a choice that of the system holds. */
export function applyTheme(): void {
  const theme = chosenTheme()
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
