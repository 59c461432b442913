import { useWords } from '../words/words.tsx'
import css from './refusals.module.css'

interface Step {
  readonly step: string
  readonly ok: boolean
  readonly detail?: string
  readonly rule?: string
}

/** The steps of a decision: those that were passed, and the one that was not. */
export function DecisionSteps({ steps }: { readonly steps: readonly Step[] }) {
  const words = useWords()
  return (
    <ol className={css.steps} aria-label={words.refusals.steps}>
      {steps.map(({ step, ok, detail, rule }) => (
        <li key={step} {...(!ok && { 'data-failed': '' })}>
          {ok ? '✓' : '✗'} {words.decision[step] ?? step}
          {detail && `: ${detail}`}
          {rule && ` (${rule})`}
        </li>
      ))}
    </ol>
  )
}
