import type { Command } from 'commander'
import { isPredefinedSkill } from '../../../app/predefined-skills.ts'
import type {
  CatalogCounts,
  ClientView,
  OrganizationView,
  SkillView,
  UnitView,
} from '../../../protocol/operator.ts'
import { pages } from '../../service/catalog-search.ts'
import { addCallOptions, type CallOptions } from '../../service/connection.ts'
import { openOperator } from '../../service/operator.ts'
import { wrongUsage } from '../../terminal/command-error.ts'
import { type Column, printList, tell } from '../../terminal/output.ts'
import { addChangeCommands } from './change-catalog.ts'

/** `skillkeeper catalog …`: the catalog of a service, and checks of catalog files. */
export function addCatalogCommands(program: Command): void {
  const catalog = program
    .command('catalog')
    .description('Show the catalog of a service, add to it, check a catalog file.')
    .addHelpText('before', 'Example: skillkeeper catalog add catalog.json\n')
    .helpCommand(false)
  addShowCommand(catalog)
  const add = catalog
    .command('add')
    .argument('<FILE>', 'A catalog file.')
    .description('Add or update records of the catalog of a running service, by ID. Removes none.')
    .addHelpText('before', 'Example: skillkeeper catalog add catalog.json\n')
  addCallOptions(add).action(addToCatalog)
  addChangeCommands(catalog)
  catalog
    .command('schema')
    .description('Print the JSON Schema of the catalog file.')
    .addHelpText('before', 'Example: skillkeeper catalog schema > catalog.schema.json\n')
    .action(async () => {
      const { catalogSchema } = await import('../../../app/catalog-file.ts')
      process.stdout.write(catalogSchema())
    })
  catalog
    .command('check')
    .argument('<FILE>', 'A catalog file.')
    .description('Check a catalog file and show every problem with its place. Exit code 1 if there is one.')
    .addHelpText('before', 'Example: skillkeeper catalog check catalog.json\n')
    .action(async (file: string) => {
      const { checkCatalogFile } = await import('../../../app/catalog-file.ts')
      const { problems, notes } = checkCatalogFile(file)
      for (const line of [...problems, ...notes]) process.stderr.write(`${line}\n`)
      if (problems.length > 0) process.exitCode = 1
      else process.stdout.write(`${file} is a valid catalog.\n`)
    })
}

function addShowCommand(catalog: Command): void {
  const show = catalog
    .command('show')
    .description('Show the catalog of a service.')
    .addHelpText('before', 'Example: skillkeeper catalog show organizations\n')
    .helpCommand(false)
  addList(show, 'organizations', 'organizations', 'List the organizations.', organizationColumns)
  addList(show, 'skills', 'skills', 'List the skills.', skillColumns, ownFirst)
  addList(show, 'clients', 'clients', 'List the clients with their roles, without secrets.', clientColumns)
  const units = show
    .command('units')
    .argument('<PARENT>', 'An organization or a unit.')
    .description('List the units directly below an organization or a unit.')
    .addHelpText('before', 'Example: skillkeeper catalog show units amzn1.alexa.unit.did.ORG1\n')
  addCallOptions(units).action(async (parentId: string, options: CallOptions) => {
    printList(options.output, unitColumns, await readAll<UnitView>(options, 'units', { parentId }))
  })
}

function addList<Item>(
  show: Command,
  name: string,
  path: string,
  description: string,
  columns: readonly Column<Item>[],
  inOrder: (items: Item[]) => Item[] = (items) => items,
): void {
  const command = show
    .command(name)
    .description(description)
    .addHelpText('before', `Example: skillkeeper catalog show ${name} --output json\n`)
  addCallOptions(command).action(async (options: CallOptions) => {
    const items = await readAll<Item>(options, path, {})
    printList(options.output, columns, inOrder(items))
  })
}

/** Sorts the skills that every catalog has to the end. */
function ownFirst(skills: readonly SkillView[]): SkillView[] {
  const [own, predefined] = [false, true].map((wanted) =>
    skills.filter(({ id }) => isPredefinedSkill(id) === wanted),
  )
  return [...(own ?? []), ...(predefined ?? [])]
}

async function readAll<Item>(
  options: CallOptions,
  path: string,
  query: Record<string, string>,
): Promise<Item[]> {
  return await Array.fromAsync(pages<Item>(openOperator(options), path, query))
}

async function addToCatalog(file: string, options: CallOptions): Promise<void> {
  const { readCatalogFile } = await import('../../../app/catalog-file.ts')
  const read = readCatalogFile(file)
  if ('problem' in read) throw wrongUsage(read.problem)
  const counts = await openOperator(options).call<CatalogCounts>(
    'POST',
    '/_skillkeeper/catalog',
    read.catalog,
  )
  tell(`${counts.changed} records of ${file} were added or changed.`)
  printList(
    options.output,
    [
      { title: 'RECORDS', name: 'records', value: ([name]) => name },
      { title: 'COUNT', name: 'count', value: ([, count]) => count },
    ],
    Object.entries(counts),
  )
}

const organizationColumns: readonly Column<OrganizationView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'SOLUTION', name: 'solution', value: ({ solution }) => solution },
  { title: 'COUNTRY', name: 'country', value: ({ country }) => country },
  { title: 'ID', name: 'organizationId', isId: true, value: ({ id }) => id },
]
const unitColumns: readonly Column<UnitView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'LEVEL', name: 'level', value: ({ level }) => level },
  { title: 'ID', name: 'unitId', isId: true, value: ({ id }) => id },
]
const skillColumns: readonly Column<SkillView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'STAGES', name: 'stages', value: ({ stages }) => stages.join(' ') },
  { title: 'LINKING', name: 'accountLinking', value: ({ accountLinking }) => (accountLinking ? 'yes' : '') },
  { title: 'ID', name: 'skillId', isId: true, value: ({ id }) => id },
]
const clientColumns: readonly Column<ClientView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'SECRET', name: 'hasSecret', value: ({ hasSecret }) => (hasSecret ? 'yes' : '') },
  {
    title: 'ROLES',
    name: 'roles',
    value: ({ roles }) => roles.map(({ role, unitId }) => `${role} on ${unitId}`).join(' '),
    short: ({ roles }) =>
      roles.map(({ role, unitId }) => `${role} on …${unitId.split('.').at(-1)}`).join(' '),
  },
  { title: 'ID', name: 'clientId', isId: true, value: ({ id }) => id },
]
