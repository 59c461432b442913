/** The last refusals, grouped by client, operation and cause; each with the steps of the decision. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { readRefusals } from '../api/rooms.ts'
import type { RefusalView } from '../api/wire.ts'
import { useSkillNames } from '../names/use-skill-names.ts'
import { useUnitNames } from '../names/use-unit-names.ts'
import { useMe } from '../session/me.tsx'
import { useScope } from '../session/scope.tsx'
import { Button, Field, Row, Tag } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Filters, Page } from '../ui/page.tsx'
import { Empty, More, Shown } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import { curlOf } from './as-curl.ts'
import { DecisionSteps } from './decision-steps.tsx'
import { GiveRoleDialog } from './give-role-dialog.tsx'
import css from './refusals.module.css'

const refreshMs = 5000
/** A group shows so many of its refusals. */
const shownMax = 20

export function RefusalsScreen() {
  const words = useWords()
  const { under, chooser } = useScope()
  const [address, setAddress] = useSearchParams()
  const clientId = address.get('client') ?? ''
  const query = useInfiniteQuery({
    queryKey: ['refusals', under, clientId],
    queryFn: async ({ signal, pageParam }) =>
      await readRefusals(
        { ...(under && { under }), ...(clientId && { clientId }), ...(pageParam && { after: pageParam }) },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.paginationContext.after,
    refetchInterval: refreshMs,
  })
  return (
    <Page title={words.shell.refusals} intro={words.refusals.intro}>
      <Filters>
        {chooser}
        <Field label={words.refusals.client}>
          {(control) => (
            <input
              {...control}
              type="search"
              value={clientId}
              onChange={(event) =>
                setAddress(
                  (before) => {
                    const next = new URLSearchParams(before)
                    if (event.target.value === '') next.delete('client')
                    else next.set('client', event.target.value)
                    return next
                  },
                  { replace: true },
                )
              }
            />
          )}
        </Field>
      </Filters>
      <Shown query={query}>
        {({ pages }) => {
          const groups = groupsOf(pages.flatMap(({ items }) => items))
          if (groups.length === 0) return <Empty title={words.refusals.none} />
          return (
            <div className={css.groups}>
              {groups.map((group) => (
                <Group key={group.key} refusals={group.refusals} />
              ))}
            </div>
          )
        }}
      </Shown>
      <More query={query} />
    </Page>
  )
}

function Group({ refusals }: { readonly refusals: readonly RefusalView[] }) {
  const words = useWords()
  const formats = useFormats()
  const [newest] = refusals
  const oldest = refusals.at(-1)
  if (!newest || !oldest) return null
  const first = formats.when(oldest.at)
  const last = formats.when(newest.at)
  return (
    <details className={css.group}>
      <summary>
        <span className={css.count}>{formats.number(refusals.length)}×</span>
        <span>
          <strong>{words.operations[newest.operation] ?? newest.operation}</strong>{' '}
          <span className={css.cause}>
            {whoOf(newest) ?? words.refusals.nobody} · {newest.message}
          </span>
        </span>
        <Tag tone="bad">{newest.code}</Tag>
        <span />
        <small className={css.cause}>{first === last ? first : `${first} – ${last}`}</small>
      </summary>
      {refusals.slice(0, shownMax).map((refusal) => (
        <One key={refusal.id} refusal={refusal} />
      ))}
    </details>
  )
}

function One({ refusal }: { readonly refusal: RefusalView }) {
  const words = useWords()
  const formats = useFormats()
  const skills = useSkillNames()
  const me = useMe()
  const [isGiving, setGiving] = useState(false)
  const { unitId, skillId, requestId, at, why, detail, clientId, personId, reason } = refusal
  const curl = curlOf(refusal)
  const mayGive = me.kind === 'operator' && reason === 'role'
  const names = useUnitNames(unitId ? [unitId] : [])
  return (
    <div className={css.one}>
      <div>
        <time dateTime={at}>{formats.when(at)}</time>
        {unitId && (
          <>
            {' · '}
            <Link href={`/u/${encodeURIComponent(unitId)}`}>
              <bdi>{names.get(unitId) ?? unitId}</bdi>
            </Link>
          </>
        )}
        {skillId && ` · ${skills.find(({ id }) => id === skillId)?.name ?? skillId}`}
      </div>
      <DecisionSteps steps={why} />
      {detail && <p className={css.cause}>{detail}</p>}
      <Row>
        <CopyId id={requestId} label={words.refusals.copyRequest} />
        {curl && <CopyId id={curl} label={words.refusals.copyCurl} />}
        {mayGive && clientId && unitId && (
          <Button small onClick={() => setGiving(true)}>
            {words.refusals.giveRole}
          </Button>
        )}
      </Row>
      {isGiving && clientId && unitId && (
        <GiveRoleDialog
          clientId={clientId}
          personId={personId}
          unitId={unitId}
          onClose={() => setGiving(false)}
        />
      )}
    </div>
  )
}

function whoOf({ personId, clientId, operator }: RefusalView): string | undefined {
  return personId ?? clientId ?? operator
}

function groupsOf(refusals: readonly RefusalView[]) {
  const groups = new Map<string, RefusalView[]>()
  for (const refusal of refusals) {
    const key = [whoOf(refusal), refusal.operation, refusal.code, refusal.reason, refusal.message].join('\n')
    const group = groups.get(key)
    if (group) group.push(refusal)
    else groups.set(key, [refusal])
  }
  return [...groups].map(([key, list]) => ({ key, refusals: list }))
}
