/** Access tokens of the world: made for a client or a person past every check, and read. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type CatalogKind, readRecords } from '../api/catalog.ts'
import { makeToken, readToken } from '../api/test-controls.ts'
import { Button, Check, Field, Row, Select } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Section } from '../ui/page.tsx'
import { Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './developer.module.css'

export function Tokens() {
  return (
    <>
      <Make />
      <Read />
    </>
  )
}

function Make() {
  const words = useWords().developer.tokens
  const formats = useFormats()
  const clients = useChoices('clients')
  const people = useChoices('people')
  const [clientId, setClientId] = useState('')
  const [personId, setPersonId] = useState('')
  const [isExpired, setExpired] = useState(false)
  const chosen = clientId || (clients[0]?.[0] ?? '')
  const make = useMutation({
    mutationFn: async () =>
      await makeToken({ clientId: chosen, ...(personId && { personId }), expired: isExpired }),
    gcTime: 0,
  })
  return (
    <Section title={words.make}>
      <form
        className={css.tokens}
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Row>
          <Select label={words.client} value={chosen} options={clients} onChange={setClientId} />
          <Select
            label={words.person}
            value={personId}
            options={[['', words.theClient], ...people]}
            onChange={setPersonId}
          />
          <Check
            label={words.expired}
            checked={isExpired}
            onChange={(event) => setExpired(event.target.checked)}
          />
        </Row>
        <Row>
          <Button kind="primary" type="submit" disabled={chosen === '' || make.isPending}>
            {words.make}
          </Button>
        </Row>
        {make.error && <Problem error={make.error} />}
        {make.data && (
          <>
            <p role="status">✓ {words.made(formats.when(make.data.expiresAt))}</p>
            <code className={css.token}>{make.data.accessToken}</code>
            <Row>
              <CopyId id={make.data.accessToken} label={words.copy} />
            </Row>
          </>
        )}
      </form>
    </Section>
  )
}

function Read() {
  const words = useWords().developer.tokens
  const formats = useFormats()
  const [text, setText] = useState('')
  const read = useMutation({ mutationFn: async () => await readToken(text.trim()), gcTime: 0 })
  const said = read.data
  return (
    <Section title={words.read}>
      <form
        className={css.tokens}
        onSubmit={(event) => {
          event.preventDefault()
          read.mutate()
        }}
      >
        <Field label={words.text}>
          {(control) => (
            <textarea
              {...control}
              required
              rows={3}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Row>
          <Button type="submit" disabled={read.isPending}>
            {words.read}
          </Button>
        </Row>
        {read.error && <Problem error={read.error} />}
        {said && (
          <>
            <p role="status">{said.isAccepted ? `✓ ${words.accepted}` : `✗ ${words.notAccepted}`}</p>
            <dl className={css.said}>
              <dt>{words.client}</dt>
              <dd>{said.clientId}</dd>
              <dt>{words.person}</dt>
              <dd>{said.personId ?? said.operator ?? words.theClient}</dd>
              <dt>{words.scopes}</dt>
              <dd>{said.scopes.join(' ')}</dd>
              <dt>{words.issued}</dt>
              <dd>{formats.when(said.issuedAt)}</dd>
              <dt>{words.expires}</dt>
              <dd>{formats.when(said.expiresAt)}</dd>
            </dl>
          </>
        )}
      </form>
    </Section>
  )
}

/** The first records of the kind, by name. */
function useChoices(kind: Extract<CatalogKind, 'clients' | 'people'>) {
  const records = useQuery({
    queryKey: ['choices', kind],
    queryFn: async ({ signal }) => (await readRecords(kind, undefined, signal)).items,
  })
  return (records.data ?? []).map(({ id, name }) => [id, name] as const)
}
