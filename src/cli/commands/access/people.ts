import type { Command } from 'commander'
import type { PersonView } from '../../../protocol/operator.ts'
import { pages } from '../../service/catalog-search.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../../service/connection.ts'
import { openOperator } from '../../service/operator.ts'
import { resolvePrincipal } from '../../service/principals.ts'
import { type Column, printList, tell } from '../../terminal/output.ts'
import { askSecret } from '../../terminal/secret-prompt.ts'

interface AddOptions extends ConnectionOptions {
  readonly id?: string
  readonly email?: string
  readonly subject?: string
}

/** `skillkeeper people …`: the people of the catalog, for the operator. */
export function addPeopleCommands(program: Command): void {
  const people = program
    .command('people')
    .description('See the people of a service, add one, remove one.')
    .addHelpText('before', 'Example: skillkeeper people add "Nora Reyes" --email nora@hospital.example\n')
    .helpCommand(false)
  const list = people
    .command('list')
    .description('List the people with their roles, without passphrases.')
    .addHelpText('before', 'Example: skillkeeper people list --output json\n')
  addCallOptions(list).action(async (options: CallOptions) => {
    printList(
      options.output,
      columns,
      await Array.fromAsync(pages<PersonView>(openOperator(options), 'people', {})),
    )
  })
  const add = people
    .command('add')
    .argument('<NAME>', 'A name, 1 to 250 characters.')
    .description('Add a person, or replace the one with that ID. Roles that the Role API gave stay.')
    .addHelpText('before', 'Example: skillkeeper people add "Nora Reyes" --email nora@hospital.example\n')
    .option('--id <ID>', 'The account, amzn1.account.…. Default: a new one.')
    .option('--email <ADDRESS>', 'The person signs in with it and with a passphrase, which is asked for.')
    .option('--subject <SUB>', 'The `sub` of the person at the OpenID issuer of the service.')
  addConnectionOptions(add).action(addPerson)
  const remove = people
    .command('remove')
    .argument('<PERSON>', 'An account (amzn1.account.…), a name or an e-mail address.')
    .description('Remove a person with the roles and tokens.')
    .addHelpText('before', 'Example: skillkeeper people remove nora@hospital.example\n')
  addConnectionOptions(remove).action(async (typed: string, options: ConnectionOptions) => {
    const id = await resolvePrincipal(typed, options)
    await openOperator(options).call('DELETE', `/_skillkeeper/people/${encodeURIComponent(id)}`)
    tell(`${id} is removed.`)
  })
  people
    .command('hash')
    .description('Print a passphrase as passphraseHash of a catalog file has it.')
    .addHelpText('before', 'Example: skillkeeper people hash\n')
    .action(async () => void process.stdout.write(`${await hashOf(await passphraseOf('the person'))}\n`))
}

async function addPerson(name: string, options: AddOptions): Promise<void> {
  const operator = openOperator(options)
  const { email, subject } = options
  const { newAccount } = await import('../../../app/catalog-file.ts')
  const id = options.id ?? newAccount()
  const passphraseHash = email === undefined ? undefined : await hashOf(await passphraseOf(email))
  const person = {
    id,
    name,
    ...(email !== undefined && { email, passphraseHash }),
    ...(subject !== undefined && { subject }),
  }
  await operator.call('POST', '/_skillkeeper/catalog', { people: [person] })
  tell(`${name} is ${id}.`)
}

async function passphraseOf(whom: string): Promise<string> {
  const given = process.env['SKILLKEEPER_PASSPHRASE']
  return given || (await askSecret(`Passphrase of ${whom}:`, 'SKILLKEEPER_PASSPHRASE may have it.'))
}

async function hashOf(passphrase: string): Promise<string> {
  const { hashPassphrase } = await import('../../../app/catalog-file.ts')
  return hashPassphrase(passphrase)
}

const columns: readonly Column<PersonView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'E-MAIL', name: 'email', value: ({ email }) => email },
  { title: 'SIGNS IN', name: 'hasPassphrase', value: ({ hasPassphrase }) => (hasPassphrase ? 'yes' : '') },
  {
    title: 'ROLES',
    name: 'roles',
    value: ({ roles }) => roles.map(({ role, unitId }) => `${role} on ${unitId}`).join(' '),
    short: ({ roles }) =>
      roles.map(({ role, unitId }) => `${role} on …${unitId.split('.').at(-1)}`).join(' '),
  },
  { title: 'ID', name: 'personId', isId: true, value: ({ id }) => id },
]
