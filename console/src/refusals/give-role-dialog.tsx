/** A role for whoever was refused for want of one, on the unit of the request or on one above it. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { readClient, readPerson } from '../api/catalog.ts'
import { readUnit } from '../api/rooms.ts'
import type { UnitView } from '../api/wire.ts'
import { GiveRole } from '../roles/give-role.tsx'
import { Button, Row } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Shown } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'

interface GiveRoleDialogProps {
  readonly clientId: string
  /** The person for whom the token spoke; it then has the roles. */
  readonly personId: string | undefined
  readonly unitId: string
  readonly onClose: () => void
}

export function GiveRoleDialog({ clientId, personId, unitId, onClose }: GiveRoleDialogProps) {
  const words = useWords()
  const [isGiven, setGiven] = useState(false)
  const found = useQuery({
    queryKey: ['give-role', clientId, personId, unitId],
    queryFn: async ({ signal }) => ({
      principal: personId
        ? { id: personId, name: (await readPerson(personId, signal)).name }
        : await principalOf(clientId, signal),
      units: await unitsFrom(unitId, signal),
    }),
    retry: false,
  })
  const who = found.data?.principal.name ?? personId ?? clientId
  return (
    <Dialog title={words.refusals.giveRoleTitle(who)} onClose={onClose}>
      {isGiven ? (
        <>
          <p role="status">✓ {words.refusals.given}</p>
          <Row>
            <Button kind="primary" onClick={onClose}>
              {words.common.close}
            </Button>
          </Row>
        </>
      ) : (
        <Shown query={found}>
          {({ principal, units }) => (
            <GiveRole principalId={principal.id} units={units} onGiven={() => setGiven(true)} />
          )}
        </Shown>
      )}
    </Dialog>
  )
}

async function principalOf(clientId: string, signal: AbortSignal) {
  const { principalId: id, name } = await readClient(clientId, signal)
  return { id, name }
}

/** The unit and those above it, at most 16. */
async function unitsFrom(unitId: string, signal: AbortSignal): Promise<readonly UnitView[]> {
  const unit = await readUnit(unitId, signal)
  return unit.parentId === undefined ? [unit] : [unit, ...(await unitsFrom(unit.parentId, signal))]
}
