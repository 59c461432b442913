/** The frame of every screen: the way to all others, search, who is signed in, and whether the service answers. */
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Link, useLocation } from 'wouter'
import { connection, listenToConnection } from '../api/connection.ts'
import { MeProvider, useMe } from '../session/me.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { Button } from '../ui/controls.tsx'
import icon from '../ui/icon.svg'
import { Loading } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { useKeys } from './keys.ts'
import { Screens } from './screens.tsx'
import css from './shell.module.css'

const FindUnit = lazy(async () => ({ default: (await import('./find-unit.tsx')).FindUnit }))
const Preferences = lazy(async () => ({ default: (await import('./preferences.tsx')).Preferences }))
const KeyHelp = lazy(async () => ({ default: (await import('./preferences.tsx')).KeyHelp }))
const DeveloperBar = lazy(async () => ({
  default: (await import('../developer/developer-bar.tsx')).DeveloperBar,
}))

export function Shell() {
  return (
    <MeProvider>
      <Frame />
    </MeProvider>
  )
}

function Frame() {
  const words = useWords()
  const me = useMe()
  const [open, setOpen] = useState<'help' | 'preferences'>()
  const close = () => setOpen(undefined)
  useKeys(() => setOpen('help'))
  const main = useFocusOfScreen()
  return (
    <div className={css.shell}>
      <div>
        <a className={css.skip} href="#main">
          {words.shell.skip}
        </a>
        <header className={css.header}>
          <Link className={css.brand} href="/">
            <img src={icon} alt="" />
            Skillkeeper
          </Link>
          <Navigation />
          <div className={css.tools}>
            <Suspense fallback={null}>
              <FindUnit />
            </Suspense>
            <Button
              kind="quiet"
              aria-label={words.shell.account(me.name)}
              onClick={() => setOpen('preferences')}
            >
              {me.name} ▾
            </Button>
          </div>
        </header>
        {me.testControls && (
          <Suspense fallback={null}>
            <DeveloperBar />
          </Suspense>
        )}
        <AwayBanner />
      </div>
      <main className={css.main} id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Screens />
        </Suspense>
      </main>
      <Announcer />
      <Suspense fallback={null}>
        {open === 'help' && <KeyHelp onClose={close} />}
        {open === 'preferences' && <Preferences onClose={close} />}
      </Suspense>
    </div>
  )
}

/** The focus goes to a screen when it comes, so that Tab and a screen reader begin there. */
function useFocusOfScreen() {
  const main = useRef<HTMLElement>(null)
  const [place] = useLocation()
  const before = useRef(place)
  useEffect(() => {
    if (before.current === place) return
    before.current = place
    main.current?.focus({ preventScroll: true })
  }, [place])
  return main
}

function Navigation() {
  const words = useWords()
  const me = useMe()
  const [place] = useLocation()
  const home = me.roots[0]
  const entries = [
    ['/', words.shell.overview],
    ...(home ? [[`/p/${home.unit.id}`, words.shell.rooms]] : []),
    ['/changes', words.shell.changes],
    ['/history', words.shell.history],
    ['/refusals', words.shell.refusals],
    ...(me.kind === 'operator' ? [['/catalog/skills', words.shell.catalog]] : []),
    ...(me.testControls && me.kind === 'operator' ? [['/dev/journal', words.shell.developer]] : []),
  ] as [string, string][]
  const top = (path: string) => path.split('/')[1] ?? ''
  return (
    <nav className={css.nav} aria-label={words.shell.navigation}>
      {entries.map(([path, text]) => (
        <Link key={path} href={path} aria-current={top(place) === top(path) ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  )
}

function AwayBanner() {
  const words = useWords()
  const formats = useFormats()
  const { isAway, answeredAt } = useSyncExternalStore(listenToConnection, connection)
  if (!isAway) return null
  return (
    <div className={css.banner} role="alert">
      <strong>{words.states.away}</strong>
      {words.states.shownAsOf(formats.clock(answeredAt))}
    </div>
  )
}
