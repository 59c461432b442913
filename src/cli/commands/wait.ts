import { type Command, Option } from 'commander'
import {
  AbortError,
  type MissingUnit,
  type SkillsClient,
  type Stage,
  WaitTimeoutError,
} from '../../client/index.ts'
import { addConnectionOptions, type ConnectionOptions, openClient } from '../service/connection.ts'
import { type CommandError, commandError, exitCodes } from '../terminal/command-error.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { tell } from '../terminal/output.ts'
import { type Progress, startProgress } from '../terminal/progress.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { stages, type UnitRow } from '../unit-files/unit-rows.ts'
import { addUnitOptions, readUnits, tellNotes } from '../unit-files/units-input.ts'

interface WaitOptions extends ConnectionOptions {
  readonly stage?: Stage
  readonly file?: string
  readonly unitColumn: string
  readonly deadline: number
}

interface WaitPlan {
  readonly client: SkillsClient
  readonly progress: Progress
  readonly skillId: string
  readonly units: readonly UnitRow[]
  readonly stage?: Stage | undefined
  readonly deadline?: number
}

const defaultDeadlineSeconds = 300
const shownMax = 10
/** The longest pause between two rounds of requests, in milliseconds. */
const pauseMaxMs = 5000

/** `skillkeeper wait`: waits until a skill is enabled in all units. */
export function addWaitCommand(program: Command): void {
  const command = program
    .command('wait')
    .argument('<SKILL>', 'The ID of a skill.')
    .description('Wait until a skill is ENABLED in all units.')
    .addHelpText('before', 'Example: skillkeeper wait amzn1.ask.skill.… --file rooms.csv --deadline 60\n')
    .addHelpText(
      'after',
      `\nExit codes: 0 all are ENABLED, ${exitCodes.deadline} some are not at the deadline.`,
    )
  addUnitOptions(command)
    .addOption(new Option('--stage <STAGE>', 'Only this stage counts.').choices(stages))
    .option('--deadline <SECONDS>', 'How long to wait.', wholeNumber(1, 86_400), defaultDeadlineSeconds)
  addConnectionOptions(command).action(async (skillId: string, units: string[], options: WaitOptions) => {
    const { file, unitColumn, deadline, stage } = options
    const input = await readUnits({ units, file, unitColumn })
    tellNotes(input)
    const progress = startProgress()
    try {
      const client = await openClient(options, progress.attempted)
      await waitForUnits({ client, progress, skillId, units: input.rows, deadline, stage })
    } finally {
      progress.end()
    }
  })
}

/** Waits and shows the progress. Rejects with a CommandError that lists units which are not enabled in time. */
export async function waitForUnits(plan: WaitPlan): Promise<void> {
  const { client, progress, skillId, units, stage, deadline = defaultDeadlineSeconds } = plan
  const interrupt = onInterrupt()
  const noun = 'units enabled'
  progress.show({ noun, done: 0, total: units.length })
  let isFirst = true
  try {
    const { enabled } = await client.waitUntilAllEnabled(
      units,
      { skillId, ...(stage !== undefined && { stage }) },
      {
        timeoutMs: deadline * 1000,
        intervalMaxMs: pauseMaxMs,
        signal: interrupt.signal,
        onProgress(now) {
          const beside = describeMissing(now.missing, progress.trouble())
          if (isFirst && now.missing.length > 0 && now.missing.every(({ state }) => state !== 'ENABLING')) {
            progress.end()
            tell(`No unit is ENABLING: ${beside}. Waiting ${deadline} seconds; Ctrl-C stops it.`)
          }
          isFirst = false
          progress.show({ noun, done: now.enabled, total: now.total, beside, pauseMaxMs })
        },
      },
    )
    progress.end()
    tell(`${enabled} units are ENABLED.`)
  } catch (error) {
    progress.end()
    if (error instanceof AbortError) throw commandError(exitCodes.interrupted, 'Stopped.', error)
    throw error instanceof WaitTimeoutError ? timeOver(error, deadline, progress.trouble()) : error
  } finally {
    interrupt.release()
  }
}

const stateTexts: Readonly<Record<MissingUnit['state'], string>> = {
  ABSENT: 'not enabled at all',
  OTHER_STAGE: 'enabled in another stage',
  UNKNOWN: 'unknown',
  ENABLING: 'being enabled',
}

/** `3 not enabled at all, 12 being enabled`. */
function describeMissing(missing: readonly MissingUnit[], trouble: string | undefined): string {
  const parts = Object.entries(stateTexts).flatMap(([state, text]) => {
    const count = missing.filter((unit) => unit.state === state).length
    const why = state === 'UNKNOWN' && trouble !== undefined ? ` (${trouble})` : ''
    return count === 0 ? [] : [`${count} ${text}${why}`]
  })
  return parts.join(', ')
}

function timeOver(
  { missing }: WaitTimeoutError,
  deadline: number,
  trouble: string | undefined,
): CommandError {
  const lines = missing.slice(0, shownMax).map(({ unitId, state }) => `  ${unitId}: ${state}`)
  const more = missing.length > shownMax ? [`  and ${missing.length - shownMax} more`] : []
  const first = `${missing.length} units are not ENABLED after ${deadline} seconds: ${describeMissing(missing, trouble)}`
  const next =
    'Units that are ENABLING need more time: skillkeeper wait. Enable the others: skillkeeper batch.'
  return commandError(exitCodes.deadline, [first, ...lines, ...more, next].join('\n'))
}
