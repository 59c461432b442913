import { Argument, type Command } from 'commander'
import { type FaultList, type FaultView, faultPresets } from '../../protocol/test-controls/faults.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../service/connection.ts'
import { openOperator } from '../service/operator.ts'
import { type Column, printList, printRecord, tell } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { readJson } from './read-json.ts'

const path = '/_skillkeeper/test/faults'

/** `skillkeeper test fault add|preset|list|remove|clear`. */
export function addFaultCommands(test: Command): void {
  const fault = test
    .command('fault')
    .description('Make requests to the world fail.')
    .addHelpText('before', 'Example: skillkeeper test fault preset flaky --world w1\n')
    .helpCommand(false)
  const add = fault
    .command('add')
    .argument('<FILE>', 'A file with a fault rule as JSON; - for standard input.')
    .description('Add a fault rule.')
    .addHelpText('before', 'Example: skillkeeper test fault add flaky.json --world w1\n')
  addCallOptions(add).action(async (file: string, options: CallOptions) => {
    const rule = await readJson(file)
    show(await openOperator(options).call<FaultView>('POST', path, rule), options)
  })
  const preset = fault
    .command('preset')
    .description('Add fault rules that are ready to use.')
    .addHelpText('before', 'Example: skillkeeper test fault preset flaky --world w1\n')
    .addArgument(
      new Argument('<NAME>', 'What happens; docs/testing.md describes them.').choices(faultPresets),
    )
    .option(
      '--seed <NUMBER>',
      'Repeats the chance of an earlier run.',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
  addCallOptions(preset).action(async (name: string, options: CallOptions & { seed?: number }) => {
    const wanted = { name, seed: options.seed }
    const { items } = await openOperator(options).call<FaultList>('POST', `${path}/presets`, wanted)
    printList(options.output, columns, items)
  })
  const list = fault
    .command('list')
    .description('List the fault rules, with the number of requests that each matched and struck.')
    .addHelpText('before', 'Example: skillkeeper test fault list --world w1\n')
  addCallOptions(list).action(async (options: CallOptions) => {
    printList(options.output, columns, (await openOperator(options).call<FaultList>('GET', path)).items)
  })
  const remove = fault
    .command('remove')
    .argument('<ID>', 'The ID of a fault rule.')
    .description('Remove a fault rule.')
    .addHelpText('before', 'Example: skillkeeper test fault remove flaky-enable --world w1\n')
  addConnectionOptions(remove).action(async (id: string, options: ConnectionOptions) => {
    await openOperator(options).call('DELETE', `${path}/${encodeURIComponent(id)}`)
    tell(`The fault rule ${id} is removed.`)
  })
  const clear = fault
    .command('clear')
    .description('Remove all fault rules.')
    .addHelpText('before', 'Example: skillkeeper test fault clear --world w1\n')
  addConnectionOptions(clear).action(async (options: ConnectionOptions) => {
    await openOperator(options).call('DELETE', path)
    tell('All fault rules are removed.')
  })
}

function show(fault: FaultView, options: CallOptions): void {
  printRecord(options.output, columns, fault)
  if (fault.warning !== undefined) tell(`Note: ${fault.warning}`)
}

const columns: readonly Column<FaultView>[] = [
  { title: 'ID', name: 'id', value: ({ id }) => id },
  { title: 'ENABLED', name: 'enabled', value: ({ enabled }) => String(enabled) },
  { title: 'MATCHED', name: 'matched', value: ({ matched }) => matched },
  { title: 'STRUCK', name: 'struck', value: ({ struck }) => struck },
  { title: 'EFFECT', name: 'effect', isBelow: true, value: ({ rule }) => JSON.stringify(rule.effect) },
]
