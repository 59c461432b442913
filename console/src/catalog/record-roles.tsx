/** The roles of a client or a person. Each is given and taken at once. */
import { useMutation } from '@tanstack/react-query'
import { takeRole } from '../api/roles.ts'
import type { ClientView, PersonView } from '../api/wire.ts'
import { useUnitNames } from '../names/use-unit-names.ts'
import { GiveRole } from '../roles/give-role.tsx'
import { useMe } from '../session/me.tsx'
import { Button } from '../ui/controls.tsx'
import { Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './catalog.module.css'

type Role = ClientView['roles'][number]

interface RolesProps {
  readonly record: ClientView | PersonView
  readonly onDone: () => void
}

/** So many names are asked for. */
const namesMax = 50

export function RecordRoles({ record, onDone }: RolesProps) {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const principalId = 'principalId' in record ? record.principalId : record.id
  const names = useUnitNames(record.roles.slice(0, namesMax).map(({ unitId }) => unitId))
  const take = useMutation({
    mutationFn: async ({ unitId, role }: Role) => await takeRole(unitId, role, principalId),
    onSettled: onDone,
  })
  return (
    <section className={css.form} aria-label={words.catalog.heads.roles}>
      <h3>{words.catalog.heads.roles}</h3>
      {record.roles.length === 0 && <p>{words.catalog.noRole}</p>}
      <ul className={css.roles}>
        {record.roles.map((one) => {
          const { unitId, role, propagate, expiresAt } = one
          const where = names.get(unitId) ?? unitId
          return (
            <li key={`${unitId} ${role}`}>
              <span>
                {words.roles[role]}: <bdi>{where}</bdi>
                {propagate === false && ` · ${words.catalog.unitOnly}`}
                {expiresAt && ` · ${words.catalog.until(formats.when(expiresAt))}`}
              </span>
              <Button
                small
                disabled={take.isPending}
                aria-label={`${words.catalog.takeRole}: ${words.roles[role]}, ${where}`}
                onClick={() => take.mutate(one)}
              >
                {words.catalog.takeRole}
              </Button>
            </li>
          )
        })}
      </ul>
      {take.error && <Problem error={take.error} />}
      <GiveRole
        principalId={principalId}
        units={me.roots.map(({ unit }) => unit)}
        takesIds
        onGiven={onDone}
      />
    </section>
  )
}
