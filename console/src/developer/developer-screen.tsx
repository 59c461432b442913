/** The test controls, for developers who test a client. */
import { Link } from 'wouter'
import tabs from '../catalog/catalog.module.css'
import { Page } from '../ui/page.tsx'
import { useWords } from '../words/words.tsx'
import { Faults } from './faults.tsx'
import { Journal } from './journal.tsx'
import { Snapshots } from './snapshots.tsx'
import { Tokens } from './tokens.tsx'
import { Worlds } from './worlds.tsx'

const parts = {
  journal: Journal,
  tokens: Tokens,
  faults: Faults,
  snapshots: Snapshots,
  worlds: Worlds,
} as const
type Part = keyof typeof parts
const names = Object.keys(parts) as Part[]

export function DeveloperScreen({ tab }: { readonly tab: string }) {
  const words = useWords()
  const chosen = names.find((name) => name === tab) ?? 'journal'
  const Shown = parts[chosen]
  return (
    <Page title={words.shell.developer} intro={words.developer.intro}>
      <nav className={tabs.tabs} aria-label={words.shell.developer}>
        {names.map((name) => (
          <Link key={name} href={`/dev/${name}`} aria-current={name === chosen ? 'page' : undefined}>
            {words.developer.tabs[name]}
          </Link>
        ))}
      </nav>
      <Shown />
    </Page>
  )
}
