import type { Command } from 'commander'
import type { JournalEntry, JournalPage, Verdict } from '../../protocol/test-controls/journal.ts'
import { addCallOptions, type CallOptions } from '../service/connection.ts'
import { shortTime } from '../service/moment.ts'
import { openOperator } from '../service/operator.ts'
import { commandError, exitCodes } from '../terminal/command-error.ts'
import { type Column, printList, printStream, tell } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { readJson } from './read-json.ts'

interface JournalOptions extends CallOptions {
  readonly operation?: string
  readonly unit?: string
  readonly skill?: string
  readonly client?: string
  readonly status?: number
  readonly follow?: boolean
  readonly why?: boolean
}

const path = '/_skillkeeper/test/journal'
const pageMax = 1000
/** Shorter than the time limit of a request. */
const waitSeconds = 20

/** `skillkeeper test journal` and `skillkeeper test verify`. */
export function addJournalCommands(test: Command): void {
  const journal = test
    .command('journal')
    .description('Show the last requests to the world with their results.')
    .addHelpText('before', 'Example: skillkeeper test journal --operation enable --why --world w1\n')
    .option('--operation <NAME>', 'Only of the operation, such as enable or batch_enable.')
    .option('--unit <ID>', 'Only requests that name the unit.')
    .option('--skill <ID>', 'Only requests that name the skill.')
    .option('--client <ID>', 'Only requests of the client.')
    .option('--status <STATUS>', 'Only with the status.', wholeNumber(0, 599))
    .option('--why', 'With the steps of each decision.')
    .option('--follow', 'Continue with new requests until Ctrl-C.')
  addCallOptions(journal).action(showJournal)

  const verify = test
    .command('verify')
    .argument('<FILE>', 'A file with {"match": …, "count": …} as JSON; - for standard input.')
    .description('Verify that requests came. If not, the exit code is 1, and the nearest requests are shown.')
    .addHelpText('before', 'Example: skillkeeper test verify three-enables.json --world w1\n')
  addCallOptions(verify).action(async (file: string, options: CallOptions) => {
    const verdict = await openOperator(options).call<Verdict>('POST', `${path}/verify`, await readJson(file))
    if (options.output === 'json') process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`)
    if (verdict.pass !== true) throw commandError(exitCodes.failure, verdictText(verdict))
    tell(verdict.message)
  })
}

function verdictText({ message, nearest }: Verdict): string {
  const lines = nearest.flatMap(({ seq, differences }) => [
    `Nearest: #${seq}`,
    ...differences.map(({ at, shown }) => `  ${at}: ${shown}`),
  ])
  return [message, ...lines].join('\n')
}

async function showJournal(options: JournalOptions): Promise<void> {
  const operator = openOperator(options)
  const { operation, unit: unitId, skill: skillId, client: clientId, status } = options
  const shown = options.why ? [...columns, whyColumn] : columns
  const read = (more: { after?: number; wait?: number }) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ operation, unitId, skillId, clientId, status, ...more }))
      if (value !== undefined) query.set(name, String(value))
    return operator.call<JournalPage>('GET', `${path}?${query}&maxResults=${pageMax}`)
  }
  const first = await read({})
  if (first.dropped > 0) tell(`${first.dropped} older requests are no longer in the journal.`)
  if (!options.follow) return printList(options.output, shown, first.items)
  const print = printStream(options.output, shown)
  print(first.items)
  for (let after = first.lastSeq; ; ) {
    const { items, lastSeq } = await read({
      after,
      wait: Math.min(waitSeconds, Math.floor(options.timeout / 2)),
    })
    print(items)
    after = items.at(-1)?.seq ?? Math.max(after, lastSeq)
  }
}

const columns: readonly Column<JournalEntry>[] = [
  { title: '#', name: 'seq', value: ({ seq }) => seq },
  { title: 'AT', name: 'at', value: ({ at }) => at, short: ({ at }) => shortTime(at) },
  { title: 'OPERATION', name: 'operation', value: ({ operation }) => operation },
  { title: 'STATUS', name: 'status', value: ({ response }) => response.status },
  { title: 'CLIENT', name: 'clientId', isId: true, isSpare: true, value: ({ clientId }) => clientId },
  { title: 'FAULT', name: 'fault', value: ({ fault }) => fault ?? undefined },
  { title: 'PATH', name: 'path', value: ({ request }) => `${request.method} ${request.path}` },
]

const whyColumn: Column<JournalEntry> = {
  title: 'WHY',
  name: 'why',
  isBelow: true,
  value: ({ why }) =>
    why.map(({ step, ok, detail }) => `${ok ? '+' : '-'}${step}${detail ? ` (${detail})` : ''}`).join(' '),
}
