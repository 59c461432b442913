/** The keys of every screen. Those of a single letter can be switched off (WCAG 2.1.4). */
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { recall, remember } from '../browser/remembered.ts'
import { useMe } from '../session/me.tsx'

/** So long after `g` the second letter counts. */
const secondKeyMs = 1500

export function hasKeys(): boolean {
  return recall('keys') !== 'off'
}

export function setKeys(isOn: boolean): void {
  remember('keys', isOn ? 'on' : 'off')
}

export function useKeys(onHelp: () => void): void {
  const [, navigate] = useLocation()
  const me = useMe()
  useEffect(() => {
    let wentAt = 0
    const home = me.roots[0]
    const places: Readonly<Record<string, string | undefined>> = {
      o: '/',
      m: home && `/p/${home.unit.id}`,
      c: '/changes',
      h: '/history',
      r: '/refusals',
    }
    function onKey(event: KeyboardEvent) {
      if (!hasKeys() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open]')) return
      if (event.key === '?') onHelp()
      else if (event.key === '/') document.querySelector<HTMLInputElement>('[data-find]')?.focus()
      else if (event.key === 'g') {
        wentAt = event.timeStamp
        return
      } else if (event.timeStamp - wentAt < secondKeyMs && places[event.key])
        navigate(places[event.key] ?? '/')
      else return
      wentAt = 0
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [me, navigate, onHelp])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|select|textarea)$/i.test(target.tagName))
  )
}
