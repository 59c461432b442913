import { type Command, Option } from 'commander'
import { AbortError, type SkillsClient, type Stage, WaitTimeoutError } from '../client/index.ts'
import { type CommandError, commandError, exitCodes } from './command-error.ts'
import { addConnectionOptions, type ConnectionOptions, openClient } from './connection.ts'
import { onInterrupt } from './interrupt.ts'
import { tell } from './output.ts'
import { startProgress } from './progress.ts'
import { addUnitOptions, readUnits, stages, type UnitRow } from './units-input.ts'
import { wholeNumber } from './whole-number.ts'

interface WaitOptions extends ConnectionOptions {
  readonly stage?: Stage
  readonly file?: string
  readonly unitColumn: string
  readonly deadline: number
}

/** The options of waiting. */
interface WaitPlan {
  readonly skillId: string
  readonly stage?: Stage | undefined
  readonly deadline?: number
  /** The others are not waited for. */
  readonly isWanted?: (unit: UnitRow) => boolean
}

const defaultDeadlineSeconds = 300
const shownMax = 10

/** `skillkeeper wait`: until a skill is on in all units. */
export function addWaitCommand(program: Command): void {
  const command = program
    .command('wait')
    .argument('<SKILL>', 'The ID of a skill.')
    .description('Wait until a skill is ENABLED in all units.')
    .addHelpText('before', 'Example: skillkeeper wait amzn1.ask.skill.… --file rooms.csv --deadline 60\n')
    .addHelpText(
      'after',
      `\nExit codes: 0 all are ENABLED, ${exitCodes.deadline} some are not when the time is over.`,
    )
  addUnitOptions(command)
    .addOption(new Option('--stage <STAGE>', 'Only this stage counts.').choices(stages))
    .option('--deadline <SECONDS>', 'How long to wait.', wholeNumber(1, 86_400), defaultDeadlineSeconds)
  addConnectionOptions(command).action(async (skillId: string, units: string[], options: WaitOptions) => {
    const { file, unitColumn, deadline, stage } = options
    const client = await openClient(options)
    await waitForUnits(client, readUnits({ units, file, unitColumn }), { skillId, deadline, stage })
  })
}

/** Waits with a progress bar. Throws a CommandError that names units which are not enabled in time. */
export async function waitForUnits(
  client: SkillsClient,
  source: AsyncIterable<UnitRow> | Iterable<UnitRow>,
  plan: WaitPlan,
): Promise<void> {
  const { skillId, stage, deadline = defaultDeadlineSeconds, isWanted = () => true } = plan
  const units = await Array.fromAsync(source)
  const wanted = units.filter(isWanted)
  const unitIds = wanted.map(({ unitId }) => unitId)
  const progress = startProgress('units enabled')
  progress.show(0, new Set(unitIds).size)
  const interrupt = onInterrupt()
  try {
    const { enabled } = await client.waitUntilAllEnabled(
      unitIds,
      { skillId, ...(stage !== undefined && { stage }) },
      {
        timeoutMs: deadline * 1000,
        signal: interrupt.signal,
        onProgress: ({ enabled, total }) => progress.show(enabled, total),
      },
    )
    progress.end()
    tell(`${enabled} units are ENABLED.`)
  } catch (error) {
    progress.end()
    if (error instanceof AbortError) throw commandError(exitCodes.interrupted, 'Stopped.', error)
    throw error instanceof WaitTimeoutError ? timeOver(error, deadline) : error
  } finally {
    interrupt.release()
  }
}

function timeOver({ missing }: WaitTimeoutError, deadline: number): CommandError {
  const lines = missing.slice(0, shownMax).map(({ unitId, state }) => `  ${unitId}: ${state}`)
  const more = missing.length > shownMax ? [`  and ${missing.length - shownMax} more`] : []
  const first = `${missing.length} units are not ENABLED after ${deadline} seconds:`
  const next = 'Wait on for what is ENABLING: skillkeeper wait. Enable the others first: skillkeeper batch.'
  return commandError(exitCodes.deadline, [first, ...lines, ...more, next].join('\n'))
}
