/** The units of the reader in numbers that lead to the rooms behind them. */
import { useQuery } from '@tanstack/react-query'
import { Link, Redirect } from 'wouter'
import { readRefusals, readSummary } from '../api/rooms.ts'
import { RunningChanges } from '../changes/running-changes.tsx'
import { byKey, nameKey } from '../names/name-key.ts'
import { useMe } from '../session/me.tsx'
import tones from '../ui/controls.module.css'
import { classes } from '../ui/controls.tsx'
import { Page, Section } from '../ui/page.tsx'
import { Empty, Shown } from '../ui/states.tsx'
import { numberClass, Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './overview.module.css'

const refreshMs = 15_000

export function Overview() {
  const words = useWords()
  const me = useMe()
  const [only] = me.roots
  // Whoever has one property is at home there.
  if (me.kind !== 'operator' && me.roots.length === 1 && only)
    return <Redirect to={`/p/${encodeURIComponent(only.unit.id)}`} />
  return (
    <Page title={words.shell.overview} intro={words.overview.intro}>
      {me.roots.length === 0 && (
        <Empty title={words.overview.none}>
          <p>{me.kind === 'operator' ? words.overview.noneOperator : words.overview.nonePerson}</p>
          {me.kind === 'operator' && <Link href="/catalog/organizations">{words.shell.catalog}</Link>}
        </Empty>
      )}
      <RunningChanges {...(me.kind !== 'operator' && only && { under: only.unit.id })} />
      {me.roots.map(({ unit }) => (
        <Section key={unit.id} title={unit.name}>
          <Root unitId={unit.id} />
        </Section>
      ))}
    </Page>
  )
}

function Root({ unitId }: { readonly unitId: string }) {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const summary = useQuery({
    queryKey: ['summary', unitId],
    queryFn: async ({ signal }) => await readSummary(unitId, signal),
    refetchInterval: refreshMs,
  })
  const matrix = `/p/${encodeURIComponent(unitId)}`
  return (
    <Shown query={summary}>
      {({ unit, units, skills, children, isPartial }) => {
        const sum = (pick: (one: { on: number; enabling: number; notLinked: number }) => number) =>
          skills.reduce((total, skill) => total + pick(skill), 0)
        const unlinked = sum(({ notLinked }) => notLinked)
        const enabling = sum((one) => one.enabling)
        return (
          <div className={css.root}>
            {isPartial && <p>{words.overview.partial}</p>}
            <div className={css.tiles}>
              <Tile href={matrix} text={words.overview.units} value={formats.number(units)} />
              <Tile
                href={`${matrix}?state=on`}
                text={words.overview.on}
                value={formats.number(sum(({ on }) => on))}
              />
              <Tile
                href={`${matrix}?state=enabling`}
                text={`◐ ${words.state.enabling}`}
                value={formats.number(enabling)}
              />
              <Tile
                href={`${matrix}?state=unlinked`}
                text={`⚠ ${words.state.unlinked}`}
                value={formats.number(unlinked)}
                isWarning={unlinked > 0}
              />
              <RefusedTile under={unitId} isOperator={me.kind === 'operator'} />
            </div>
            {children.length > 0 && (
              <Table
                caption={`${unit.name}: ${words.overview.children}`}
                heads={[
                  words.overview.unit,
                  words.overview.units,
                  words.overview.on,
                  words.state.enabling,
                  words.state.unlinked,
                ]}
                numbers={[1, 2, 3, 4]}
              >
                {inOrder(children).map((child) => (
                  <tr key={child.unit.id}>
                    <td>
                      <Link href={`${matrix}?floor=${encodeURIComponent(child.unit.id)}`}>
                        <bdi>{child.unit.name}</bdi>
                      </Link>
                    </td>
                    <td className={numberClass}>{formats.number(child.units)}</td>
                    <td className={numberClass}>{formats.number(child.on)}</td>
                    <td className={numberClass}>{formats.number(child.enabling)}</td>
                    <td className={numberClass}>{formats.number(child.notLinked)}</td>
                  </tr>
                ))}
              </Table>
            )}
          </div>
        )
      }}
    </Shown>
  )
}

interface TileProps {
  readonly href: string
  readonly text: string
  readonly value: string
  readonly isWarning?: boolean
}

function Tile({ href, text, value, isWarning }: TileProps) {
  return (
    <Link className={css.tile} href={href}>
      <strong className={classes(isWarning && tones['warn'])}>{value}</strong>
      {text}
    </Link>
  )
}

function RefusedTile({ under, isOperator }: { readonly under: string; readonly isOperator: boolean }) {
  const words = useWords()
  const formats = useFormats()
  const refusals = useQuery({
    queryKey: ['refused-lately', under],
    queryFn: async ({ signal }) => {
      const since = new Date(Date.now() - 3_600_000).toISOString()
      return await readRefusals({ since, under }, signal)
    },
    refetchInterval: refreshMs,
  })
  if (!refusals.data) return null
  const { items, paginationContext } = refusals.data
  return (
    <Tile
      href={isOperator ? `/refusals?under=${encodeURIComponent(under)}` : '/refusals'}
      text={words.overview.refused}
      value={`${formats.number(items.length)}${paginationContext.after ? '+' : ''}`}
      isWarning={items.length > 0}
    />
  )
}

/** The service has them in the order of creation. */
function inOrder<Child extends { readonly unit: { readonly name: string } }>(children: readonly Child[]) {
  return children
    .map((child) => ({ child, key: nameKey(child.unit.name) }))
    .sort(byKey)
    .map(({ child }) => child)
}
