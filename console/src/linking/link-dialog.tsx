/** Links a skill of a room: the reader signs in at the skill's own server, in a window of its own. */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call } from '../api/call.ts'
import type { MatrixSkill } from '../api/wire.ts'
import { useMe } from '../session/me.tsx'
import { randomText } from '../session/pkce.ts'
import { Button } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import { answerTo, linkedUri } from './link-channel.ts'

const waitMs = 5 * 60_000

interface LinkProps {
  readonly skill: MatrixSkill
  readonly unit: { readonly id: string; readonly name: string; readonly organizationId: string }
  readonly onClose: () => void
}

export function LinkDialog({ skill, unit, onClose }: LinkProps) {
  const words = useWords()
  const me = useMe()
  const isOperator = me.kind === 'operator'
  const over = useRef(new AbortController())
  useEffect(() => {
    over.current = new AbortController()
    return () => over.current.abort()
  }, [])
  const link = useMutation({
    mutationFn: async () => {
      const state = randomText()
      if (!openAlone(addressOf(skill, state))) return 'blocked' as const
      const answer = await answerTo(state, waitMs, over.current.signal)
      if (answer === undefined) return 'late' as const
      if ('problem' in answer) return { refused: answer.problem }
      await use(skill.id, unit, answer.code, isOperator)
      return 'linked' as const
    },
  })
  const result = link.data
  const host = skill.authorizationUri ? new URL(skill.authorizationUri, location.origin).host : ''
  return (
    <Dialog title={words.link.title(skill.name, unit.name)} onClose={onClose}>
      <p>{isOperator ? words.link.forOrganization : words.link.forRoom}</p>
      <ol>
        <li>{words.link.signInAt(host)}</li>
        <li>{words.link.comesBack}</li>
      </ol>
      {link.isPending && <p role="status">◐ {words.link.waiting}</p>}
      {result === 'linked' && <p role="status">● {words.link.linked}</p>}
      {result === 'blocked' && <p role="alert">⚠ {words.link.blocked}</p>}
      {result === 'late' && <p role="alert">⚠ {words.link.late(linkedUri())}</p>}
      {typeof result === 'object' && <p role="alert">⚠ {words.link.refused(result.refused)}</p>}
      {link.error && <Problem error={link.error} />}
      <div>
        {result === 'linked' ? (
          <Button kind="primary" onClick={onClose}>
            {words.common.close}
          </Button>
        ) : (
          <Button kind="primary" disabled={link.isPending} onClick={() => link.mutate()}>
            {words.link.open}
          </Button>
        )}
      </div>
    </Dialog>
  )
}

/** Opens a window that cannot reach this page. Returns false if the browser opens none; with `noopener` it would not say so. */
function openAlone(address: string): boolean {
  const opened = window.open('', '_blank', 'popup,width=560,height=720')
  if (!opened) return false
  opened.opener = null
  opened.location.replace(address)
  return true
}

function addressOf(
  { authorizationUri = '', linkClientId = '', linkScopes = [] }: MatrixSkill,
  state: string,
): string {
  const address = new URL(authorizationUri, location.origin)
  address.searchParams.set('response_type', 'code')
  address.searchParams.set('client_id', linkClientId)
  address.searchParams.set('redirect_uri', linkedUri())
  if (linkScopes.length > 0) address.searchParams.set('scope', linkScopes.join(' '))
  address.searchParams.set('state', state)
  return address.href
}

/** The operator links the skill for the whole organization, others enable it for the room with the code. */
async function use(
  skillId: string,
  unit: LinkProps['unit'],
  authCode: string,
  isOperator: boolean,
): Promise<void> {
  const redirectUri = linkedUri()
  const path = encodeURIComponent(skillId)
  if (isOperator) {
    const organization = encodeURIComponent(unit.organizationId)
    await call('PUT', `/_skillkeeper/organizations/${organization}/delegated-links/${path}`, {
      body: { authCode, redirectUri },
    })
    return
  }
  const accountLinkRequest = { redirectUri, authCode, type: 'AUTH_CODE' }
  await call('POST', `/v1/skills/${path}/enablements`, {
    body: { unitId: unit.id, stage: 'live', accountLinkRequest },
  })
}
