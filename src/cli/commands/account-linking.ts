/** This folder has one module for each command or group of commands: its options, its help and its action. */

import { type Command, Option } from 'commander'
import type { DelegatedLinkView, EnablementScopes } from '../../protocol/operator.ts'
import { takeAuthCode } from '../service/auth-code.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../service/connection.ts'
import { namesFor } from '../service/names.ts'
import { openOperator } from '../service/operator.ts'
import { type Column, printList, printRecord, tell } from '../terminal/output.ts'

interface SetOptions extends CallOptions {
  readonly redirectUri: string
}

interface ScopesOptions extends ConnectionOptions {
  readonly renew?: boolean
}

/** `skillkeeper delegated …` and `skillkeeper scopes`: account links for the operator. */
export function addAccountLinkingCommands(program: Command): void {
  const delegated = program
    .command('delegated')
    .description('Show, set and remove the delegated links of an organization.')
    .addHelpText('before', 'Example: skillkeeper delegated list amzn1.alexa.unit.did.…\n')
    .helpCommand(false)
  const list = delegated
    .command('list')
    .argument('<ORGANIZATION>', 'The ID of an organization.')
    .description('List its delegated links.')
    .addHelpText('before', 'Example: skillkeeper delegated list amzn1.alexa.unit.did.…\n')
  addCallOptions(list).action(async (organization: string, options: CallOptions) => {
    const { items } = await openOperator(options).call<{ items: DelegatedLinkView[] }>(
      'GET',
      pathOf(organization),
    )
    printList(options.output, columns, items, await namesFor(options, columns, items))
  })
  addSetCommand(delegated)
  const remove = delegated
    .command('remove')
    .argument('<ORGANIZATION>', 'The ID of an organization.')
    .argument('<SKILL>', 'The ID of a skill.')
    .description('Remove a delegated link. Units that use it are then no longer linked.')
    .addHelpText('before', 'Example: skillkeeper delegated remove amzn1.alexa.unit.did.… amzn1.ask.skill.…\n')
  addConnectionOptions(remove).action(
    async (organization: string, skill: string, options: ConnectionOptions) => {
      await openOperator(options).call('DELETE', pathOf(organization, skill))
      tell(`The delegated link of ${organization} for ${skill} is removed.`)
    },
  )
  addScopesCommand(program)
}

function addSetCommand(delegated: Command): void {
  const set = delegated
    .command('set')
    .argument('<ORGANIZATION>', 'The ID of an organization.')
    .argument('<SKILL>', 'The ID of a skill.')
    .description('Link a skill for all units of an organization, or replace its link.')
    .addHelpText(
      'before',
      [
        'Example:',
        '  SKILLKEEPER_AUTH_CODE=… skillkeeper delegated set amzn1.alexa.unit.did.… \\',
        '    amzn1.ask.skill.… --redirect-uri https://rooms.example/cb',
        '',
      ].join('\n'),
    )
    .addOption(
      new Option(
        '--redirect-uri <URI>',
        'The redirect URI of the authorization request. Set the code in SKILLKEEPER_AUTH_CODE.',
      ).makeOptionMandatory(),
    )
  addCallOptions(set).action(async (organization: string, skill: string, options: SetOptions) => {
    const body = { redirectUri: options.redirectUri, authCode: takeAuthCode() }
    const link = await openOperator(options).call<DelegatedLinkView>('PUT', pathOf(organization, skill), body)
    printRecord(options.output, columns, link, await namesFor(options, columns, [link]))
  })
}

function addScopesCommand(program: Command): void {
  const scopes = program
    .command('scopes')
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Print, as JSON, the scopes that the skill receives for the unit, with its access token.')
    .addHelpText('before', 'Example: skillkeeper scopes amzn1.ask.skill.… amzn1.alexa.unit.did.…\n')
    .option('--renew', 'Renew the token first, even if it is still valid.')
  addConnectionOptions(scopes).action(async (skill: string, unit: string, options: ScopesOptions) => {
    const [unitId, skillId] = [unit, skill].map(encodeURIComponent)
    const path = `/_skillkeeper/units/${unitId}/enablements/${skillId}/scopes`
    const query = options.renew ? '?renew=always' : ''
    const answer = await openOperator(options).call<EnablementScopes>('POST', `${path}${query}`)
    printRecord('json', [], answer)
  })
}

function pathOf(organization: string, skill?: string): string {
  const path = `/_skillkeeper/organizations/${encodeURIComponent(organization)}/delegated-links`
  return skill === undefined ? path : `${path}/${encodeURIComponent(skill)}`
}

const columns: readonly Column<DelegatedLinkView>[] = [
  { title: 'STATUS', name: 'status', value: ({ status }) => status },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skillId }) => skillId },
  {
    title: 'ORGANIZATION',
    name: 'organizationId',
    isId: true,
    value: ({ organizationId }) => organizationId,
  },
]
