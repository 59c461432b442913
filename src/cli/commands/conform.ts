import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { systemClock } from '../../app/clock.ts'
import { fileFault } from '../../app/file-fault.ts'
import { StartError } from '../../app/start-error.ts'
import type { Exchange, RawExchange } from '../../conform/exchange.ts'
import type { Follower, FollowOptions, FreshSettings } from '../../conform/follow.ts'
import type { ProxyTotals } from '../../conform/proxy/proxy.ts'
import type { Difference } from '../../conform/verdict/difference.ts'
import { CommandError, commandError, exitCodes, wrongUsage } from '../terminal/command-error.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { tell } from '../terminal/output.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { printReport, printTotals } from './conform-report.ts'

interface ProxyCommandOptions {
  readonly upstream: string
  readonly port: number
  readonly host: string
  readonly allowWrites?: boolean
  readonly keep?: readonly string[]
  readonly timeout: number
  readonly out?: string
  readonly json?: boolean
}

interface CompareOptions {
  readonly catalog?: string
  readonly known?: string
  readonly accept?: string
  readonly json?: boolean
}

/** `skillkeeper conform …`: compares another service, such as Amazon's, with Skillkeeper. */
export function addConformCommands(program: Command): void {
  const conform = program
    .command('conform')
    .description("Compare the answers of another service, such as Amazon's, with those of Skillkeeper.")
    .addHelpText(
      'before',
      'Example: skillkeeper conform record --upstream https://api.amazonalexa.com --out run.jsonl\n',
    )
    .helpCommand(false)
  const record = conform
    .command('record')
    .description('Pass calls on to the upstream, and write them down without their secrets.')
    .addHelpText(
      'before',
      'Example: skillkeeper conform record --upstream https://api.amazonalexa.com --out run.jsonl\n',
    )
    .addHelpText('after', proxyHelp)
    .requiredOption('--out <FILE>', 'The file of the recording. It must not exist.')
  addProxyOptions(record).action(runRecord)
  const replay = conform
    .command('replay')
    .argument('<FILE>', 'A recording.')
    .description('Send the calls of a recording to a fresh Skillkeeper in memory, and compare the answers.')
    .addHelpText('before', 'Example: skillkeeper conform replay run.jsonl --known known.json\n')
    .addHelpText('after', exitHelp)
  addCompareOptions(replay).action(runReplay)
  const shadow = conform
    .command('shadow')
    .description(
      'Answer from the upstream, send each call to a fresh Skillkeeper in memory too, and compare.',
    )
    .addHelpText('before', 'Example: skillkeeper conform shadow --upstream https://api.amazonalexa.com\n')
    .addHelpText('after', `${proxyHelp}${exitHelp}`)
    .option('--out <FILE>', 'Write a recording, too. The file must not exist.')
  addCompareOptions(addProxyOptions(shadow)).action(runShadow)
}

const writesWarning = 'Each of them switches a skill on or off in a real room.'

const proxyHelp = `
Only calls that read are passed on: GET, HEAD, OPTIONS, and a batch that gets. Any other call is refused with 403, unless
--allow-writes is given. With it all calls are passed on. ${writesWarning}
Calls for tokens are passed on and not written down. Access tokens and other secrets never get into the recording.
Ctrl-C ends it, and shows the totals.
`
const exitHelp = '\nExit codes: 0 no new difference, 1 a new difference, 2 wrong usage or no recording.\n'

function addProxyOptions(command: Command): Command {
  return command
    .requiredOption('--upstream <URL>', 'The service that answers. Nothing is sent anywhere else.')
    .option('--port <PORT>', 'The port to listen on; 0 for any free one.', wholeNumber(0, 65_535), 5400)
    .option('--host <ADDRESS>', 'The address to listen on. Any but loopback lets others use it.', '127.0.0.1')
    .option('--allow-writes', `Pass on calls that change something, too. ${writesWarning}`)
    .option(
      '--keep <NAME...>',
      'Headers, fields and query parameters whose values are written down as they are.',
    )
    .option('--timeout <SECONDS>', 'How long the upstream may take for one answer.', wholeNumber(1, 3600), 60)
    .option('--json', 'Print the result as JSON.')
}

