import type { Command } from 'commander'
import type { WorldList, WorldView } from '../../protocol/test-controls/worlds.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../service/connection.ts'
import { openOperator } from '../service/operator.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { type Column, printList, printRecord, tell } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { readJson } from './read-json.ts'

interface CreateOptions extends CallOptions {
  readonly catalog?: string
  readonly from?: string
  readonly snapshot?: string
  readonly frozenAt?: string
  readonly activationDelay?: number
  readonly rateLimit?: number
  readonly port?: number
}

const path = '/_skillkeeper/test/worlds'

/** `skillkeeper test world create|list|remove`. */
export function addWorldCommands(test: Command): void {
  const world = test
    .command('world')
    .description('Create, list and remove worlds: services with a state of their own.')
    .addHelpText('before', 'Example: skillkeeper test world create checkout\n')
    .helpCommand(false)
  const create = world
    .command('create')
    .argument('[ID]', 'Lower-case letters, digits and hyphens. Default: random.')
    .description('Create a world, and print its base URL.')
    .addHelpText(
      'before',
      'Example: skillkeeper test world create checkout --frozen-at 2027-01-01T00:00:00Z\n',
    )
    .option('--catalog <FILE>', 'A catalog file (JSON) instead of the catalog of the service.')
    .option('--from <ID>', 'Copy that world.')
    .option('--snapshot <ID>', 'Begin with that snapshot.')
    .option('--frozen-at <TIME>', 'Stop the clock at that time.')
    .option('--activation-delay <MS>', 'How long an enablement stays ENABLING.', wholeNumber(0, 86_400_000))
    .option(
      '--rate-limit <COUNT>',
      'Requests per second and client; 0 is no limit.',
      wholeNumber(0, 1_000_000),
    )
    .option(
      '--port <PORT>',
      'A port that serves this world alone; 0 for any free one.',
      wholeNumber(0, 65_535),
    )
  addCallOptions(create).action(async (id: string | undefined, options: CreateOptions) => {
    const { catalog, from, snapshot, frozenAt, activationDelay, rateLimit, port } = options
    if (from !== undefined && snapshot !== undefined)
      throw wrongUsage('--from and --snapshot exclude each other.')
    const created = await openOperator(options).call<WorldView>('POST', path, {
      id,
      port,
      catalog: catalog === undefined ? undefined : await readJson(catalog),
      from: from === undefined ? snapshot && { snapshot } : { world: from },
      settings: { activationDelayMs: activationDelay, rateLimit },
      ...(frozenAt !== undefined && { clock: { frozenAt } }),
    })
    printRecord(options.output, columns, created)
  })
  const list = world
    .command('list')
    .description('List the worlds of the service.')
    .addHelpText('before', 'Example: skillkeeper test world list\n')
  addCallOptions(list).action(async (options: CallOptions) => {
    printList(options.output, columns, (await openOperator(options).call<WorldList>('GET', path)).items)
  })
  const remove = world
    .command('remove')
    .argument('<ID>', 'The ID of a world.')
    .description('Remove a world with all that is in it.')
    .addHelpText('before', 'Example: skillkeeper test world remove checkout\n')
  addConnectionOptions(remove).action(async (id: string, options: ConnectionOptions) => {
    await openOperator(options).call('DELETE', `${path}/${encodeURIComponent(id)}`)
    tell(`The world ${id} is removed.`)
  })
}

const columns: readonly Column<WorldView>[] = [
  { title: 'ID', name: 'id', value: ({ id }) => id },
  { title: 'URL', name: 'url', value: ({ url }) => url },
  { title: 'PORT URL', name: 'portUrl', isSpare: true, value: ({ portUrl }) => portUrl },
  { title: 'CREATED', name: 'createdAt', value: ({ createdAt }) => createdAt },
]
