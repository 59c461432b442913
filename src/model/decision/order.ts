/**
 * The order of checks, by operation, and the step that each reason of a refusal belongs to. The checks themselves are where
 * they run: `http/gate/`, `operations/units/admit-unit.ts` and the operations.
 */
import type { Operation } from '../../protocol/operations.ts'
import type { DecisionStepName, RefusalReason } from '../../protocol/refusals.ts'

type Steps = readonly DecisionStepName[]

const admission = ['route', 'capacity', 'token', 'throttle', 'form'] as const
const ofUnit = [...admission, 'role', 'unit', 'available'] as const
const ofEnabling = [...ofUnit, 'skill', 'stage', 'state', 'link', 'storage'] as const

const ofOperations: Readonly<Record<Operation, Steps>> = {
  get: [...ofUnit, 'skill', 'state', 'storage'],
  list: [...ofUnit, 'storage'],
  enable: ofEnabling,
  disable: [...ofUnit, 'skill', 'state', 'storage'],
  batch_enable: ofEnabling,
  batch_disable: [...ofUnit, 'skill', 'stage', 'state', 'storage'],
  batch_get: [...ofUnit, 'storage'],
  create_unit: [...ofUnit, 'state', 'storage'],
  get_unit: [...ofUnit, 'storage'],
  list_units: [...ofUnit, 'storage'],
  rename_unit: [...ofUnit, 'storage'],
  delete_unit: [...ofUnit, 'state', 'storage'],
  list_roles: [...ofUnit, 'storage'],
  get_role: [...ofUnit, 'storage'],
  list_role_assignments: [...ofUnit, 'storage'],
  list_principal_assignments: [...ofUnit, 'storage'],
  assign_role: [...ofUnit, 'state', 'storage'],
  revoke_role: [...ofUnit, 'state', 'storage'],
  batch_assign_role: [...ofUnit, 'state', 'storage'],
  batch_revoke_role: [...ofUnit, 'state', 'storage'],
  read_rooms: [...ofUnit, 'storage'],
}

const ofIssuer: Steps = ['route', 'capacity', 'form', 'token', 'state', 'storage']
const ofUnknown: Steps = ['route']
const ofOthers: Steps = ['route', 'capacity', 'token', 'form', 'state', 'storage']

const others: ReadonlyMap<string, Steps> = new Map([
  ...['token', 'tokeninfo', 'revoke', 'profile', 'authorize'].map((name) => [name, ofIssuer] as const),
  ...['me', 'events', 'operations_log', 'refusals', 'changes'].map(
    (name) => [name, ofOperations.read_rooms] as const,
  ),
  ['unknown', ofUnknown],
])

/** The steps of an operation by its name in logs and metrics; an unknown name is one of the operator's API. */
export function stepsOf(operation: string): Steps {
  return isOperation(operation) ? ofOperations[operation] : (others.get(operation) ?? ofOthers)
}

function isOperation(name: string): name is Operation {
  return Object.hasOwn(ofOperations, name)
}

/** Where a refusal can come from: `begun` tells whether the operation had begun. */
interface Origin {
  readonly step: DecisionStepName
  /** If the operation had begun; absent if that makes no difference. */
  readonly begun?: DecisionStepName
  /** The row of the ledger that decides. */
  readonly row?: string
}

export const origins: Readonly<Record<RefusalReason, Origin>> = {
  host: { step: 'route', row: 'H19' },
  origin: { step: 'route', row: 'H20' },
  path: { step: 'route', row: 'H1' },
  overload: { step: 'capacity', begun: 'storage' },
  token: { step: 'token', row: '15' },
  client: { step: 'token' },
  rate: { step: 'throttle' },
  request: { step: 'form' },
  scope: { step: 'role', row: '16' },
  role: { step: 'role', row: '12' },
  unit: { step: 'unit', row: '11' },
  region: { step: 'available', row: 'R3' },
  availability: { step: 'available', row: '13' },
  skill: { step: 'skill', row: '14' },
  stage: { step: 'stage', row: '14' },
  subscription: { step: 'state', row: 'S2' },
  state: { step: 'state' },
  grant: { step: 'state', row: 'H23' },
  absent: { step: 'state' },
  link: { step: 'link', row: '20' },
  fault: { step: 'capacity', begun: 'storage' },
}

/** Rows that hold for one operation only. */
export const rowsOfAbsent: Readonly<Record<string, string>> = {
  get: '24',
  disable: '26',
}
