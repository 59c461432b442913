import { type Command, Option } from 'commander'
import type { Enablement, Stage } from '../../client/index.ts'
import { isSameSkill } from '../../client/skill-id.ts'
import { describeUnread, expand, readAll } from '../many-units/read-all.ts'
import { addCallOptions, type CallOptions, openClient } from '../service/connection.ts'
import { namesFor } from '../service/names.ts'
import { exitCodes } from '../terminal/command-error.ts'
import { columnsInUnit, enablementColumns } from '../terminal/enablement-columns.ts'
import { printList, printRecord, tell } from '../terminal/output.ts'
import { startProgress } from '../terminal/progress.ts'
import { stages } from '../unit-files/unit-rows.ts'
import { addUnitOptions, readUnits, tellNotes, type UnitSource } from '../unit-files/units-input.ts'

interface GetOptions extends CallOptions {
  readonly stage?: Stage
}

interface ListOptions extends CallOptions {
  readonly file?: string
  readonly unitColumn: string
  readonly skill?: string
}

/** `skillkeeper get` and `skillkeeper list`: show enablements. */
export function addReadCommands(program: Command): void {
  const get = program
    .command('get')
    .argument('<SKILL>', 'The ID of a skill.')
    .argument('<UNIT>', 'The ID of a unit.')
    .description('Show whether a skill is enabled in a unit, and its status.')
    .addHelpText('before', 'Example: skillkeeper get amzn1.ask.skill.… amzn1.alexa.unit.did.…\n')
    .addOption(new Option('--stage <STAGE>', 'Only if this stage is the enabled one.').choices(stages))
  addCallOptions(get).action(async (skillId: string, unitId: string, options: GetOptions) => {
    const { stage, output } = options
    const client = await openClient(options)
    const wanted = { skillId, unitId, expand, ...(stage !== undefined && { stage }) }
    const { requestId: _, ...enablement } = await client.get(wanted)
    const names = await namesFor(options, enablementColumns, [enablement])
    printRecord(output, enablementColumns, enablement, names)
  })
  const list = program
    .command('list')
    .description('List all skills that are enabled in units.')
    .addHelpText(
      'before',
      [
        'Examples:',
        '  skillkeeper list amzn1.alexa.unit.did.…',
        '  skillkeeper list --file rooms.csv --skill amzn1.ask.skill.… --output csv > on.csv',
        '',
      ].join('\n'),
    )
    .addHelpText('after', `\nExit codes: 0 done, ${exitCodes.incomplete} some units are missing.`)
  addUnitOptions(list).option('--skill <SKILL>', 'Only this skill.')
  addCallOptions(list).action(async (units: string[], options: ListOptions) => {
    const { file, unitColumn, skill, output } = options
    const [unitId = '', ...others] = units
    const isOne = file === undefined && unitId !== '' && others.length === 0
    const found = isOne
      ? await Array.fromAsync((await openClient(options)).list({ unitId, expand }))
      : await enablementsIn(options, { units, file, unitColumn })
    const wanted = found.filter((one) => skill === undefined || isSameSkill(one.skill.id, skill))
    // Programs get the same columns for any number of units.
    const columns = isOne && output === 'table' ? columnsInUnit : enablementColumns
    printList(output, columns, wanted, await namesFor(options, columns, wanted))
  })
}

/** Reads the enablements, shows which units could not be read, and sets the exit code. */
async function enablementsIn(options: ListOptions, source: UnitSource): Promise<Enablement[]> {
  const units = await readUnits(source)
  tellNotes(units)
  const progress = startProgress()
  try {
    const client = await openClient(options, progress.attempted)
    const total = units.rows.length
    const show = (read: number, refused: number) =>
      progress.show({
        noun: 'units',
        done: read - refused,
        otherwise: refused,
        total,
        beside: refused === 0 ? '' : `${refused} refused`,
      })
    show(0, 0)
    const found = await readAll(client, units.rows, show)
    progress.end()
    // Nothing was read: only the reason is shown.
    if (found.reports.length === 0) throw found.failure
    const untold = describeUnread(found, total)
    for (const line of untold) tell(line)
    if (untold.length > 0) process.exitCode = exitCodes.incomplete
    return found.reports.flatMap(({ enablements }) => enablements)
  } finally {
    progress.end()
  }
}
