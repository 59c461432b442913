import path from 'node:path'
import { type Command, Option } from 'commander'
import {
  AbortError,
  type ManyOptions,
  type ManyResult,
  type SkillsClient,
  type Stage,
  StoppedError,
} from '../client/index.ts'
import { type Journal, openJournal } from './batch-journal.ts'
import { commandError, exitCodes, wrongUsage } from './command-error.ts'
import { addConnectionOptions, type ConnectionOptions, findConnection, openClient } from './connection.ts'
import { checkFailedFile, type FailedUnit, refusedUnit, replaceFailedUnits } from './failed-units.ts'
import { onInterrupt } from './interrupt.ts'
import { tell } from './output.ts'
import { startProgress } from './progress.ts'
import { addUnitOptions, type CheckedUnits, checkUnits, stages, type UnitRow } from './units-input.ts'
import { waitForUnits } from './wait.ts'
import { wholeNumber } from './whole-number.ts'

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
}

/** `skillkeeper batch`: a skill in any number of units. */
export function addBatchCommand(program: Command): void {
  const command = program
    .command('batch')
    .argument('<SKILL>', 'The ID of a skill.')
    .description('Enable or disable a skill in many units. Killed and started again, it goes on.')
    .addHelpText(
      'before',
      [
        'Examples:',
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
        'space between two); a row wins over the options. Units that are refused go to a file and do not hold up the others.',
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
    .option('--retry-from <FILE>', 'Try again the units that failed in an earlier batch.')
    .option('--failed <FILE>', 'Where to write the units that fail. Default: FILE.failed.csv.')
    .option('--restart', 'Begin anew instead of going on where an earlier run was stopped.')
    .option('--concurrency <COUNT>', 'Requests at the same time.', wholeNumber(1, 64), 4)
    .option('--wait', 'Wait until the skill is ENABLED in all units.')
  addConnectionOptions(command).action(batch)
}

async function batch(skillId: string, units: string[], options: BatchOptions): Promise<void> {
  const { retryFrom, unitColumn, file = retryFrom } = options
  if (retryFrom !== undefined && (options.file !== undefined || units.length > 0))
    throw wrongUsage('--retry-from names the units: give no others.')
  if (options.disable && (options.wait || options.partition !== undefined))
    throw wrongUsage('--wait and --partition are for enabling.')
  const failedFile =
    options.failed ?? retryFrom ?? `${file === undefined || file === '-' ? 'units' : file}.failed.csv`
  if (options.file !== undefined && path.resolve(failedFile) === path.resolve(options.file))
    throw wrongUsage(`--failed would write over ${failedFile}, which has the units. Name another file.`)
  const client = await openClient(options)
  const checked = await checkUnits({ units, file, unitColumn })
  checkFailedFile(failedFile)
  const journal = await journalOf(skillId, options)
  const run: Run = { client, skillId, options, units: checked, journal }
  const before = journal?.count ?? 0
  if (before > 0) tell(`${before} units were accepted in an earlier run; going on with the others.`)

  const { result, stopped } = await send(run)
  // Without a journal nothing else would remember those that were not sent.
  const unsent = journal ? [] : await Array.fromAsync(result.remaining(), unsentUnit)
  const failed = [...result.refusals.map(refusedUnit), ...unsent]
  tell(`${result.accepted + before} units are accepted, ${result.refused} refused.`)
  tellReasons(result)
  // What another batch has left there is not thrown away, unless this one is the rest of it.
  if (failed.length > 0 || journal !== undefined || retryFrom !== undefined)
    replaceFailedUnits(failedFile, failed)
  if (failed.length > 0) {
    process.exitCode = exitCodes.incomplete
    tell(`Those that are not accepted are in ${failedFile}. Try them again: --retry-from ${failedFile}`)
  }
  if (stopped !== undefined) throw stoppedError(stopped, journal !== undefined)
  // The journal could not be written.
  if (result.listenerError !== undefined) throw result.listenerError
  if (journal !== undefined && result.failed > 0)
    throw commandError(exitCodes.incomplete, `${result.failed} units could not be sent. ${again}`)
  journal?.remove()
  if (options.wait && result.accepted + before > 0) {
    const except = new Set(failed.map(({ unit }) => unit.index))
    await waitForUnits(client, checked.read(), { skillId, isWanted: ({ index }) => !except.has(index) })
  }
}

/** The service's reasons, the most frequent first. They name the unit where it is its own fault. */
function tellReasons({ refusals }: ManyResult<UnitRow>): void {
  const counts = new Map<string, number>()
  for (const { refusal, unitId } of refusals) {
    const reason = refusal.errorDescription.replaceAll(unitId, '…')
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const reasons = [...counts].toSorted(([, one], [, other]) => other - one)
  for (const [reason, count] of reasons.slice(0, reasonsMax)) tell(`  ${count}: ${reason}`)
}

/** Of refusals that are told at the end; all of them are in the file. */
const reasonsMax = 3

const again = 'Run the same command again to go on.'

/** One run of the command. */
interface Run {
  readonly client: SkillsClient
  readonly skillId: string
  readonly options: BatchOptions
  readonly units: CheckedUnits
  readonly journal: Journal | undefined
}

/** For a file that is read from its beginning. */
async function journalOf(skillId: string, options: BatchOptions): Promise<Journal | undefined> {
  const { file } = options
  if (file === undefined || file === '-') return undefined
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
  return await openJournal({ file, purpose, restart: options.restart === true })
}

interface Sent {
  readonly result: ManyResult<UnitRow>
  /** Why it did not come to the end. */
  readonly stopped?: StoppedError
}

async function send(run: Run): Promise<Sent> {
  const { client, skillId, options, journal } = run
  const total = run.units.count
  const progress = startProgress('units')
  const before = journal?.count ?? 0
  progress.show(before, total)
  const interrupt = onInterrupt()
  let accepted: number[] = []
  const { stage, partition } = options
  const many: ManyOptions<UnitRow> = {
    signal: interrupt.signal,
    concurrency: options.concurrency,
    onOutcome: ({ state, unit }) => void (state === 'accepted' && accepted.push(unit.index)),
    onProgress: (now) => {
      journal?.add(accepted)
      accepted = []
      progress.show(before + now.accepted + now.refused + now.failed, total)
    },
  }
  const units = unitsLeft(run)
  try {
    const result = options.disable
      ? await client.disableMany(units, { skillId, ...(stage !== undefined && { stage }) }, many)
      : await client.enableMany(
          units,
          { skillId, stage: stage ?? 'live', ...(partition !== undefined && { partitionName: partition }) },
          many,
        )
    return { result }
  } catch (error) {
    if (error instanceof StoppedError) return { result: error.result, stopped: error }
    throw error
  } finally {
    interrupt.release()
    progress.end()
  }
}

async function* unitsLeft({ units, journal }: Run): AsyncGenerator<UnitRow> {
  for await (const unit of units.read()) if (!journal?.has(unit.index)) yield unit
}

function unsentUnit(unit: UnitRow): FailedUnit {
  return { unit, errorDescription: 'The service could not be told.' }
}

function stoppedError({ cause }: StoppedError, isKept: boolean): unknown {
  if (cause instanceof AbortError)
    return commandError(exitCodes.interrupted, `Stopped.${isKept ? ` ${again}` : ''}`)
  if (isKept) tell(`Stopped before the end. ${again}`)
  return cause
}
