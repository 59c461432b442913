/** A refused request as a line of curl. The token and whatever else the service does not keep of a request are placeholders. */
import type { Operation, RefusalView } from '../api/wire.ts'

interface Request {
  readonly method: string
  readonly path: string
  readonly body?: object
}

type Named = { readonly unit: string; readonly skill: string }

const enablements = ({ skill }: Named) => `/v1/skills/${skill}/enablements`
const unitPath = ({ unit }: Named) => `/v2/units/${unit}`
const role = '/v1/roles/ROLE_ID'
const item = ({ unit }: Named) => ({ itemId: 1, unitId: unit })
const assigned = { itemId: 1, principalId: 'PRINCIPAL_ID' }

/** Each operation of the API, and how its request looks. */
const requests: Readonly<Record<Operation, (named: Named) => Request>> = {
  get: (named) => ({ method: 'GET', path: `${enablements(named)}?unitId=${named.unit}` }),
  list: ({ unit }) => ({ method: 'GET', path: `/v1/skills/enablements?unitId=${unit}` }),
  enable: (named) => ({
    method: 'POST',
    path: enablements(named),
    body: { unitId: named.unit, stage: 'STAGE' },
  }),
  disable: (named) => ({ method: 'DELETE', path: `${enablements(named)}?unitId=${named.unit}` }),
  batch_enable: (named) => ({
    method: 'POST',
    path: `${enablements(named)}/batch`,
    body: { items: [{ ...item(named), stage: 'STAGE' }] },
  }),
  batch_disable: (named) => ({
    method: 'POST',
    path: `${enablements(named)}/batchDelete`,
    body: { items: [item(named)] },
  }),
  batch_get: (named) => ({
    method: 'POST',
    path: '/v1/skills/enablements/batchGet',
    body: { items: [item(named)] },
  }),
  create_unit: ({ unit }) => ({
    method: 'POST',
    path: '/v2/units',
    body: { parentId: unit, name: { type: 'PLAIN', value: { text: 'NAME' } } },
  }),
  get_unit: (named) => ({ method: 'GET', path: unitPath(named) }),
  list_units: ({ unit }) => ({ method: 'GET', path: `/v2/units?parentId=${unit}` }),
  rename_unit: (named) => ({
    method: 'PUT',
    path: unitPath(named),
    body: { name: { type: 'PLAIN', value: { text: 'NAME' } } },
  }),
  delete_unit: (named) => ({ method: 'DELETE', path: unitPath(named) }),
  list_roles: ({ unit }) => ({ method: 'GET', path: `/v1/roles?unitId=${unit}` }),
  get_role: () => ({ method: 'GET', path: role }),
  list_role_assignments: () => ({ method: 'GET', path: `${role}/assignments` }),
  list_principal_assignments: ({ unit }) => ({
    method: 'GET',
    path: `/v1/roles/assignments?principalId=PRINCIPAL_ID&unitId=${unit}`,
  }),
  assign_role: () => ({
    method: 'POST',
    path: `${role}/assignments`,
    body: { principalId: 'PRINCIPAL_ID', propagate: true },
  }),
  revoke_role: () => ({ method: 'DELETE', path: `${role}/assignments?principalId=PRINCIPAL_ID` }),
  batch_assign_role: () => ({
    method: 'POST',
    path: `${role}/assignments/batchAssign`,
    body: { items: [assigned] },
  }),
  batch_revoke_role: () => ({
    method: 'POST',
    path: `${role}/assignments/batchRevoke`,
    body: { items: [assigned] },
  }),
  read_rooms: ({ unit }) => ({ method: 'GET', path: `/_skillkeeper/units/${unit}/matrix` }),
}

/** Returns `undefined` for an operation that is none of the API. */
export function curlOf({ operation, unitId, skillId }: RefusalView): string | undefined {
  if (!isOperation(operation)) return undefined
  const named = { unit: unitId ?? 'UNIT_ID', skill: skillId ?? 'SKILL_ID' }
  const { method, path, body } = requests[operation](named)
  const parts = [
    `curl -X ${method} ${quoted(location.origin + path)}`,
    '-H "Authorization: Bearer $ACCESS_TOKEN"',
    ...(body ? ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`] : []),
  ]
  return parts.join(' \\\n  ')
}

function isOperation(operation: string): operation is Operation {
  return Object.hasOwn(requests, operation)
}

/** IDs come from a request: none of their characters may end the text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
