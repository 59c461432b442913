import path from 'node:path'
import { type Command, Option } from 'commander'
import {
  AbortError,
  type ManyProgress,
  type SkillsClient,
  type Stage,
  type StoppedError,
} from '../../client/index.ts'
import { checkFailedFile, replaceFailedUnits } from '../many-units/failed-units.ts'
import { countInJournal, type Journal, type JournalOptions, openJournal } from '../many-units/journal.ts'
import { type BatchOutcome, batchOutcome, describeOutcome } from '../many-units/outcome.ts'
import { describePlan } from '../many-units/plan.ts'
import { type Sent, sendRows } from '../many-units/send.ts'
import {
  addConnectionOptions,
  type ConnectionOptions,
  findConnection,
  openClient,
} from '../service/connection.ts'
import { commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { tell } from '../terminal/output.ts'
import { type Progress, startProgress } from '../terminal/progress.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { stages, type UnitRow } from '../unit-files/unit-rows.ts'
import { addUnitOptions, readUnits, tellNotes, type Units } from '../unit-files/units-input.ts'
import { waitForUnits } from './wait.ts'

interface BatchOptions extends ConnectionOptions {
  readonly stage?: Stage
  readonly disable?: boolean
  readonly partition?: string
  readonly file?: string
  readonly unitColumn: string
  readonly retryFrom?: string
  readonly failed?: string
  readonly restart?: boolean
  readonly concurrency: number
  readonly wait?: boolean
  readonly dryRun?: boolean
}

/** `skillkeeper batch`: a skill in any number of units. */
export function addBatchCommand(program: Command): void {
  const command = program
    .command('batch')
    .argument('<SKILL>', 'The ID of a skill.')
    .description(
      'Enable or disable a skill in many units. An interrupted batch continues when it is started again.',
    )
    .addHelpText(
      'before',
      [
        'Examples:',
        '  skillkeeper batch amzn1.ask.skill.… --file rooms.csv --dry-run',
        '  skillkeeper batch amzn1.ask.skill.… --file rooms.csv --wait',
        '  skillkeeper batch amzn1.ask.skill.… --retry-from rooms.csv.failed.csv',
        '  skillkeeper batch amzn1.ask.skill.… --file rooms.csv --disable',
        '  grep Ward-3 rooms.txt | skillkeeper batch amzn1.ask.skill.… --file -',
        '',
      ].join('\n'),
    )
    .addHelpText(
      'after',
      [
        '',
        'A CSV may have the columns unitId, stage, partitionName, redirectUri, authCode, locales (a',
        'space between two), as Excel, Google Sheets and LibreOffice save them; a row overrides the options.',
        'Refused units are written to a file and do not stop the others.',
        `Exit codes: 0 all are accepted, ${exitCodes.incomplete} some are not, ${exitCodes.interrupted} stopped by Ctrl-C.`,
      ].join('\n'),
    )
  addUnitOptions(command)
    .addOption(
      new Option('--stage <STAGE>', 'The stage of the skill. Default: live; to disable: any.').choices(
        stages,
      ),
    )
    .option('--disable', 'Disable the skill instead.')
    .option('--partition <NAMES>', 'One partition name, or several separated by commas.')
    .option('--retry-from <FILE>', 'Retry the units that failed in an earlier batch.')
    .option('--failed <FILE>', 'The file for the units that fail. Default: FILE.failed.csv.')
    .option('--restart', 'Start again instead of continuing an earlier run.')
    .option('--concurrency <COUNT>', 'The number of concurrent requests.', wholeNumber(1, 64), 4)
    .option('--dry-run', 'Show what would be sent, and send nothing.')
    .option('--wait', 'Wait until the skill is ENABLED in all units.')
  addConnectionOptions(command).action(batch)
}

async function batch(skillId: string, units: string[], options: BatchOptions): Promise<void> {
  const { retryFrom, unitColumn, file = retryFrom, stage } = options
  if (retryFrom !== undefined && (options.file !== undefined || units.length > 0))
    throw wrongUsage('--retry-from has the units: specify no others.')
  if (options.disable && (options.wait || options.partition !== undefined))
    throw wrongUsage('--wait and --partition apply only to enabling.')
  const input = await readUnits({ units, file, unitColumn, needsStage: stage === undefined })
  const failedFile = failedFileFor(options, input)
  tellNotes(input)
  const journalOptions = journalOf(skillId, options, input)
  if (options.dryRun) {
    const before = journalOptions && countInJournal(journalOptions)
    const { disable = false, stage = disable ? undefined : 'live' } = options
    process.stdout.write(describePlan({ skillId, input, disable, stage, before }))
    return
  }
  checkFailedFile(failedFile)
  const progress = startProgress()
  try {
    const client = await openClient(options, progress.attempted)
    const journal = journalOptions && openJournal(journalOptions)
    await runBatch({ client, skillId, options, input, journal, progress, failedFile })
  } finally {
    progress.end()
  }
}

/** One run of the command. */
interface Run {
  readonly client: SkillsClient
  readonly skillId: string
  readonly options: BatchOptions
  readonly input: Units
  readonly journal: Journal | undefined
  readonly progress: Progress
  readonly failedFile: string
}

async function runBatch(run: Run): Promise<void> {
  const { client, skillId, options, input, journal } = run
  const before = journal?.count ?? 0
  if (before > 0) tell(`${before} units were accepted in an earlier run; continuing with the others.`)
  const rows = input.rows.filter(({ index }) => !journal?.has(index))
  const sent = await send(run, rows, before)
  run.progress.end()
  const outcome = batchOutcome(rows, before, sent)
  for (const line of describeOutcome(outcome)) tell(line)
  const { refused, notSent } = outcome
  const isToBeContinued = keepRest(run, outcome)
  if (refused.length + notSent.length > 0) process.exitCode = exitCodes.incomplete
  // The journal could not be written.
  if (sent.failure !== undefined) throw sent.failure
  if (sent.stopped !== undefined) throw stoppedError(sent.stopped, isToBeContinued)
  if (isToBeContinued) tell(again)
  if (options.wait && outcome.accepted > 0) {
    const except = new Set([...refused, ...notSent].map(({ unit }) => unit.index))
    const units = input.rows.filter(({ index }) => !except.has(index))
    await waitForUnits({ client, progress: run.progress, skillId, units })
  }
}

/**
 * Keeps the remaining units for another run: in the journal, which has the accepted rows, or in the file of failed units.
 * Returns whether the same command can continue with the journal.
 */
function keepRest({ options, journal, failedFile }: Run, { refused, notSent }: BatchOutcome): boolean {
  // --retry-from: the source is rewritten with the remaining units.
  const isRewritten = isSameFile(failedFile, options.retryFrom)
  const isKept = journal !== undefined && !isRewritten
  const failed = isKept ? refused : [...refused, ...notSent].sort((a, b) => a.unit.index - b.unit.index)
  // The journal is removed first: after the file changes it would be of other units.
  if (isRewritten) journal?.remove()
  // Without failures a file of another batch stays, unless this batch continues it.
  if (failed.length > 0 || isKept || isRewritten) replaceFailedUnits(failedFile, failed)
  if (notSent.length === 0) journal?.remove()
  if (failed.length > 0) {
    const which = isKept ? 'refused' : 'not accepted'
    tell(`The units that were ${which} are in ${failedFile}. Retry them: --retry-from ${failedFile}`)
  }
  return isKept && notSent.length > 0
}

const again = 'Run the same command again to continue.'

/** Returns the file for the failed units. Throws a CommandError if it is the file of the units. */
function failedFileFor({ file, retryFrom, failed }: BatchOptions, input: Units): string {
  const beside = input.file?.isRegular ? (retryFrom ?? `${file}.failed.csv`) : 'units.failed.csv'
  const failedFile = failed ?? beside
  if (isSameFile(failedFile, file))
    throw wrongUsage(`--failed would overwrite ${failedFile}, which has the units. Specify another file.`)
  return failedFile
}

function isSameFile(one: string, other: string | undefined): boolean {
  return other !== undefined && path.resolve(one) === path.resolve(other)
}

/** A journal needs a file that can be read again. */
function journalOf(skillId: string, options: BatchOptions, { file }: Units): JournalOptions | undefined {
  if (!file?.isRegular) return undefined
  const { endpoint, region } = findConnection(options, process.env)
  const purpose = [
    options.disable ? 'disable' : 'enable',
    skillId,
    options.stage,
    options.partition,
    options.unitColumn,
    endpoint,
    region,
  ]
  return { file: file.name, digest: file.digest, purpose, restart: options.restart === true }
}

async function send(run: Run, rows: readonly UnitRow[], before: number): Promise<Sent> {
  const { client, skillId, options, journal, progress, input } = run
  const show = ({ accepted, refused, failed }: Pick<ManyProgress, 'accepted' | 'refused' | 'failed'>) => {
    const beside = [refused > 0 && `${refused} refused`, failed > 0 && `${failed} not sent`]
    progress.show({
      noun: 'units accepted',
      done: before + accepted,
      otherwise: refused + failed,
      total: input.rows.length,
      beside: beside.filter(Boolean).join(', '),
    })
  }
  show({ accepted: 0, refused: 0, failed: 0 })
  const interrupt = onInterrupt()
  try {
    return await sendRows(client, rows, { ...options, skillId }, interrupt.signal, (accepted, now) => {
      journal?.add(accepted)
      show(now)
    })
  } finally {
    interrupt.release()
  }
}

function stoppedError({ cause }: StoppedError, isKept: boolean): unknown {
  if (cause instanceof AbortError)
    return commandError(exitCodes.interrupted, `Stopped.${isKept ? ` ${again}` : ''}`)
  if (isKept) tell(`Stopped before the end. ${again}`)
  return cause
}
