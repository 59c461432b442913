import { type Command, Option } from 'commander'
import { type RefusalView, refusalReasons } from '../../protocol/refusals.ts'
import { addCallOptions, type CallOptions } from '../service/connection.ts'
import { moment, momentForms, shortTime } from '../service/moment.ts'
import { namesFor } from '../service/names.ts'
import { newestEntries } from '../service/newest-entries.ts'
import { openOperator } from '../service/operator.ts'
import { type Column, printList } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'

interface RefusalsOptions extends CallOptions {
  readonly unit?: string
  readonly skill?: string
  readonly client?: string
  readonly request?: string
  readonly operation?: string
  readonly code?: string
  readonly reason?: string
  readonly since?: string
  readonly until?: string
  readonly last: number
}

/** `skillkeeper refusals`: shows the refusals of the service. */
export function addRefusalsCommand(program: Command): void {
  const command = program
    .command('refusals')
    .description('Show the last refusals of the node that responds, with their reasons.')
    .addHelpText(
      'before',
      'Examples:\n  skillkeeper refusals --since 1h\n  skillkeeper refusals --unit amzn1.alexa.unit.did.…\n',
    )
    .option('--unit <ID>', 'Only refusals for the unit.')
    .option('--skill <ID>', 'Only refusals for the skill.')
    .option('--client <ID>', 'Only refusals for the client.')
    .option('--request <ID>', 'Only refusals of the request with this X-Amzn-RequestId.')
    .option('--operation <NAME>', 'Only refusals of the operation, such as enable or batch_enable.')
    .option('--code <CODE>', 'Only refusals with the code, such as FORBIDDEN or invalid_client.')
    .addOption(new Option('--reason <REASON>', 'Only refusals by the check.').choices(refusalReasons))
    .option('--since <TIME>', `Only from this time on: ${momentForms}.`, moment)
    .option('--until <TIME>', 'Only before this time.', moment)
    .option('--last <COUNT>', 'The number of refusals, the newest ones.', wholeNumber(1, 100_000), 50)
  addCallOptions(command).action(async (options: RefusalsOptions) => {
    const filter = {
      unitId: options.unit,
      skillId: options.skill,
      clientId: options.client,
      requestId: options.request,
      operation: options.operation,
      code: options.code,
      reason: options.reason,
      since: options.since,
      until: options.until,
    }
    const operator = openOperator(options)
    const path = '/_skillkeeper/refusals'
    const entries = await newestEntries<RefusalView>(operator, path, filter, options.last)
    printList(options.output, columns, entries, await namesFor(options, columns, entries))
  })
}

const columns: readonly Column<RefusalView>[] = [
  { title: 'AT', name: 'at', value: ({ at }) => at, short: ({ at }) => shortTime(at) },
  { title: 'OPERATION', name: 'operation', value: ({ operation }) => operation },
  { title: 'CODE', name: 'code', value: ({ code }) => code },
  { title: 'REASON', name: 'reason', isSpare: true, value: ({ reason }) => reason },
  {
    title: 'CALLER',
    name: 'caller',
    isId: true,
    value: ({ personId, clientId, operator }) => personId ?? clientId ?? operator,
  },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skillId }) => skillId },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unitId }) => unitId },
  { title: 'ITEM', name: 'itemId', isSpare: true, value: ({ itemId }) => itemId },
  { title: 'REQUEST', name: 'requestId', isId: true, isSpare: true, value: ({ requestId }) => requestId },
  {
    title: 'MESSAGE',
    name: 'message',
    isBelow: true,
    value: ({ message, detail }) => (detail ? `${message} (${detail})` : message),
  },
]
