import type { Command } from 'commander'
import type { SnapshotList, SnapshotView } from '../../protocol/test-controls/snapshots.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../service/connection.ts'
import { openOperator } from '../service/operator.ts'
import { type Column, printList, printRecord, tell } from '../terminal/output.ts'

const path = '/_skillkeeper/test/snapshots'

/** `skillkeeper test snapshot save|restore|list|remove`. */
export function addSnapshotCommands(test: Command): void {
  const snapshot = test
    .command('snapshot')
    .description('Save and restore what the world has.')
    .addHelpText('before', 'Example: skillkeeper test snapshot save checked-in --world w1\n')
    .helpCommand(false)
  const save = snapshot
    .command('save')
    .argument('[NAME]', 'A name for the list.')
    .description('Take a snapshot of the world: storage, clock, activation and settings.')
    .addHelpText('before', 'Example: skillkeeper test snapshot save checked-in --world w1\n')
    .option('--faults', 'With the fault rules.')
  addCallOptions(save).action(
    async (name: string | undefined, options: CallOptions & { faults?: boolean }) => {
      const wanted = { name, faults: options.faults }
      printRecord(
        options.output,
        columns,
        await openOperator(options).call<SnapshotView>('POST', path, wanted),
      )
    },
  )
  const restore = snapshot
    .command('restore')
    .argument('<ID>', 'The ID of a snapshot.')
    .description('Restore the snapshot in the world, with its clock.')
    .addHelpText('before', 'Example: skillkeeper test snapshot restore 0b1f… --world w1\n')
  addConnectionOptions(restore).action(async (id: string, options: ConnectionOptions) => {
    await openOperator(options).call('POST', `${path}/${encodeURIComponent(id)}/restore`)
    tell(`The snapshot ${id} is restored.`)
  })
  const list = snapshot
    .command('list')
    .description('List the snapshots of the service.')
    .addHelpText('before', 'Example: skillkeeper test snapshot list\n')
  addCallOptions(list).action(async (options: CallOptions) => {
    printList(options.output, columns, (await openOperator(options).call<SnapshotList>('GET', path)).items)
  })
  const remove = snapshot
    .command('remove')
    .argument('<ID>', 'The ID of a snapshot.')
    .description('Remove a snapshot.')
    .addHelpText('before', 'Example: skillkeeper test snapshot remove 0b1f…\n')
  addConnectionOptions(remove).action(async (id: string, options: ConnectionOptions) => {
    await openOperator(options).call('DELETE', `${path}/${encodeURIComponent(id)}`)
    tell(`The snapshot ${id} is removed.`)
  })
}

const columns: readonly Column<SnapshotView>[] = [
  { title: 'ID', name: 'id', value: ({ id }) => id },
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'WORLD', name: 'world', value: ({ world }) => world },
  { title: 'AT', name: 'at', value: ({ at }) => at },
  { title: 'BYTES', name: 'bytes', value: ({ bytes }) => bytes },
]
