/** `skillkeeper test …`: the test controls of a service, of the world that `--world` names. */
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions } from '../service/connection.ts'
import { openOperator } from '../service/operator.ts'
import { tell } from '../terminal/output.ts'
import { addClockCommands } from './clock.ts'
import { addFaultCommands } from './faults.ts'
import { addJournalCommands } from './journal.ts'
import { addSnapshotCommands } from './snapshots.ts'
import { addWorldCommands } from './worlds.ts'

export function addTestCommands(program: Command): void {
  const test = program
    .command('test')
    .description('Control a service for tests (serve --test-controls): worlds, clock, faults, journal.')
    .addHelpText(
      'before',
      'Examples:\n  skillkeeper test world create\n  skillkeeper test clock advance PT1H --world w1\n',
    )
    .helpCommand(false)
  addWorldCommands(test)
  addClockCommands(test)
  addFaultCommands(test)
  addSnapshotCommands(test)
  addJournalCommands(test)
  const reset = test
    .command('reset')
    .description('Take the world back to what it had when it was created.')
    .addHelpText('before', 'Example: skillkeeper test reset --world w1\n')
    .option('--empty', 'Keep the catalog only: no enablements and no account links.')
  addConnectionOptions(reset).action(async (options: ConnectionOptions & { readonly empty?: boolean }) => {
    const to = options.empty ? 'empty' : 'start'
    await openOperator(options).call('POST', '/_skillkeeper/test/reset', { to })
    tell('The world is reset.')
  })
}
