import type { Command } from 'commander'
import type { SessionView, SignInCodeView } from '../../../protocol/console/sessions.ts'
import { pages } from '../../service/catalog-search.ts'
import {
  addCallOptions,
  addConnectionOptions,
  type CallOptions,
  type ConnectionOptions,
} from '../../service/connection.ts'
import { shortTime } from '../../service/moment.ts'
import { openOperator } from '../../service/operator.ts'
import { type Column, printList, tell } from '../../terminal/output.ts'

/** `skillkeeper console` and `skillkeeper sessions …`: who is signed in at the console, for the operator. */
export function addSessionCommands(program: Command): void {
  const link = program
    .command('console')
    .description('Print a link that signs you in to the console as the operator: once, within a minute.')
    .addHelpText('before', 'Example: skillkeeper console\n')
  addConnectionOptions(link).action(async (options: ConnectionOptions) => {
    const { url } = await openOperator(options).call<SignInCodeView>('POST', '/_skillkeeper/sessions/codes')
    process.stdout.write(`${url}\n`)
    tell('Open it in a browser within a minute. It works once.')
  })
  const sessions = program
    .command('sessions')
    .description('See who is signed in at the console, sign somebody out.')
    .addHelpText('before', 'Example: skillkeeper sessions list\n')
    .helpCommand(false)
  const list = sessions
    .command('list')
    .description('List the sessions of the console, the oldest first.')
    .addHelpText('before', 'Example: skillkeeper sessions list --output json\n')
  addCallOptions(list).action(async (options: CallOptions) => {
    printList(
      options.output,
      columns,
      await Array.fromAsync(pages<SessionView>(openOperator(options), 'sessions', {})),
    )
  })
  const end = sessions
    .command('end')
    .argument('<SESSION>', 'The ID of a session.')
    .description('End a session with its tokens.')
    .addHelpText('before', 'Example: skillkeeper sessions end 0198a1b2-…\n')
  addConnectionOptions(end).action(async (id: string, options: ConnectionOptions) => {
    await openOperator(options).call('DELETE', `/_skillkeeper/sessions/${encodeURIComponent(id)}`)
    tell(`The session ${id} has ended.`)
  })
}

const columns: readonly Column<SessionView>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'KIND', name: 'kind', value: ({ kind }) => kind },
  {
    title: 'SIGNED IN',
    name: 'createdAt',
    value: ({ createdAt }) => createdAt,
    short: ({ createdAt }) => shortTime(createdAt),
  },
  {
    title: 'LAST USED',
    name: 'usedAt',
    value: ({ usedAt }) => usedAt,
    short: ({ usedAt }) => shortTime(usedAt),
  },
  { title: 'ACTOR', name: 'actor', isId: true, isSpare: true, value: ({ actor }) => actor },
  { title: 'ID', name: 'sessionId', isId: true, value: ({ id }) => id },
]
