/** The skills of one unit with their states, and a button for each. */
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useSearchParams } from 'wouter'
import { readMatrixPage } from '../api/rooms.ts'
import type { CellCode, MatrixSkill } from '../api/wire.ts'
import { mayChange, useMe } from '../session/me.tsx'
import { Button, Field } from '../ui/controls.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Empty, problemText, Shown } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './room.module.css'
import { useSwitch } from './use-switch.ts'

const LinkDialog = lazy(async () => ({ default: (await import('../linking/link-dialog.tsx')).LinkDialog }))

const idleMs = 5000
const becomingMs = 1000
/** With more skills a field finds them. */
const listedMax = 10

interface SkillsProps {
  readonly unitId: string
  /** This one stands first. */
  readonly marked?: string | undefined
}

export function RoomSkills({ unitId, marked }: SkillsProps) {
  const words = useWords()
  const [text, setText] = useState('')
  const [query, setQuery] = useSearchParams()
  const room = useQuery({
    queryKey: ['room', unitId],
    queryFn: async ({ signal }) => await readMatrixPage(unitId, { maxResults: 1 }, signal),
    refetchInterval: ({ state }) => (/[ew]/.test(state.data?.rows[0]?.cells ?? '') ? becomingMs : idleMs),
  })
  const linking = query.get('link')
  const setLinking = (skillId: string) =>
    setQuery((before) => {
      const next = new URLSearchParams(before)
      if (skillId === '') next.delete('link')
      else next.set('link', skillId)
      return next
    })
  return (
    <Shown query={room}>
      {({ skills, rows: [row], organizationId }) => {
        if (skills.length === 0 || !row) return <Empty title={words.matrix.noSkills} />
        const rank = (one: { skill: MatrixSkill; code: CellCode }) =>
          one.skill.id === marked ? -1 : Number(one.code === '.')
        const codeOf = (index: number) => (row.cells[index] ?? '.') as CellCode
        const listed = skills
          .map((skill, index) => ({ skill, code: codeOf(index) }))
          .filter(({ skill }) => skill.name.toLowerCase().includes(text.trim().toLowerCase()))
          .sort((a, b) => rank(a) - rank(b))
        const toLink = skills.find(({ id }) => id === linking)
        return (
          <>
            {skills.length > listedMax && (
              <Field label={words.room.findSkill}>
                {(control) => (
                  <input
                    {...control}
                    type="search"
                    value={text}
                    onChange={(event) => setText(event.target.value)}
                  />
                )}
              </Field>
            )}
            <ul className={css.skills}>
              {listed.map(({ skill, code }) => (
                <SkillLine
                  key={skill.id}
                  isMarked={skill.id === marked}
                  unitId={unitId}
                  skill={skill}
                  code={code}
                  onLink={() => setLinking(skill.id)}
                />
              ))}
            </ul>
            <Suspense fallback={null}>
              {toLink && (
                <LinkDialog
                  skill={toLink}
                  unit={{ id: unitId, name: row.name, organizationId }}
                  onClose={() => {
                    setLinking('')
                    void room.refetch()
                  }}
                />
              )}
            </Suspense>
          </>
        )
      }}
    </Shown>
  )
}

interface LineProps {
  readonly unitId: string
  readonly skill: MatrixSkill
  readonly code: CellCode
  readonly isMarked: boolean
  readonly onLink: () => void
}

function SkillLine({ unitId, skill, code, isMarked, onLink }: LineProps) {
  const words = useWords()
  const me = useMe()
  const switching = useSwitch()
  const isOn = code !== '.'
  const canLink = skill.authorizationUri !== undefined && (code === '.' || code === '!' || code === 'w')
  const reason = switching.data?.reason ?? (switching.error && problemText(words, switching.error).message)
  return (
    <li {...(isMarked && { 'data-marked': '' })}>
      <span className={css.name}>
        <bdi>{skill.name}</bdi>
      </span>
      <StateMark code={code} />
      {mayChange(me) && (
        <span className={css.buttons}>
          {canLink && (
            <Button small onClick={onLink} aria-label={`${words.link.button}: ${skill.name}`}>
              {words.link.button}
            </Button>
          )}
          <Button
            small
            disabled={switching.isPending}
            aria-label={`${isOn ? words.room.turnOff : words.room.turnOn}: ${skill.name}`}
            onClick={() =>
              switching.mutate({ unitId, skillId: skill.id, action: isOn ? 'disable' : 'enable' })
            }
          >
            {isOn ? words.room.turnOff : words.room.turnOn}
          </Button>
        </span>
      )}
      {reason && (
        <p className={css.reason} role="alert">
          {reason}
        </p>
      )}
    </li>
  )
}
