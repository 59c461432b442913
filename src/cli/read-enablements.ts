import type { Command } from 'commander'
import { addCallOptions, type CallOptions, openClient } from './connection.ts'
import { columnsInUnit, enablementColumns } from './enablement-columns.ts'
import { printList, printRecord } from './output.ts'

/** `skillkeeper get` and `skillkeeper list`: what is on where. */
export function addReadCommands(program: Command): void {
  const get = program
    .command('get')
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Show whether a skill is on in a unit, and how far it is.')
    .addHelpText('before', 'Example: skillkeeper get amzn1.ask.skill.… amzn1.alexa.unit.did.…\n')
  addCallOptions(get).action(async (skillId: string, unitId: string, options: CallOptions) => {
    const { requestId: _, ...enablement } = await (await openClient(options)).get({ skillId, unitId })
    printRecord(options.output, enablementColumns, enablement)
  })
  const list = program
    .command('list')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('List the skills that are on in a unit: all of them, page after page.')
    .addHelpText('before', 'Example: skillkeeper list amzn1.alexa.unit.did.… --output csv > skills.csv\n')
  addCallOptions(list).action(async (unitId: string, options: CallOptions) => {
    const client = await openClient(options)
    printList(options.output, columnsInUnit, await Array.fromAsync(client.list({ unitId })))
  })
}
