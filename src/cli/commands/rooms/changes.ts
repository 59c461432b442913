import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Change, ChangeItem, ChangePreview, ChangeRequest, SkillsClient } from '../../../client/index.ts'
import { addCallOptions, type CallOptions, openClient } from '../../service/connection.ts'
import { shortTime } from '../../service/moment.ts'
import { commandError, exitCodes, wrongUsage } from '../../terminal/command-error.ts'
import { type Column, printList, printRecord, tell } from '../../terminal/output.ts'
import { wholeNumber } from '../../terminal/whole-number.ts'

interface ListOptions extends CallOptions {
  readonly unit?: string
  readonly status?: Change['status']
  readonly last: number
}

interface ShowOptions extends CallOptions {
  readonly items?: boolean
  readonly outcome?: ChangeItem['outcome']
}

interface MakeOptions extends CallOptions {
  readonly preview?: boolean
  readonly wait: boolean
}

interface StartOptions extends MakeOptions {
  readonly unit?: string
  readonly level?: number
  readonly name?: string
  readonly stage?: NonNullable<ChangeRequest['stage']>
  readonly partition?: string
}

/** How long a command waits for a change. */
const waitMaxMs = 3_600_000
const id = '<CHANGE>'
const idHelp = 'The ID of a change.'

/** `skillkeeper changes …`: changes of many units, made by the service. */
export function addChangeCommands(program: Command): void {
  const changes = program
    .command('changes')
    .description('Enable or disable skills for many units; see what became of it, and take it back.')
    .addHelpText(
      'before',
      'Example: skillkeeper changes start enable amzn1.ask.skill.… --unit amzn1.alexa.unit.did.…\n',
    )
    .helpCommand(false)
  addStartCommand(changes)
  addReadCommands(changes)
  const cancel = changes
    .command('cancel')
    .argument(id, idHelp)
    .description('End a running change. What is done stays done.')
    .addHelpText('before', 'Example: skillkeeper changes cancel 019b…\n')
  addCallOptions(cancel).action(async (change: string, options: CallOptions) => {
    printChange(await (await openClient(options)).changes.cancel(change), options)
  })
  const retry = changes
    .command('retry')
    .argument(id, idHelp)
    .description('Start a change of the items that failed, or that a cancel has left.')
    .addHelpText('before', 'Example: skillkeeper changes retry 019b…\n')
  addWaitOption(retry).action(async (change: string, options: MakeOptions) => {
    const client = await openClient(options)
    await finish(client, await client.changes.retry(change), options)
  })
  const undo = changes
    .command('undo')
    .argument(id, idHelp)
    .description('Take back what a change did. What somebody changed since stays.')
    .addHelpText('before', 'Example: skillkeeper changes undo 019b… --preview\n')
    .option('--preview', 'Only show what it would do.')
  addWaitOption(undo).action(async (change: string, options: MakeOptions) => {
    const client = await openClient(options)
    if (options.preview) printPreview(await client.changes.previewUndo(change), options)
    else await finish(client, await client.changes.undo(change), options)
  })
}

function addStartCommand(changes: Command): void {
  const start = changes
    .command('start')
    .argument('<ACTION>', 'enable or disable.', action)
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('[UNITS...]', 'The IDs of units; otherwise --unit.')
    .description('Enable or disable a skill for many units. The service goes on if you leave.')
    .addHelpText(
      'before',
      'Example: skillkeeper changes start enable amzn1.ask.skill.… --unit amzn1.alexa.unit.did.… --preview\n',
    )
    .option('--unit <ID>', 'The unit and all units below it.')
    .option('--level <LEVEL>', 'With --unit: only the units of this level.', wholeNumber(0, 15))
    .option('--name <TEXT>', 'With --unit: only the units with this text in their names.')
    .addOption(
      new Option(
        '--stage <STAGE>',
        'Enable: the stage, by default live. Disable: only in this stage.',
      ).choices(['development', 'certification', 'live']),
    )
    .option('--partition <NAMES>', 'Partition names, none, or unit-name. By default units keep theirs.')
    .option('--preview', 'Only show what it would do.')
  addWaitOption(start).action(
    async (wanted: ChangeRequest['action'], skillId: string, unitIds: string[], options: StartOptions) => {
      const request = requestOf(wanted, skillId, unitIds, options)
      const client = await openClient(options)
      if (options.preview) printPreview(await client.changes.preview(request), options)
      else await finish(client, await client.changes.start(request), options)
    },
  )
}

function requestOf(
  wanted: ChangeRequest['action'],
  skillId: string,
  ids: readonly string[],
  { unit, level, name, stage, partition }: StartOptions,
): ChangeRequest {
  if (ids.length > 0 === (unit !== undefined))
    throw wrongUsage('Specify either units, or one unit with all units below it: --unit ID')
  const below = { ...(level !== undefined && { level }), ...(name !== undefined && { name }) }
  const isWord = partition === 'none' || partition === 'unit-name'
  return {
    action: wanted,
    skillIds: [skillId],
    units: unit === undefined ? { ids } : { under: unit, ...below },
    ...(stage !== undefined && { stage }),
    ...(partition !== undefined && { partition: isWord ? partition : { text: partition } }),
  }
}

