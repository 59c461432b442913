/** The texts in the language of the reader. A language is loaded when it is chosen. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { recall, remember } from '../browser/remembered.ts'
import { en, type Words } from './en.ts'

type Language = 'en' | 'de' | 'es'

export const languages: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['de', 'Deutsch'],
  ['es', 'Español'],
]

const loaders: Readonly<Record<Language, () => Promise<Words>>> = {
  en: async () => en,
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
}

interface Spoken {
  readonly language: Language
  readonly words: Words
  readonly formats: Formats
  readonly choose: (language: Language) => void
}

const SpokenContext = createContext<Spoken>({
  language: 'en',
  words: en,
  formats: formatsOf('en'),
  choose: () => {},
})

export function SpeakingProvider({ children }: { readonly children: ReactNode }) {
  const [wanted, setWanted] = useState<Language>(firstLanguage)
  const [spoken, setSpoken] = useState<{ language: Language; words: Words }>({ language: 'en', words: en })
  useEffect(() => {
    let isCurrent = true
    void loaders[wanted]().then((words) => {
      if (isCurrent) setSpoken({ language: wanted, words })
      document.documentElement.lang = wanted
    })
    return () => {
      isCurrent = false
    }
  }, [wanted])
  const value = useMemo(
    () => ({
      ...spoken,
      formats: formatsOf(spoken.language),
      choose(language: Language) {
        remember('language', language)
        setWanted(language)
      },
    }),
    [spoken],
  )
  return <SpokenContext value={value}>{children}</SpokenContext>
}

export function useWords(): Words {
  return useContext(SpokenContext).words
}

export function useLanguage(): Spoken {
  return useContext(SpokenContext)
}

/** Numbers and times as the language writes them. */
export function useFormats(): Formats {
  return useContext(SpokenContext).formats
}

type Formats = ReturnType<typeof formatsOf>

/** To make them takes much longer than to use them, so a language has them once. */
function formatsOf(language: Language) {
  const number = new Intl.NumberFormat(language)
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const short = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  const whole = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  return {
    number: (value: number) => number.format(value),
    clock: (value: number | string) => short.format(new Date(value)),
    /** The time alone if it is today. */
    when: (value: number | string) => (isToday(value) ? time : whole).format(new Date(value)),
    /** The time if it is today, else the date. */
    brief: (value: number | string) => (isToday(value) ? short : day).format(new Date(value)),
  }
}

function isToday(value: number | string): boolean {
  return new Date(value).toDateString() === new Date().toDateString()
}

function firstLanguage(): Language {
  const remembered = recall('language')
  const all = [remembered, ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return (
    languages.find(([language]) => language === all.find((one) => languages.some(([l]) => l === one)))?.[0] ??
    'en'
  )
}