function addCompareOptions(command: Command): Command {
  command
    .option(
      '--catalog <FILE>',
      'What the calls cannot show of the upstream, in the form of the catalog file.',
    )
    .option('--known <FILE>', 'Differences that are known and do not count.')
    .option(
      '--accept <FILE>',
      'Write the differences that are found to the file, for --known, and exit with 0.',
    )
  return command.options.some(({ long }) => long === '--json')
    ? command
    : command.option('--json', 'Print the result as JSON.')
}

async function runRecord(options: ProxyCommandOptions): Promise<void> {
  const { createRecording } = await import('../../conform/proxy/recording.ts')
  const file = createOut(options, createRecording)
  try {
    const totals = await runProxy(options, async (exchange) => file?.write(exchange))
    printTotals(totals, options.json === true)
  } finally {
    file?.close()
  }
}

async function runShadow(options: ProxyCommandOptions & CompareOptions): Promise<void> {
  const { createRecording } = await import('../../conform/proxy/recording.ts')
  const { createQueue } = await import('../../conform/proxy/queue.ts')
  const { follower, before } = await openFollower(options, systemClock.now())
  const file = createOut(options, createRecording)
  const queue = createQueue((exchange: Exchange) => follower.take(exchange))
  try {
    const totals = await runProxy(options, async (exchange) => {
      file?.write(exchange)
      await queue.add(exchange)
    })
    await queue.end()
    await finish(options, before, follower.report(), { proxy: totals })
  } finally {
    file?.close()
    await follower.stop()
  }
}

async function runReplay(name: string, options: CompareOptions): Promise<void> {
  const { readRecording, RecordingFault } = await import('../../conform/proxy/recording.ts')
  const recording = guarded(name, () => readRecording(name), RecordingFault)
  const { exchanges, tornLine } = recording
  const [first] = exchanges
  if (first === undefined) throw wrongUsage(`${name} has no calls: there is nothing to compare.`)
  const { follower, before } = await openFollower(options, Date.parse(first.at))
  try {
    follower.survey(exchanges)
    for (const exchange of exchanges) await follower.take(exchange)
    if (tornLine !== undefined)
      tell(`${name}: line ${tornLine}, the last one, was cut off while it was written. It is left out.`)
    await finish(options, before, follower.report(), { ...(tornLine !== undefined && { tornLine }) })
  } finally {
    await follower.stop()
  }
}

type Result = ReturnType<Follower['report']>

async function finish(
  { accept, json }: CompareOptions,
  before: readonly Difference[],
  result: Result,
  more: { readonly proxy?: Readonly<ProxyTotals>; readonly tornLine?: number },
): Promise<void> {
  printReport(result, more, json === true)
  if (accept !== undefined) {
    const { writeKnown } = await import('../../conform/verdict/report.ts')
    guarded(accept, () => writeKnown(accept, before, result))
    tell(`The differences are in ${accept}. Later runs take them as known with --known ${accept}`)
    return
  }
  if (result.totals.different > 0) process.exitCode = exitCodes.failure
}

async function openFollower(
  { catalog, known, accept }: CompareOptions,
  startAt: number,
): Promise<{ readonly follower: Follower; readonly before: readonly Difference[] }> {
  const { readKnown, KnownFault } = await import('../../conform/verdict/report.ts')
  const { startFollower } = await import('../../conform/follow.ts')
  const { startSkillkeeper } = await import('../../app/start.ts')
  const files = [known, accept !== undefined && existsSync(accept) ? accept : undefined]
  const before = files
    .filter((file) => file !== undefined)
    .flatMap((file) => guarded(file, () => readKnown(file), KnownFault))
  const options: FollowOptions = {
    startService: (settings: FreshSettings) => startSkillkeeper(settings),
    catalog: catalog === undefined ? {} : await readCatalog(catalog),
    known: before,
    startAt,
  }
  const follower = await startFollower(options).catch((error: unknown) => {
    const isCatalogFault = error instanceof StartError && error.kind === 'usage' && catalog !== undefined
    throw isCatalogFault ? wrongUsage(`${catalog}: ${error.message}`, error) : error
  })
  return { follower, before }
}

