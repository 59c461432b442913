/** A form that gives a client or a person a role on a unit and all below. The unit says which roles it has. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { giveRole, readRoles } from '../api/roles.ts'
import { Button, Field, Row, Select } from '../ui/controls.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'
import css from './roles.module.css'

interface Named {
  readonly id: string
  readonly name: string
}

interface GiveRoleProps {
  readonly principalId: string
  readonly units: readonly Named[]
  /** Any other unit can be named by its ID, too. */
  readonly takesIds?: boolean
  readonly onGiven: () => void
}

export function GiveRole({ principalId, units, takesIds, onGiven }: GiveRoleProps) {
  const words = useWords()
  const [unitId, setUnitId] = useState(takesIds ? '' : (units[0]?.id ?? ''))
  const [chosen, choose] = useState('')
  const roles = useQuery({
    queryKey: ['roles', unitId],
    queryFn: async ({ signal }) => (await readRoles(unitId, signal)).results,
    enabled: unitId.startsWith('amzn1.alexa.unit.'),
    retry: false,
    staleTime: 60_000,
  })
  const known = roles.data ?? []
  const role = known.find(({ roleName }) => roleName === chosen)
  const give = useMutation({
    mutationFn: async (roleId: string) => await giveRole(roleId, principalId),
    onSuccess: onGiven,
  })
  const problem = give.error ?? roles.error
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (role) give.mutate(role.roleId)
      }}
    >
      <div className={css.two}>
        {takesIds ? (
          <Field label={words.catalog.roleUnit} hint={words.catalog.roleUnitHint}>
            {(control) => (
              <>
                <input
                  {...control}
                  required
                  list="units-of-roles"
                  value={unitId}
                  onChange={(event) => setUnitId(event.target.value.trim())}
                />
                <datalist id="units-of-roles">
                  {units.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </datalist>
              </>
            )}
          </Field>
        ) : (
          <Select
            label={words.catalog.roleUnit}
            value={unitId}
            options={units.map(({ id, name }) => [id, name] as const)}
            onChange={setUnitId}
          />
        )}
        <Select
          label={words.catalog.role}
          value={role?.roleName ?? ''}
          options={[
            ['', '–'] as const,
            ...known.map(({ roleName }) => [roleName, words.roles[roleName]] as const),
          ]}
          onChange={choose}
        />
      </div>
      {problem && <Problem error={problem} />}
      <Row>
        <Button kind="primary" type="submit" disabled={!role || give.isPending}>
          {words.catalog.giveRole}
        </Button>
      </Row>
    </form>
  )
}
