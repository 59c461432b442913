import { type Command, Option } from 'commander'
import type { Stage } from '../../client/index.ts'
import { addConnectionOptions, type ConnectionOptions, openClient } from '../service/connection.ts'
import { tell } from '../terminal/output.ts'

interface DisableOptions extends ConnectionOptions {
  readonly stage?: Stage
}

/** `skillkeeper disable`: a skill in one unit. */
export function addDisableCommand(program: Command): void {
  const command = program
    .command('disable')
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Disable a skill in a unit.')
    .addHelpText('before', 'Example: skillkeeper disable amzn1.ask.skill.… amzn1.alexa.unit.did.…\n')
    .addOption(
      new Option('--stage <STAGE>', 'Only if this stage is the enabled one.').choices([
        'development',
        'certification',
        'live',
      ]),
    )
  addConnectionOptions(command).action(async (skillId: string, unitId: string, options: DisableOptions) => {
    const client = await openClient(options)
    await client.disable({ skillId, unitId, ...(options.stage !== undefined && { stage: options.stage }) })
    tell(`${skillId} is disabled in ${unitId}.`)
  })
}
