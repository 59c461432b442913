/** A new secret for a client. It is shown once, and the old one ends. */
import { useMutation } from '@tanstack/react-query'
import { renewSecret } from '../api/catalog.ts'
import { Button, Row } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './catalog.module.css'

interface SecretProps {
  readonly client: { readonly id: string; readonly name: string }
  readonly onClose: () => void
  readonly onDone: () => void
}

export function NewSecret({ client, onClose, onDone }: SecretProps) {
  const words = useWords()
  const renew = useMutation({
    mutationFn: async () => (await renewSecret(client.id)).secret,
    onSuccess: onDone,
    gcTime: 0,
  })
  return (
    <Dialog title={words.catalog.newSecretTitle(client.name)} onClose={onClose}>
      {renew.data === undefined ? (
        <>
          <p>{words.catalog.newSecretHint}</p>
          {renew.error && <Problem error={renew.error} />}
          <Row>
            <Button kind="danger" disabled={renew.isPending} onClick={() => renew.mutate()}>
              {words.catalog.newSecret}
            </Button>
            <Button onClick={onClose}>{words.common.cancel}</Button>
          </Row>
        </>
      ) : (
        <>
          <SecretOnce secret={renew.data} />
          <Row>
            <Button kind="primary" onClick={onClose}>
              {words.common.close}
            </Button>
          </Row>
        </>
      )}
    </Dialog>
  )
}

/** A secret that is shown only now. */
export function SecretOnce({ secret }: { readonly secret: string }) {
  const words = useWords()
  return (
    <>
      <p role="status">✓ {words.catalog.secretOnce}</p>
      <Row>
        <code className={css.secret}>{secret}</code>
        <CopyId id={secret} label={words.catalog.copySecret} />
      </Row>
    </>
  )
}
