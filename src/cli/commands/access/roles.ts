import { type Command, Option } from 'commander'
import type { Role, RoleAssignment, SkillsClient } from '../../../client/index.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
  openClient,
} from '../../service/connection.ts'
import { momentAhead, momentAheadForms } from '../../service/moment.ts'
import { principalNames, resolvePrincipal } from '../../service/principals.ts'
import { commandError, exitCodes } from '../../terminal/command-error.ts'
import { type Column, isFitted, printList, tell } from '../../terminal/output.ts'

interface RoleOptions extends ConnectionOptions {
  readonly role: string
  readonly unitOnly?: boolean
}

interface AssignOptions extends RoleOptions {
  readonly until?: string
}

const roleNames = ['A4P.UnitAdmin', 'A4H.OrgAdmin', 'viewer']

/** `skillkeeper roles …`: who may do what in a unit, as a client or a person. */
export function addRoleCommands(program: Command): void {
  const roles = program
    .command('roles')
    .description('See who may do what in a unit, hand it over, take it back.')
    .addHelpText('before', 'Example: skillkeeper roles assign amzn1.alexa.unit.did.… nora@hospital.example\n')
    .helpCommand(false)
  addListCommands(roles)
  const assign = roles
    .command('assign')
    .argument('<UNIT>', 'The ID of a unit.')
    .argument('<PRINCIPAL>', principalHelp)
    .description('Give somebody a role on a unit and all units below it.')
    .addHelpText(
      'before',
      'Example: skillkeeper roles assign amzn1.alexa.unit.did.… nora@hospital.example --until 8h\n',
    )
    .option('--until <TIME>', `When the role ends: ${momentAheadForms}.`, momentAhead)
  addRoleOptions(assign).action(async (unitId: string, typed: string, options: AssignOptions) => {
    const client = await openClient(options)
    const principalId = await resolvePrincipal(typed, options)
    const { roleId } = await findRole(client, unitId, options.role)
    await client.roles.assign({
      roleId,
      principalId,
      propagate: options.unitOnly !== true,
      ...(options.until !== undefined && { expiresAt: options.until }),
    })
    const until = options.until === undefined ? '' : ` until ${options.until}`
    tell(`${principalId} is ${options.role} of ${unitId}${until}.`)
  })
  const revoke = roles
    .command('revoke')
    .argument('<UNIT>', 'The ID of a unit.')
    .argument('<PRINCIPAL>', principalHelp)
    .description('Take a role on a unit and all units below it from somebody.')
    .addHelpText('before', 'Example: skillkeeper roles revoke amzn1.alexa.unit.did.… nora@hospital.example\n')
  addRoleOptions(revoke).action(async (unitId: string, typed: string, options: RoleOptions) => {
    const client = await openClient(options)
    const principalId = await resolvePrincipal(typed, options)
    const { roleId } = await findRole(client, unitId, options.role)
    await client.roles.revoke({ roleId, principalId, propagate: options.unitOnly !== true })
    tell(`${principalId} is no ${options.role} of ${unitId} any more.`)
  })
}

const principalHelp =
  'An account (amzn1.account.…); with the operator’s token also a name, address or client ID.'

function addRoleOptions(command: Command): Command {
  return addConnectionOptions(command)
    .addOption(new Option('--role <ROLE>', 'Which role.').choices(roleNames).default(roleNames[0]))
    .option('--unit-only', 'Leave the units below it alone.')
}

function addListCommands(roles: Command): void {
  const list = roles
    .command('list')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('List who has a role on a unit. Who has one above it is listed there.')
    .addHelpText('before', 'Example: skillkeeper roles list amzn1.alexa.unit.did.…\n')
  addCallOptions(list).action(async (unitId: string, options: CallOptions) => {
    const client = await openClient(options)
    const assignments: RoleAssignment[] = []
    for await (const { roleId } of client.roles.list({ unitId }))
      assignments.push(...(await Array.fromAsync(client.roles.listAssignments({ roleId }))))
    await print(options, assignments)
  })
  const of = roles
    .command('of')
    .argument('<PRINCIPAL>', principalHelp)
    .argument('[UNIT]', 'The ID of a unit. Only the own roles can be listed without one.')
    .description('List the roles that somebody has on a unit.')
    .addHelpText('before', 'Example: skillkeeper roles of nora@hospital.example amzn1.alexa.unit.did.…\n')
  addCallOptions(of).action(async (typed: string, unitId: string | undefined, options: CallOptions) => {
    const client = await openClient(options)
    const principalId = await resolvePrincipal(typed, options)
    const found = client.roles.listPrincipalAssignments({ principalId, ...(unitId && { unitId }) })
    await print(options, await Array.fromAsync(found))
  })
}

async function print(options: CallOptions, assignments: readonly RoleAssignment[]): Promise<void> {
  const names = isFitted(options.output) ? await principalNames(options) : new Map()
  printList(options.output, columns, assignments, names)
}

/** Throws a CommandError if the unit has no such role. */
async function findRole(client: SkillsClient, unitId: string, roleName: string): Promise<Role> {
  for await (const role of client.roles.list({ unitId, roleName }))
    if (role.roleName === roleName) return role
  throw commandError(
    exitCodes.failure,
    `${unitId} has no role ${roleName}: only an organization has A4H.OrgAdmin.`,
  )
}

const columns: readonly Column<RoleAssignment>[] = [
  { title: 'ROLE', name: 'roleName', value: ({ roleName }) => roleName },
  {
    title: 'COVERS',
    name: 'covers',
    value: ({ propagate }) => (propagate ? 'all below' : 'the unit'),
  },
  { title: 'UNTIL', name: 'expiresAt', value: ({ expiresAt }) => expiresAt },
  { title: 'PRINCIPAL', name: 'principalId', isId: true, value: ({ principalId }) => principalId },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unitId }) => unitId },
  { title: 'ROLE ID', name: 'roleId', isId: true, value: ({ roleId }) => roleId },
]
