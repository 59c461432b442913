import { type Command, InvalidArgumentError } from 'commander'
import type { FoundUnit, MatrixRow, RoomEvent, RoomSummary } from '../../../client/index.ts'
import { addCallOptions, type CallOptions, openClient } from '../../service/connection.ts'
import { shortTime } from '../../service/moment.ts'
import { wrongUsage } from '../../terminal/command-error.ts'
import { onInterrupt } from '../../terminal/interrupt.ts'
import { type Column, printList, printStream, tell } from '../../terminal/output.ts'

interface MatrixOptions extends CallOptions {
  readonly skill?: string
}

interface FindOptions extends CallOptions {
  readonly under?: string
}

/** `skillkeeper rooms …`: shows which skill is on in which room, as a client or person with a role. */
export function addRoomCommands(program: Command): void {
  const rooms = program
    .command('rooms')
    .description('Show which skill is on in which room, and follow changes.')
    .addHelpText('before', 'Example: skillkeeper rooms matrix amzn1.alexa.unit.did.… --output csv\n')
    .helpCommand(false)
  const matrix = rooms
    .command('matrix')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Show each unit from this one on, with a column for each skill.')
    .addHelpText('before', 'Example: skillkeeper rooms matrix amzn1.alexa.unit.did.…\n')
    .option('--skill <ID>', 'Only this skill.')
  addCallOptions(matrix).action(showMatrix)
  const summary = rooms
    .command('summary')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Count in how many units each skill is on.')
    .addHelpText('before', 'Example: skillkeeper rooms summary amzn1.alexa.unit.did.…\n')
  addCallOptions(summary).action(async (unitId: string, options: CallOptions) => {
    const { skills, units, isPartial } = await (await openClient(options)).rooms.summary(unitId)
    printList(options.output, summaryColumns, skills)
    tell(isPartial ? `Only the first ${units} units are counted.` : `${units} units.`)
  })
  const find = rooms
    .command('find')
    .argument('<TEXT>', 'A part of a name, or a whole ID.', notEmpty)
    .description('Find units by a part of their name.')
    .addHelpText('before', 'Example: skillkeeper rooms find "room 1" --under amzn1.alexa.unit.did.…\n')
    .option('--under <ID>', 'Below this unit. Default: below every unit that you have a role on.')
  addCallOptions(find).action(findUnits)
  const watch = rooms
    .command('watch')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Show the changes of a unit and of those below it as they happen, until Ctrl-C.')
    .addHelpText('before', 'Example: skillkeeper rooms watch amzn1.alexa.unit.did.…\n')
  addCallOptions(watch).action(watchUnit)
}

async function showMatrix(unitId: string, options: MatrixOptions): Promise<void> {
  const client = await openClient(options)
  const skillIds = options.skill === undefined ? {} : { skillIds: [options.skill] }
  const rows: MatrixRow[] = []
  let columns: Column<MatrixRow>[] = [...unitColumns]
  for await (const page of client.rooms.matrix({ unitId, ...skillIds })) {
    rows.push(...page.rows)
    columns = [
      ...unitColumns,
      ...page.skills.map(({ name, id }, place) => ({ title: name, name: id, value: cellAt(place) })),
      changedColumn,
    ]
    if (page.hasMoreSkills && rows.length === page.rows.length)
      tell('There are more skills than a matrix shows. --skill chooses one.')
  }
  printList(options.output, columns, rows)
}

const cellAt = (place: number) => (row: MatrixRow) => row.cells[place]

async function findUnits(text: string, options: FindOptions): Promise<void> {
  const { rooms } = await openClient(options)
  const me = options.under === undefined ? await rooms.me() : undefined
  const places =
    me?.kind === 'operator' ? [undefined] : (me?.roots.map(({ unit }) => unit.id) ?? [options.under])
  if (places.length === 0) throw wrongUsage('You have no role on any unit.')
  const found: FoundUnit[] = []
  for (const under of places)
    found.push(...(await Array.fromAsync(rooms.search({ text, ...(under !== undefined && { under }) }))))
  printList(options.output, foundColumns, found)
}

async function watchUnit(unitId: string, options: CallOptions): Promise<void> {
  const { rooms } = await openClient(options)
  const interrupt = onInterrupt()
  const print = printStream(options.output, eventColumns)
  try {
    for await (const event of rooms.events({ unitId }, { signal: interrupt.signal }))
      if (event.type !== 'ready') print([event])
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
  } finally {
    interrupt.release()
  }
}

function notEmpty(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It must not be empty.')
}

const unitColumns: readonly Column<MatrixRow>[] = [
  { title: 'NAME', name: 'name', value: ({ name, level }) => `${'  '.repeat(level)}${name}` },
  { title: 'ID', name: 'unitId', isId: true, isSpare: true, value: ({ id }) => id },
]

const changedColumn: Column<MatrixRow> = {
  title: 'CHANGED',
  name: 'changedAt',
  isSpare: true,
  value: ({ changedAt }) => changedAt,
}

const summaryColumns: readonly Column<RoomSummary['skills'][number]>[] = [
  { title: 'SKILL', name: 'name', value: ({ name }) => name },
  { title: 'ON', name: 'on', value: ({ on }) => on },
  { title: 'ENABLING', name: 'enabling', value: ({ enabling }) => enabling },
  { title: 'NOT LINKED', name: 'notLinked', value: ({ notLinked }) => notLinked },
  { title: 'ID', name: 'skillId', isId: true, isSpare: true, value: ({ id }) => id },
]

const foundColumns: readonly Column<FoundUnit>[] = [
  { title: 'NAME', name: 'name', value: ({ name }) => name },
  { title: 'IN', name: 'path', value: ({ path }) => path.map(({ name }) => name).join(' › ') },
  { title: 'ID', name: 'unitId', isId: true, value: ({ id }) => id },
]

type Shown = Exclude<RoomEvent, { readonly type: 'ready' }>
const changeOf = (event: Shown) => (event.type === 'change' ? event.change : undefined)
const eventColumns: readonly Column<Shown>[] = [
  {
    title: 'AT',
    name: 'at',
    value: (event) => changeOf(event)?.at,
    short: (event) => shortTime(changeOf(event)?.at ?? ''),
  },
  { title: 'OPERATION', name: 'operation', value: (event) => changeOf(event)?.operation ?? 'reset' },
  { title: 'OUTCOME', name: 'outcome', value: (event) => changeOf(event)?.outcome },
  { title: 'ACTOR', name: 'actor', isId: true, value: (event) => changeOf(event)?.actor },
  { title: 'SKILL', name: 'skillId', isId: true, value: (event) => changeOf(event)?.skillId },
  { title: 'UNIT', name: 'unitId', isId: true, value: (event) => changeOf(event)?.unitId },
]
