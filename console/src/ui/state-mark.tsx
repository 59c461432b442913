/** The state of a skill in a unit: a form and a word, never colour alone. */
import type { CellCode } from '../api/wire.ts'
import { useWords } from '../words/words.tsx'
import { classes } from './controls.tsx'
import css from './state-mark.module.css'

export const stateNames = { '.': 'off', E: 'on', e: 'enabling', '!': 'unlinked', w: 'waiting' } as const

export function StateMark({ code }: { readonly code: CellCode }) {
  const words = useWords()
  const name = stateNames[code]
  return <span className={classes(css.mark, css[name])}>{words.state[name]}</span>
}
