/**
 * Which service a command calls, and as whom: by its options, else the environment, else a profile, else the demo
 * client of a service on this machine. A secret is never an option, since everybody on the machine can read those.
 */
import { type Command, Option } from 'commander'
import { type AttemptEvent, type Credentials, type Region, SkillsClient } from '../../client/index.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { addOutputOptions, type OutputFormat, tell } from '../terminal/output.ts'
import { askSecret } from '../terminal/secret-prompt.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { endpointFault } from './endpoint.ts'
import { type Profile, profilesPath, readProfiles, regions } from './profiles.ts'
import { fetchOrSayWhy } from './unreachable.ts'

/** The options that every command which calls a service has. */
export interface ConnectionOptions {
  readonly profile?: string
  readonly endpoint?: string
  readonly region?: Region
  readonly clientId?: string
  readonly timeout: number
  readonly verbose?: boolean
}

export interface CallOptions extends ConnectionOptions {
  readonly output: OutputFormat
}

type Environment = Readonly<Record<string, string | undefined>>

const defaultEndpoint = 'http://127.0.0.1:5337'
const demo = { clientId: 'amzn1.application-oa2-client.demo', clientSecret: 'demo-secret' }

/** The variables that stand for a property of a profile. `serve` passes over them (app/settings/read-settings.ts). */
const profileVariables: Readonly<Record<string, keyof Profile>> = {
  SKILLKEEPER_ENDPOINT: 'endpoint',
  SKILLKEEPER_REGION: 'region',
  SKILLKEEPER_CLIENT_ID: 'clientId',
  SKILLKEEPER_CLIENT_SECRET: 'clientSecret',
  SKILLKEEPER_REFRESH_TOKEN: 'refreshToken',
  SKILLKEEPER_TOKEN: 'token',
  SKILLKEEPER_OPERATOR_TOKEN: 'operatorToken',
}

/** Adds the options that say which service is called, and as whom. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--profile <NAME>', 'A profile of `skillkeeper config`. Default: SKILLKEEPER_PROFILE.'),
    )
    .option('--endpoint <URL>', `The service to call. Default: the profile's, else ${defaultEndpoint}.`)
    .addOption(new Option('--region <REGION>', "Amazon's service in that region.").choices(regions))
    .option('--client-id <ID>', 'The client to call it as.')
    .option('--timeout <SECONDS>', 'How long one request may take.', wholeNumber(1, 3600), 30)
    .option('--verbose', 'Tell of each request on standard error.')
}

/** The same, and how to print what comes back. */
export function addCallOptions(command: Command): Command {
  return addConnectionOptions(addOutputOptions(command))
}

/** Puts together what is known. Throws a CommandError for a profile that is not there, or two places to call. */
export function findConnection(options: ConnectionOptions, environment: Environment): Profile {
  const { profile: name, clientId, ...place } = options
  const fromEnvironment: Profile = Object.fromEntries(
    Object.entries(profileVariables).flatMap(([variable, key]) => {
      const value = environment[variable]
      return value ? [[key, value]] : []
    }),
  )
  // An option comes before the environment: a place that is only there is not for the profile that is asked for.
  const given = placeOf(place)
  const named = given ?? (name === undefined ? placeOf(fromEnvironment) : undefined)
  const usual = given === undefined ? environment['SKILLKEEPER_PROFILE'] || undefined : undefined
  const profile = chosenProfile(name ?? usual, named !== undefined, environment)
  const { endpoint: _endpoint, region: _region, ...caller } = { ...profile, ...fromEnvironment }
  const connection: Profile = {
    ...caller,
    ...(clientId !== undefined && { clientId }),
    ...(named ?? placeOf(profile) ?? placeOf(fromEnvironment) ?? { endpoint: defaultEndpoint }),
  }
  return hasCredentials(connection) || !isLoopback(connection) ? connection : { ...demo, ...connection }
}

/** Whether it is called as the client of the demo catalog, since nobody has named another. */
export function isDemo({ clientId, clientSecret }: Profile): boolean {
  return clientId === demo.clientId && clientSecret === demo.clientSecret
}

/**
 * The profile that is asked for, else the default one. That is left alone where a place is named without a profile: its
 * secrets are not for anybody else.
 */
