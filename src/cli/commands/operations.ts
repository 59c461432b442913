import { type Command, Option } from 'commander'
import { pause, systemClock } from '../../client/transport/clock.ts'
import type { LogEntryView } from '../../protocol/operator.ts'
import { addCallOptions, type CallOptions } from '../service/connection.ts'
import { moment, momentForms, shortTime } from '../service/moment.ts'
import { namesFor } from '../service/names.ts'
import { type ListFilter, newestEntries, pageMax, readPage } from '../service/newest-entries.ts'
import { openOperator } from '../service/operator.ts'
import { type Column, printList, printStream } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'

interface LogOptions extends CallOptions {
  readonly unit?: string
  readonly organization?: string
  readonly skill?: string
  readonly request?: string
  readonly operation?: string
  readonly actor?: string
  readonly outcome?: string
  readonly since?: string
  readonly until?: string
  readonly last: number
  readonly follow?: boolean
}

const followEachMs = 1000
const path = '/_skillkeeper/operations'

/** `skillkeeper operations`: shows the operations log, and follows it. */
export function addOperationsCommand(program: Command): void {
  const command = program
    .command('operations')
    .description('Show the operations log: every change with its time, actor, request ID and outcome.')
    .addHelpText(
      'before',
      'Examples:\n  skillkeeper operations --last 20\n  skillkeeper operations --outcome failed --follow\n',
    )
    .option('--unit <ID>', 'Only changes of the unit.')
    .option('--organization <ID>', 'Only changes in the organization.')
    .option('--skill <ID>', 'Only changes with the skill.')
    .option('--request <ID>', 'Only changes that the request with this X-Amzn-RequestId caused.')
    .option('--operation <NAME>', 'Only changes by the operation, such as enable or link.')
    .addOption(
      new Option('--outcome <OUTCOME>', 'Only changes with the outcome.').choices([
        'done',
        'accepted',
        'failed',
      ]),
    )
    .option(
      '--actor <NAME>',
      'Only changes by the client with the ID, or by the operator: operator, operator:NAME.',
    )
    .option('--since <TIME>', `Only from this time on: ${momentForms}.`, moment)
    .option('--until <TIME>', 'Only before this time.', moment)
    .option('--last <COUNT>', 'The number of entries, the newest ones.', wholeNumber(1, 100_000), 50)
    .option('--follow', 'Continue with new entries until Ctrl-C.')
  addCallOptions(command).action(showLog)
}

async function showLog(options: LogOptions): Promise<void> {
  const operator = openOperator(options)
  const filter = filterOf(options)
  const entries = await newestEntries<LogEntryView>(operator, path, filter, options.last)
  let names = await namesFor(options, columns, entries)
  if (!options.follow) return printList(options.output, columns, entries, names)
  const print = printStream(options.output, columns)
  print(entries, names)
  let after = entries.at(-1)?.id ?? ''
  const next = { order: 'oldest', maxResults: pageMax }
  for (;;) {
    const { items } = await readPage<LogEntryView>(operator, path, { ...filter, ...next, after })
    names = await namesFor(options, columns, items, names)
    print(items, names)
    after = items.at(-1)?.id ?? after
    if (items.length < pageMax) await pause(systemClock, followEachMs, undefined)
  }
}

function filterOf(options: LogOptions): ListFilter {
  return {
    unitId: options.unit,
    organizationId: options.organization,
    skillId: options.skill,
    requestId: options.request,
    operation: options.operation,
    actor: options.actor,
    outcome: options.outcome,
    since: options.since,
    until: options.until,
  }
}

const columns: readonly Column<LogEntryView>[] = [
  { title: 'AT', name: 'at', value: ({ at }) => at, short: ({ at }) => shortTime(at) },
  { title: 'OPERATION', name: 'operation', value: ({ operation }) => operation },
  { title: 'OUTCOME', name: 'outcome', value: ({ outcome }) => outcome },
  { title: 'ACTOR', name: 'actor', isId: true, value: ({ actor }) => actor },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skillId }) => skillId },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unitId }) => unitId },
  { title: 'REQUEST', name: 'requestId', isId: true, isSpare: true, value: ({ requestId }) => requestId },
  {
    title: 'EFFECTIVE',
    name: 'effectiveAt',
    isSpare: true,
    value: ({ effectiveAt }) => effectiveAt,
    short: ({ effectiveAt }) => (effectiveAt === undefined ? '' : shortTime(effectiveAt)),
  },
  {
    title: 'DETAIL',
    name: 'detail',
    isBelow: true,
    value: ({ detail }) => (detail === undefined ? '' : JSON.stringify(detail)),
    // After a success the other columns are enough.
    short: ({ outcome, detail = {} }) =>
      outcome === 'failed' ? Object.entries(detail).map(textOfDetail).join(', ') : '',
  },
]

function textOfDetail([name, value]: [string, unknown]): string {
  return `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`
}
