import { useState } from 'react'
import { useWords } from '../words/words.tsx'
import { announce } from './announcer.tsx'
import { Button } from './controls.tsx'

/** Copies an ID; the label says that it is done. */
export function CopyId({ id, label }: { readonly id: string; readonly label?: string }) {
  const words = useWords()
  const [isCopied, setCopied] = useState(false)
  async function copy() {
    await navigator.clipboard.writeText(id)
    setCopied(true)
    announce(words.common.copied)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <Button small kind="quiet" title={id} onClick={() => void copy()}>
      {isCopied ? `✓ ${words.common.copied}` : (label ?? words.common.copyId)}
    </Button>
  )
}