function chosenProfile(name: string | undefined, isPlaceNamed: boolean, environment: Environment): Profile {
  if (name === undefined && isPlaceNamed) return {}
  const file = profilesPath(environment)
  const { profiles, default: usual } = readProfiles(file)
  const profileName = name ?? usual
  if (profileName === undefined) return {}
  const profile = Object.hasOwn(profiles, profileName) ? profiles[profileName] : undefined
  if (profile !== undefined) return profile
  const known = Object.keys(profiles).join(', ') || 'none'
  throw wrongUsage(
    `There is no profile ${profileName} in ${file} (there: ${known}). Make it: skillkeeper config set ${profileName}`,
  )
}

function placeOf({ endpoint, region }: Profile): Pick<Profile, 'endpoint' | 'region'> | undefined {
  if (endpoint !== undefined && region !== undefined)
    throw wrongUsage("An endpoint and a region exclude each other: a region is one of Amazon's endpoints.")
  if (endpoint !== undefined) {
    const fault = endpointFault(endpoint)
    if (fault === undefined) return { endpoint }
    throw wrongUsage(fault)
  }
  if (region === undefined) return undefined
  if (!regions.includes(region)) throw wrongUsage(`The region ${region} is none of ${regions.join(', ')}.`)
  return { region }
}

function hasCredentials({ token, clientId, clientSecret, refreshToken }: Profile): boolean {
  return [token, clientId, clientSecret, refreshToken].some((value) => value !== undefined)
}

/** Whether it can be called without asking for a secret. */
export function isComplete({ token, clientId, clientSecret, refreshToken, region }: Profile): boolean {
  if (token !== undefined) return true
  return clientId !== undefined && clientSecret !== undefined && (!region || refreshToken !== undefined)
}

/** Whether it is on this machine. */
export function isLoopback({ endpoint }: Profile): boolean {
  return endpoint !== undefined && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(endpoint).hostname)
}

let demoIsUsed = false

/** Whether this run calls a service without credentials that somebody has named: an error may say so. */
export function hasUsedDemo(): boolean {
  return demoIsUsed
}

/**
 * Opens the client. A secret that is missing is asked for at a terminal; else it throws a CommandError. `onAttempt` is told
 * of each attempt of a request.
 */
export async function openClient(
  options: ConnectionOptions,
  onAttempt?: (event: AttemptEvent) => void,
): Promise<SkillsClient> {
  const connection = findConnection(options, process.env)
  const { region, endpoint = defaultEndpoint } = connection
  if (isDemo(connection)) demoIsUsed = true
  return new SkillsClient({
    ...(region === undefined ? { endpoint, fetch: fetchOrSayWhy } : { region }),
    credentials: await credentialsOf(connection),
    attemptTimeoutMs: options.timeout * 1000,
    timeoutMs: options.timeout * 4000,
    onAttempt(event) {
      if (options.verbose) tell(describeAttempt(event))
      onAttempt?.(event)
    },
  })
}

const hasIt = 'may have it, or a profile: skillkeeper config set --help'

async function credentialsOf({
  token,
  clientId,
  clientSecret,
  refreshToken,
  region,
}: Profile): Promise<Credentials> {
  if (token !== undefined) return token
  if (clientId === undefined)
    throw wrongUsage(
      'Who calls is not known. Keep a profile (skillkeeper config set --help), or give --client-id with SKILLKEEPER_CLIENT_SECRET, or SKILLKEEPER_TOKEN.',
    )
  const secret =
    clientSecret ?? (await askSecret(`Client secret of ${clientId}:`, `SKILLKEEPER_CLIENT_SECRET ${hasIt}`))
  // Amazon's service lets no client speak for itself.
  const refresh =
    refreshToken ??
    (region &&
      (await askSecret(`Refresh token of ${clientId} at Amazon:`, `SKILLKEEPER_REFRESH_TOKEN ${hasIt}`)))
  return { clientId, clientSecret: secret, ...(refresh !== undefined && { refreshToken: refresh }) }
}

function describeAttempt({
  method,
  url,
  attempt,
  durationMs,
  status,
  requestId,
  error,
  retryInMs,
}: AttemptEvent) {
  const outcome = status ?? error?.name ?? ''
  const again = retryInMs === undefined ? '' : `, again in ${Math.round(retryInMs)} ms`
  return `${method} ${url}: ${outcome} in ${Math.round(durationMs)} ms, attempt ${attempt}${again} ${requestId ?? ''}`.trimEnd()
}
