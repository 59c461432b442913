import { type FormEvent, useState } from 'react'
import { session } from '../api/call.ts'
import { ApiError } from '../api/problems.ts'
import { Button, Field } from '../ui/controls.tsx'
import icon from '../ui/icon.svg'
import { useTitle } from '../ui/page.tsx'
import { problemText } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import { goToSignIn } from './pkce.ts'
import css from './sign-in.module.css'

interface SignInProps {
  readonly problem: unknown
  /** There was a session, and it is over. */
  readonly hasEnded: boolean
}

export function SignIn({ problem, hasEnded }: SignInProps) {
  const words = useWords()
  const [failure, setFailure] = useState<unknown>(isWorthSaying(problem) ? problem : undefined)
  const [code, setCode] = useState('')
  useTitle(words.session.signIn)

  async function enter(event: FormEvent) {
    event.preventDefault()
    try {
      await session.begin({ oneTimeCode: code.trim().replace(/^.*#code=/, '') })
    } catch (error) {
      setFailure(error)
    }
  }

  return (
    <main className={css.page}>
      <div className={css.card}>
        <img className={css.logo} src={icon} alt="" />
        <div>
          <h1>{words.session.title}</h1>
          <p className={css.note}>{hasEnded ? words.session.ended : words.session.intro}</p>
        </div>
        {failure !== undefined && <p role="alert">{problemText(words, failure).message}</p>}
        <Button kind="primary" onClick={() => void goToSignIn(location.pathname + location.search)}>
          {words.session.signIn}
        </Button>
        <form className={css.or} onSubmit={(event) => void enter(event)}>
          <div className={css.code}>
            <Field label={words.session.code}>
              {(control) => (
                <input
                  {...control}
                  value={code}
                  autoComplete="off"
                  onChange={(event) => setCode(event.target.value)}
                />
              )}
            </Field>
            <Button type="submit" disabled={code.trim() === ''}>
              {words.session.useCode}
            </Button>
          </div>
          <p className={css.note}>
            {words.session.codeHint} <code>skillkeeper console</code>
          </p>
        </form>
      </div>
    </main>
  )
}

/** That nobody is signed in yet is no problem. */
function isWorthSaying(problem: unknown): boolean {
  return (
    problem !== undefined &&
    !(problem instanceof ApiError && problem.status === 401 && problem.code === 'INVALID_LWA_TOKEN')
  )
}
