import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Activation, ClockView, Released, Settled } from '../../protocol/test-controls/clock.ts'
import { addCallOptions, type CallOptions } from '../service/connection.ts'
import { type Operator, openOperator } from '../service/operator.ts'
import { type Column, printRecord, tell } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'

const path = '/_skillkeeper/test/clock'

/** `skillkeeper test clock show|freeze|run|advance`, and `test activation`. */
export function addClockCommands(test: Command): void {
  const clock = test
    .command('clock')
    .description('Show and move the clock of the world.')
    .addHelpText('before', 'Example: skillkeeper test clock advance PT1H --world w1\n')
    .helpCommand(false)
  const show = clock
    .command('show')
    .description('Show the time of the world, and what is due next.')
    .addHelpText('before', 'Example: skillkeeper test clock show --world w1\n')
  addCallOptions(show).action(showClock)

  const freeze = clock
    .command('freeze')
    .argument('[TIME]', 'A time that is not past, such as 2027-01-01T00:00:00Z. Default: now.')
    .description('Stop the clock.')
    .addHelpText('before', 'Example: skillkeeper test clock freeze --world w1\n')
  addCallOptions(freeze).action(async (at: string | undefined, options: CallOptions) => {
    await openOperator(options).call('PUT', path, { mode: 'frozen', at })
    await showClock(options)
  })

  const run = clock
    .command('run')
    .description('Let the clock run.')
    .addHelpText('before', 'Example: skillkeeper test clock run --rate 60 --world w1\n')
    .option('--offset <DURATION>', 'Move it forward first, for example by P30D.')
    .option('--rate <NUMBER>', 'Seconds of the world for each second of the machine, up to 1000.', positive)
  addCallOptions(run).action(async (options: CallOptions & { offset?: string; rate?: number }) => {
    const { offset, rate } = options
    await openOperator(options).call('PUT', path, { mode: 'running', offset, rate })
    await showClock(options)
  })

  const advance = clock
    .command('advance')
    .argument(
      '<DURATION>',
      'A duration (PT1H, P2D), a time (2027-01-01T00:00:00Z), or next for what is due next.',
    )
    .description('Move the clock, and return when everything that became due on the way is done.')
    .addHelpText('before', 'Example: skillkeeper test clock advance PT1H --world w1\n')
  addCallOptions(advance).action(async (by: string, options: CallOptions) => {
    const settled = await openOperator(options).call<Settled>('POST', `${path}/advance`, advanceBody(by))
    printRecord(options.output, settledColumns, settled)
  })
  addActivationCommands(test)
}

function positive(text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new InvalidArgumentError('It is a number above 0.')
}

function advanceBody(by: string) {
  if (by === 'next') return { toNextDue: true }
  return by.startsWith('P') ? { by } : { to: by }
}

async function showClock(options: CallOptions): Promise<void> {
  printRecord(options.output, clockColumns, await openOperator(options).call<ClockView>('GET', path))
}

function addActivationCommands(test: Command): void {
  const activation = test
    .command('activation')
    .description('Show and change when enablements become ENABLED.')
    .addHelpText('before', 'Example: skillkeeper test activation set --held --world w1\n')
    .helpCommand(false)
  const set = activation
    .command('set')
    .description('Change it for enablements that are written from now on. Without an option: at once.')
    .addHelpText('before', 'Example: skillkeeper test activation set --held --world w1\n')
    .addOption(
      new Option('--delay <MS>', 'This long after the enable.')
        .argParser(wholeNumber(0, 86_400_000))
        .conflicts(['reads', 'held']),
    )
    .addOption(
      new Option('--reads <COUNT>', 'After this many reads that return ENABLING.')
        .argParser(wholeNumber(1, 1000))
        .conflicts('held'),
    )
    .option('--held', 'Not until they are released.')
  addCallOptions(set).action(
    async (options: CallOptions & { delay?: number; reads?: number; held?: boolean }) => {
      const operator = openOperator(options)
      await operator.call('PUT', '/_skillkeeper/test/activation', wanted(options))
      await showActivation(operator, options)
    },
  )
  const show = activation
    .command('show')
    .description('Show when enablements become ENABLED.')
    .addHelpText('before', 'Example: skillkeeper test activation show --world w1\n')
  addCallOptions(show).action((options: CallOptions) => showActivation(openOperator(options), options))
  const release = activation
    .command('release')
    .description('Make held enablements ENABLED.')
    .addHelpText('before', 'Example: skillkeeper test activation release --unit amzn1.alexa.unit.did.…\n')
    .option('--unit <ID>', 'Only those of the unit.')
    .option('--skill <ID>', 'Only those of the skill.')
  addCallOptions(release).action(async (options: CallOptions & { unit?: string; skill?: string }) => {
    const which = { unitId: options.unit, skillId: options.skill }
    const operator = openOperator(options)
    const { released } = await operator.call<Released>('POST', '/_skillkeeper/test/activation/release', which)
    tell(`Released enablements: ${released}.`)
  })
}

/** Immediate, unless an option says otherwise. */
function wanted({ delay, reads, held }: { delay?: number; reads?: number; held?: boolean }): Activation {
  if (held) return { kind: 'held' }
  if (reads !== undefined) return { kind: 'reads', count: reads }
  return delay === undefined ? { kind: 'immediate' } : { kind: 'delay', ms: delay }
}

async function showActivation(operator: Operator, options: CallOptions): Promise<void> {
  const activation = await operator.call<Activation>('GET', '/_skillkeeper/test/activation')
  printRecord(options.output, activationColumns, activation)
}

const clockColumns: readonly Column<ClockView>[] = [
  { title: 'NOW', name: 'now', value: ({ now }) => now },
  { title: 'MODE', name: 'mode', value: ({ mode }) => mode },
  { title: 'NEXT DUE', name: 'nextDueAt', value: ({ nextDue }) => nextDue?.at },
  { title: 'WHAT', name: 'nextDueWhat', value: ({ nextDue }) => nextDue?.what },
  { title: 'SETTLED', name: 'settled', value: ({ settled }) => String(settled) },
]

const settledColumns: readonly Column<Settled>[] = [
  { title: 'NOW', name: 'now', value: ({ now }) => now },
  { title: 'STEPS', name: 'steps', value: ({ steps }) => steps },
]

const activationColumns: readonly Column<Activation>[] = [
  { title: 'KIND', name: 'kind', value: ({ kind }) => kind },
  {
    title: 'VALUE',
    name: 'value',
    value: (one) => (one.kind === 'delay' ? one.ms : one.kind === 'reads' ? one.count : undefined),
  },
]
