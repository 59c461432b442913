import { type ReactNode, useEffect } from 'react'
import css from './page.module.css'

interface PageProps {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A screen with its heading. The title of the document follows. */
export function Page({ title, intro, actions, children }: PageProps) {
  useTitle(title)
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{title}</h1>
          {intro && <p className={css.intro}>{intro}</p>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  )
}

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

export function Filters({ children }: { readonly children: ReactNode }) {
  return <div className={css.filters}>{children}</div>
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Skillkeeper`
  }, [title])
}
