import { type Command, Option } from 'commander'
import type { AccountLinkRequest, EnableStage } from '../../client/index.ts'
import { takeAuthCode } from '../service/auth-code.ts'
import { addCallOptions, type CallOptions, openClient } from '../service/connection.ts'
import { namesFor } from '../service/names.ts'
import { enablementColumns } from '../terminal/enablement-columns.ts'
import { printRecord } from '../terminal/output.ts'

interface EnableOptions extends CallOptions {
  readonly stage: EnableStage
  readonly partition?: string
  readonly redirectUri?: string
  readonly locales?: readonly string[]
  readonly wait?: boolean
}

/** `skillkeeper enable`: a skill in one unit. */
export function addEnableCommand(program: Command): void {
  const command = program
    .command('enable')
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Enable a skill in a unit. Safe to repeat.')
    .addHelpText(
      'before',
      [
        'Examples:',
        '  skillkeeper enable amzn1.ask.skill.… amzn1.alexa.unit.did.… --wait',
        '  SKILLKEEPER_AUTH_CODE=… skillkeeper enable amzn1.ask.skill.… \\',
        '    amzn1.alexa.unit.did.… --redirect-uri https://rooms.example/cb',
        '',
      ].join('\n'),
    )
    .addOption(
      new Option('--stage <STAGE>', 'The stage of the skill.')
        .choices(['development', 'live'])
        .default('live'),
    )
    .option('--partition <NAMES>', 'One partition name, or several separated by commas.')
    .option(
      '--redirect-uri <URI>',
      'For account linking: the redirect URI of the authorization request. Set the code in SKILLKEEPER_AUTH_CODE.',
    )
    .option(
      '--locales <LOCALES...>',
      'Locales in which guests use the skill without its name, such as en-US.',
    )
    .option('--wait', 'Wait until the skill is ENABLED.')
  addCallOptions(command).action(enable)
}

async function enable(skillId: string, unitId: string, options: EnableOptions): Promise<void> {
  const client = await openClient(options)
  const accountLinkRequest = linkRequest(options.redirectUri)
  const { requestId: _, ...enablement } = await client.enable({
    skillId,
    unitId,
    stage: options.stage,
    ...(options.partition !== undefined && { partitionName: options.partition }),
    ...(accountLinkRequest !== undefined && { accountLinkRequest }),
    ...(options.locales !== undefined && { nameFreeInvocationRequest: { locales: options.locales } }),
  })
  const record = options.wait
    ? await client.waitUntilEnabled({ skillId, unitId, stage: options.stage })
    : enablement
  const names = await namesFor(options, enablementColumns, [record])
  printRecord(options.output, enablementColumns, record, names)
}

function linkRequest(redirectUri: string | undefined): AccountLinkRequest | undefined {
  return redirectUri === undefined ? undefined : { redirectUri, authCode: takeAuthCode(), type: 'AUTH_CODE' }
}
