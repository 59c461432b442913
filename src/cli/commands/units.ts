import { type Command, InvalidArgumentError } from 'commander'
import type { Unit } from '../../client/index.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
  openClient,
} from '../service/connection.ts'
import { type Column, printList, printRecord, tell } from '../terminal/output.ts'

interface ListOptions extends CallOptions {
  readonly depth: number | 'all'
}

/** `skillkeeper units …`: reads and changes the tree of units as a client. */
export function addUnitCommands(program: Command): void {
  const units = program
    .command('units')
    .description('Show, build and change the tree of units.')
    .addHelpText('before', 'Example: skillkeeper units list amzn1.alexa.unit.did.… --depth all\n')
    .helpCommand(false)
  addReadingCommands(units)
  const create = units
    .command('create')
    .argument('<PARENT>', 'The ID of the parent.')
    .argument('<NAME>', 'A name, 1 to 250 characters.')
    .description('Create a unit below another. The same command again creates a second unit.')
    .addHelpText('before', 'Example: skillkeeper units create amzn1.alexa.unit.did.… "Room 101"\n')
  addCallOptions(create).action(async (parentId: string, name: string, options: CallOptions) => {
    const client = await openClient(options)
    const { requestId: _, ...unit } = await client.units.create({ parentId, name })
    printRecord(options.output, columns, unit)
  })
  const rename = units
    .command('rename')
    .argument('<UNIT>', 'The ID of a unit.')
    .argument('<NAME>', 'Its new name, 1 to 250 characters.')
    .description('Rename a unit.')
    .addHelpText('before', 'Example: skillkeeper units rename amzn1.alexa.unit.did.… "Room 101a"\n')
  addConnectionOptions(rename).action(async (unitId: string, name: string, options: ConnectionOptions) => {
    await (await openClient(options)).units.update({ unitId, name })
    tell(`${unitId} has the new name ${name}.`)
  })
  const remove = units
    .command('delete')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Delete a unit that has no units below it and no skill enabled.')
    .addHelpText('before', 'Example: skillkeeper units delete amzn1.alexa.unit.did.…\n')
  addConnectionOptions(remove).action(async (unitId: string, options: ConnectionOptions) => {
    await (await openClient(options)).units.delete(unitId)
    tell(`${unitId} is deleted.`)
  })
}

function addReadingCommands(units: Command): void {
  const list = units
    .command('list')
    .argument('<PARENT>', 'The ID of an organization or a unit.')
    .description('List the units below an organization or a unit. batch accepts the list as CSV.')
    .addHelpText(
      'before',
      'Example: skillkeeper units list amzn1.alexa.unit.did.… --output csv > rooms.csv\n',
    )
    .option('--depth <LEVELS>', 'The number of levels: 1 to 15, or all.', depth, 1)
  addCallOptions(list).action(async (parentId: string, options: ListOptions) => {
    const client = await openClient(options)
    const found = client.units.list({ parentId, queryDepth: options.depth, maxResults: 50 })
    printList(options.output, columns, await Array.fromAsync(found))
  })
  const get = units
    .command('get')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Show a unit.')
    .addHelpText('before', 'Example: skillkeeper units get amzn1.alexa.unit.did.…\n')
  addCallOptions(get).action(async (unitId: string, options: CallOptions) => {
    const { requestId: _, ...unit } = await (await openClient(options)).units.get(unitId)
    printRecord(options.output, columns, unit)
  })
}

function depth(text: string): number | 'all' {
  if (text === 'all') return text
  if (/^([1-9]|1[0-5])$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 15, or all.')
}

const columns: readonly Column<Unit>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'LEVEL', name: 'level', value: ({ level }) => level },
  { title: 'ID', name: 'unitId', isId: true, value: ({ id }) => id },
  { title: 'PARENT', name: 'parentId', isId: true, value: ({ parentId }) => parentId },
]
