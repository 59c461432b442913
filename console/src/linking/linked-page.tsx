/** Where the token server of a skill sends the reader back to: hands the code to the tab that asked, and closes. */
import { useEffect, useState } from 'react'
import { Page } from '../ui/page.tsx'
import { useWords } from '../words/words.tsx'
import { type LinkAnswer, linkChannel } from './link-channel.ts'

/** Read once, before the address loses it. */
const query = new URLSearchParams(location.pathname === '/console/linked' ? location.search : '')

export function LinkedPage() {
  const words = useWords()
  const [isSent, setSent] = useState(false)
  useEffect(() => {
    history.replaceState(null, '', location.pathname)
    const state = query.get('state')
    const code = query.get('code')
    if (state === null) return
    const channel = new BroadcastChannel(linkChannel)
    const problem = query.get('error_description') ?? query.get('error') ?? ''
    const answer: LinkAnswer = code === null ? { state, problem } : { state, code }
    channel.postMessage(answer)
    channel.close()
    setSent(true)
    window.close()
  }, [])
  return (
    <main>
      <Page title={words.link.returned}>
        <p>{isSent ? words.link.closeThis : words.link.nothing}</p>
      </Page>
    </main>
  )
}
