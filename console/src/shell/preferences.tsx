/** The menu of the reader: appearance, language, keys, sign-out. */
import { useState } from 'react'
import { session } from '../api/call.ts'
import { useMe } from '../session/me.tsx'
import { Button, Check, Row, Select } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { languages, useLanguage } from '../words/words.tsx'
import { hasKeys, setKeys } from './keys.ts'
import css from './shell.module.css'
import { chooseTheme, chosenTheme, themes } from './theme.ts'

export function Preferences({ onClose }: { readonly onClose: () => void }) {
  const me = useMe()
  const { words, language, choose } = useLanguage()
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <Dialog title={<bdi>{me.name}</bdi>} onClose={onClose}>
      <div className={css.choices}>
        <Select
          label={words.shell.theme}
          value={theme}
          options={themes.map((one) => [one, words.shell.themes[one]] as const)}
          onChange={(value) => {
            const next = themes.find((one) => one === value) ?? 'system'
            chooseTheme(next)
            setTheme(next)
          }}
        />
        <Select
          label={words.shell.language}
          value={language}
          options={languages}
          onChange={(value) => choose(languages.find(([one]) => one === value)?.[0] ?? 'en')}
        />
      </div>
      <KeyList />
      <Row>
        <Button onClick={() => void session.end()}>{words.session.signOut}</Button>
      </Row>
    </Dialog>
  )
}

export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const { words } = useLanguage()
  return (
    <Dialog title={words.keys.title} onClose={onClose}>
      <KeyList />
    </Dialog>
  )
}

function KeyList() {
  const { words } = useLanguage()
  const [isOn, setOn] = useState(hasKeys)
  return (
    <>
      <h3>{words.keys.title}</h3>
      <dl className={css.keys}>
        {words.keys.list.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <Check
        label={words.keys.singleLetters}
        checked={isOn}
        onChange={(event) => {
          setKeys(event.target.checked)
          setOn(event.target.checked)
        }}
      />
    </>
  )
}
