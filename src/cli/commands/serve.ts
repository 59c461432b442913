import { once } from 'node:events'
import { type Command, CommanderError, Option } from 'commander'
import { systemClock } from '../../app/clock.ts'
import { createLineWriter, type LineWriter } from '../../app/log/line-writer.ts'
import { allowedValues, environmentName, type Setting, settingName } from '../../app/settings/setting.ts'
import { configSetting, settingKeys, settingTable } from '../../app/settings/settings.ts'
import { exitCodes } from '../../app/start-error.ts'
import { onInterrupt } from '../terminal/interrupt.ts'

/** The time, in milliseconds, after which the process exits when everything is closed. */
const lingerMs = 2000

/** `skillkeeper serve`: runs the service. Each setting that is not secret is an option. */
export function addServeCommand(program: Command): void {
  const serve = program
    .command('serve')
    .description('Run the service until it is stopped.')
    .usage('[OPTIONS]')
    .showHelpAfterError('(skillkeeper serve --help shows the usage.)')
    .addHelpText('before', 'Example: skillkeeper serve --catalog catalog.json --port 8080\n')
    .addHelpText('after', `\n${environmentHelp()}`)
    .action(async (_options: unknown, command: Command) => run(flagsOf(command)))
  serve.addOption(optionOf('config', configSetting))
  for (const key of settingKeys) serve.addOption(optionOf(settingName(key), settingTable[key]))
}

function optionOf(name: string, setting: Setting): Option {
  const value = setting.placeholder === undefined ? '' : ` <${setting.placeholder}>`
  const option = new Option(`--${name}${value}`, describe(setting))
  if (setting.secret) option.hideHelp().argParser(() => refuseSecret(name))
  return option
}

/** The help of a setting: its meaning, its allowed values and its default. */
function describe(setting: Setting): string {
  const takes = setting.type === 'integer' || setting.values ? ` Allowed: ${allowedValues(setting)}.` : ''
  return `${setting.doc.replaceAll('`', '')}${takes} Default: ${setting.default ?? setting.unset}.`
}

function refuseSecret(name: string): never {
  const message = `--${name}: everybody on this machine can read the flags of a process. Use ${environmentName(name)} or the configuration file.`
  process.stderr.write(`error: ${message}\n`)
  throw new CommanderError(1, 'skillkeeper.secret', message)
}

function environmentHelp(): string {
  const secrets = settingKeys.filter((key) => settingTable[key].secret)
  const lines = secrets.map((key) => `  ${environmentName(settingName(key))}: ${describe(settingTable[key])}`)
  return [
    'Each option can also be set by an environment variable, such as SKILLKEEPER_PORT, or in the configuration',
    'file, such as {"port": 8080}. The option wins, then the variable. Secrets are set only in these two ways:',
    ...lines,
    'Exit codes: 0 stopped by a signal, 1 failure, 2 wrong usage, 3 port taken, 4 storage cannot be opened.',
  ].join('\n')
}

/** The flags of the command by their names. */
function flagsOf(command: Command): Record<string, string | undefined> {
  const values: Readonly<Record<string, string | true | undefined>> = command.opts()
  return Object.fromEntries(
    command.options.map((option) => [option.name(), values[option.attributeName()]?.toString()]),
  )
}

/** Runs until the first signal, then drains. A second signal ends the process at once. */
async function run(flags: Readonly<Record<string, string | undefined>>): Promise<void> {
  // A reader of the output that leaves does not end the service, as in `skillkeeper serve | head -1`.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
  const log = createLineWriter(2)
  process.on('exit', () => log.flush())
  const { signal } = onInterrupt(exitCodes.failure)
  const started = await start(flags, log, signal)
  if (started !== undefined) {
    const { service } = started
    const token = service.testToken === undefined ? '' : `, token ${service.testToken}`
    const tests = service.testControls ? ` (test controls${token})` : ''
    process.stdout.write(`Skillkeeper is ready at ${service.url}${tests}\n`)
    const link = await started.consoleLink()
    if (link !== undefined) process.stdout.write(`Console: ${link} (valid for 10 minutes, once)\n`)
    if (log.isTerminal) log.write(`Stop it with Ctrl-C or: kill ${process.pid}\n`)
    if (!signal.aborted) await once(signal, 'abort')
    await service.stop()
  }
  // Everything is closed. Exit even if something still keeps the process alive.
  void systemClock.sleepUntil(systemClock.now() + lingerMs).then(() => process.exit())
}

/** Returns `undefined` if a signal stops the service while it waits for its database. */
async function start(
  flags: Readonly<Record<string, string | undefined>>,
  log: LineWriter,
  signal: AbortSignal,
) {
  const { readSettings } = await import('../../app/settings/read-settings.ts')
  const settings = readSettings({ flags, environment: process.env })
  const { startWithWorld } = await import('../../app/start.ts')
  try {
    return await startWithWorld({ ...settings, log, signal })
  } catch (error) {
    if (error === signal.reason) return undefined
    throw error
  }
}