function addReadCommands(changes: Command): void {
  const list = changes
    .command('list')
    .description('List the newest changes: your own, or those of a unit and the units below it.')
    .addHelpText('before', 'Example: skillkeeper changes list --status running\n')
    .option('--unit <ID>', 'Changes of the unit and the units below it.')
    .addOption(
      new Option('--status <STATUS>', 'Only changes with the status.').choices([
        'running',
        'done',
        'cancelled',
        'undone',
      ]),
    )
    .option('--last <COUNT>', 'The number of changes.', wholeNumber(1, 10_000), 50)
  addCallOptions(list).action(async ({ unit, status, last, ...options }: ListOptions) => {
    const client = await openClient(options)
    const found: Change[] = []
    const wanted = { ...(unit !== undefined && { under: unit }), ...(status !== undefined && { status }) }
    for await (const change of client.changes.list({ ...wanted, maxResults: Math.min(100, last) })) {
      found.push(change)
      if (found.length === last) break
    }
    printList(options.output, columns, found)
  })
  const show = changes
    .command('show')
    .argument(id, idHelp)
    .description('Show a change, or its items.')
    .addHelpText('before', 'Example: skillkeeper changes show 019b… --outcome refused\n')
    .option('--items', 'Show each unit and skill.')
    .addOption(
      new Option('--outcome <OUTCOME>', 'Show the items with the outcome.').choices([
        'waiting',
        'done',
        'already',
        'refused',
        'gone',
      ]),
    )
  addCallOptions(show).action(async (change: string, { items, outcome, ...options }: ShowOptions) => {
    const client = await openClient(options)
    if (!items && outcome === undefined) return printChange(await client.changes.get(change), options)
    const found = client.changes.items(change, outcome === undefined ? {} : { outcome })
    printList(options.output, itemColumns, await Array.fromAsync(found))
  })
}

function addWaitOption(command: Command): Command {
  return addCallOptions(command.option('--no-wait', 'Do not wait until the change is made.'))
}

/** Waits for a change unless that is not wanted, and prints it. Throws a CommandError if not all of it was done. */
async function finish(client: SkillsClient, started: Change, options: MakeOptions): Promise<void> {
  if (!options.wait) return printChange(started, options)
  tell(`${started.id}: ${started.title}. The service goes on if you leave.`)
  let shown = ''
  const change = await client.changes.wait(started.id, {
    timeoutMs: waitMaxMs,
    onProgress(seen) {
      const { total, waiting } = seen.counts
      const text = `${total - waiting} of ${total}`
      if (text !== shown) tell(text)
      shown = text
    },
  })
  printChange(change, options)
  const { refused, gone, waiting } = change.counts
  if (refused + gone + waiting === 0) return
  throw commandError(
    exitCodes.failure,
    `${refused + gone + waiting} items were not done. Which and why: skillkeeper changes show ${change.id} --items`,
  )
}

function printChange(change: Change, { output }: CallOptions): void {
  printRecord(output, columns, change)
}

function printPreview({ requestId: _, ...preview }: ChangePreview, { output }: CallOptions): void {
  for (const warning of preview.warnings) tell(warning)
  if (output === 'json') {
    printRecord(output, [], preview)
    return
  }
  const { willChange, already, refused } = preview.counts
  tell(`${willChange} will change, ${already} need no change, ${refused} are refused.`)
  printList(output, itemColumns, preview.items)
}

function action(text: string): ChangeRequest['action'] {
  if (text === 'enable' || text === 'disable') return text
  throw new InvalidArgumentError('Allowed: enable, disable.')
}

const columns: readonly Column<Change>[] = [
  {
    title: 'AT',
    name: 'createdAt',
    value: ({ createdAt }) => createdAt,
    short: ({ createdAt }) => shortTime(createdAt),
  },
  { title: 'STATUS', name: 'status', value: ({ status }) => status },
  { title: 'CHANGE', name: 'title', value: ({ title }) => title },
  { title: 'TOTAL', name: 'total', value: ({ counts }) => counts.total },
  { title: 'WAITING', name: 'waiting', value: ({ counts }) => counts.waiting },
  { title: 'DONE', name: 'done', value: ({ counts }) => counts.done },
  { title: 'ALREADY', name: 'already', value: ({ counts }) => counts.already },
  { title: 'REFUSED', name: 'refused', value: ({ counts }) => counts.refused },
  { title: 'GONE', name: 'gone', value: ({ counts }) => counts.gone },
  { title: 'ACTOR', name: 'actor', isSpare: true, value: ({ actor }) => actor },
  // Not shortened: other commands take it.
  { title: 'ID', name: 'changeId', value: ({ id }) => id },
]

type ShownItem = Omit<ChangeItem, 'outcome'> & { readonly outcome: string }

const itemColumns: readonly Column<ShownItem>[] = [
  { title: 'OUTCOME', name: 'outcome', value: ({ outcome }) => outcome },
  { title: 'NAME', name: 'unitName', value: ({ unitName }) => unitName },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unitId }) => unitId },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skillId }) => skillId },
  { title: 'REASON', name: 'reason', isBelow: true, value: ({ reason }) => reason },
]