async function readCatalog(file: string): Promise<object> {
  const { readCatalogFile } = await import('../../app/catalog-file.ts')
  const read = readCatalogFile(file)
  if ('problem' in read) throw wrongUsage(read.problem)
  const { catalog } = read
  if (typeof catalog !== 'object' || catalog === null) throw wrongUsage(`${file} has no catalog.`)
  return catalog
}

type CreateRecording = typeof import('../../conform/proxy/recording.ts').createRecording

function createOut(options: ProxyCommandOptions, createRecording: CreateRecording) {
  const { out, upstream, allowWrites } = options
  if (out === undefined) return undefined
  checkUpstream(options)
  if (existsSync(out)) throw wrongUsage(`${out} is there already. A recording never replaces a file.`)
  const at = new Date(systemClock.now()).toISOString()
  const head = { upstream, at, allowsWrites: allowWrites === true }
  const file = guarded(out, () => createRecording(out, head))
  return {
    ...file,
    write(exchange: Exchange) {
      try {
        file.write(exchange)
      } catch (error) {
        throw commandError(exitCodes.failure, `${out} cannot be written: ${fileFault(error)}.`, error)
      }
    },
  }
}

/** Runs the proxy until Ctrl-C. */
async function runProxy(
  options: ProxyCommandOptions,
  take: (exchange: Exchange) => Promise<void>,
): Promise<Readonly<ProxyTotals>> {
  checkUpstream(options)
  const { startProxy } = await import('../../conform/proxy/proxy.ts')
  const { Redactor } = await import('../../conform/proxy/redact.ts')
  const { readContract } = await import('../../conform/contract.ts')
  const { upstream, host, port, allowWrites, timeout } = options
  const redactor = new Redactor(readContract().words, options.keep)
  const interrupt = onInterrupt()
  const proxy = await startProxy({
    ...{ upstream: upstream.replace(/\/+$/, ''), host, port },
    allowsWrites: allowWrites === true,
    timeoutMs: timeout * 1000,
    now: () => systemClock.now(),
    take: async (raw: RawExchange) => await take(redactor.redact(raw)),
    takeSecret: (raw) => redactor.learn(raw),
  }).catch((error: unknown) => {
    throw commandError(
      exitCodes.port_taken,
      `The proxy cannot listen on ${host}, port ${port}: ${fileFault(error)}.`,
      error,
    )
  })
  try {
    tell(`Calls to ${proxy.url} are passed on to ${upstream}. Ctrl-C ends it.`)
    if (!/^(localhost|127\..*|::1)$/.test(host))
      tell('Everybody who reaches this address can send calls to the upstream.')
    if (allowWrites) tell(`Calls that change something are passed on, too. ${writesWarning}`)
    if (!interrupt.signal.aborted) await Promise.race([once(interrupt.signal, 'abort'), proxy.fault])
  } finally {
    await proxy.stop()
    interrupt.release()
  }
  return proxy.totals
}

function checkUpstream({ upstream, port }: ProxyCommandOptions): void {
  const url = URL.canParse(upstream) ? new URL(upstream) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw wrongUsage(
      `The upstream ${upstream} is no http or https address, such as https://api.amazonalexa.com.`,
    )
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw wrongUsage('The upstream is the address alone, without a user, a query or a fragment.')
  if (/^(localhost|127\..*|\[::1\])$/.test(url.hostname) && url.port === String(port))
    throw wrongUsage(`The upstream ${upstream} is the proxy itself. Choose another port: --port`)
}

function guarded<T>(file: string, use: () => T, ...faults: readonly (new (message: string) => Error)[]): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof Error && faults.some((fault) => error instanceof fault))
      throw wrongUsage(error.message, error)
    throw commandError(exitCodes.usage, `${file} cannot be used: ${fileFault(error)}.`, error)
  }
}
