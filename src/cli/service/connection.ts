/**
 * The service and the client of a command: from its options, the environment, a profile, or the demo client of a service on
 * this machine, in this order. A secret is never an option, since all users of a machine can read the options of a process.
 */
import { type Command, Option } from 'commander'
import { type AttemptEvent, type Credentials, type Region, SkillsClient } from '../../client/index.ts'
import { isWorldId } from '../../protocol/test-controls/world-id.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { addOutputOptions, type OutputFormat, tell } from '../terminal/output.ts'
import { askSecret } from '../terminal/secret-prompt.ts'
import { wholeNumber } from '../terminal/whole-number.ts'
import { endpointFault } from './endpoint.ts'
import { type Profile, profilesPath, readProfiles, regions } from './profiles.ts'
import { fetchOrSayWhy } from './unreachable.ts'

/** The options of every command that calls a service. */
export interface ConnectionOptions {
  readonly profile?: string
  readonly endpoint?: string
  readonly region?: Region
  readonly clientId?: string
  /** A world of a service with test controls. */
  readonly world?: string
  readonly timeout: number
  readonly verbose?: boolean
}

export interface CallOptions extends ConnectionOptions {
  readonly output: OutputFormat
}

type Environment = Readonly<Record<string, string | undefined>>

const defaultEndpoint = 'http://127.0.0.1:5337'
const demo = { clientId: 'amzn1.application-oa2-client.demo', clientSecret: 'demo-secret' }

/** The variables for the properties of a profile. `serve` ignores them (app/settings/read-settings.ts). */
const profileVariables: Readonly<Record<string, keyof Profile>> = {
  SKILLKEEPER_ENDPOINT: 'endpoint',
  SKILLKEEPER_REGION: 'region',
  SKILLKEEPER_CLIENT_ID: 'clientId',
  SKILLKEEPER_CLIENT_SECRET: 'clientSecret',
  SKILLKEEPER_REFRESH_TOKEN: 'refreshToken',
  SKILLKEEPER_TOKEN: 'token',
  SKILLKEEPER_OPERATOR_TOKEN: 'operatorToken',
}

/** Adds the options for the service and the client. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--profile <NAME>', 'A profile of `skillkeeper config`. Default: SKILLKEEPER_PROFILE.'),
    )
    .option('--endpoint <URL>', `The service to call. Default: the profile's, otherwise ${defaultEndpoint}.`)
    .addOption(new Option('--region <REGION>', "Amazon's service in that region.").choices(regions))
    .option('--client-id <ID>', 'The ID of the client that you call it with.')
    .option('--world <ID>', 'A world of a service for tests. Default: SKILLKEEPER_WORLD.')
    .option('--timeout <SECONDS>', 'The time limit of one request.', wholeNumber(1, 3600), 30)
    .option('--verbose', 'Show each request on standard error.')
}

/** Adds these options, and those for the output. */
export function addCallOptions(command: Command): Command {
  return addConnectionOptions(addOutputOptions(command))
}

/** Combines options, environment and profile. Throws a CommandError for an unknown profile, or for an endpoint with a region. */
export function findConnection(options: ConnectionOptions, environment: Environment): Profile {
  const { profile: name, clientId, ...place } = options
  const fromEnvironment: Profile = Object.fromEntries(
    Object.entries(profileVariables).flatMap(([variable, key]) => {
      const value = environment[variable]
      return value ? [[key, value]] : []
    }),
  )
  // Options override the environment: with --profile, an endpoint in the environment does not apply.
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
  const whole =
    hasCredentials(connection) || !isLoopback(connection) ? connection : { ...demo, ...connection }
  return inWorld(whole, options.world ?? (environment['SKILLKEEPER_WORLD'] || undefined))
}

/** A world has the address of its service with a path in front of the paths of the API. */
function inWorld(connection: Profile, world: string | undefined): Profile {
  if (world === undefined) return connection
  if (connection.endpoint === undefined) throw wrongUsage("Amazon's service has no worlds (--world).")
  if (!isWorldId(world)) {
    throw wrongUsage(
      `The world ${world} is invalid: lower-case letters, digits and hyphens, at most 63 characters.`,
    )
  }
  return { ...connection, endpoint: `${connection.endpoint.replace(/\/+$/, '')}/_world/${world}` }
}

/** Whether the credentials are those of the demo catalog. */
export function isDemo({ clientId, clientSecret }: Profile): boolean {
  return clientId === demo.clientId && clientSecret === demo.clientSecret
}

/**
 * Returns the requested profile, otherwise the default one. The default profile is not used if an endpoint is set without a
 * profile, because its secrets are not for other services.
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
    `There is no profile ${profileName} in ${file} (existing: ${known}). Create it: skillkeeper config set ${profileName}`,
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
  if (!regions.includes(region)) throw wrongUsage(`The region ${region} is not one of ${regions.join(', ')}.`)
  return { region }
}

function hasCredentials({ token, clientId, clientSecret, refreshToken }: Profile): boolean {
  return [token, clientId, clientSecret, refreshToken].some((value) => value !== undefined)
}

/** Whether the credentials are complete, so that no secret has to be asked for. */
export function isComplete({ token, clientId, clientSecret, refreshToken, region }: Profile): boolean {
  if (token !== undefined) return true
  return clientId !== undefined && clientSecret !== undefined && (!region || refreshToken !== undefined)
}

/** Whether the service is on this machine. */
export function isLoopback({ endpoint }: Profile): boolean {
  return endpoint !== undefined && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(endpoint).hostname)
}

let demoIsUsed = false

/** Whether this run uses the credentials of the demo catalog because no others are set. Error messages mention it. */
export function hasUsedDemo(): boolean {
  return demoIsUsed
}

/**
 * Creates the client. It asks for a missing secret at the terminal; without a terminal it throws a CommandError. `onAttempt`
 * is called after each attempt of a request.
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

const hasIt = 'or a profile can have it: skillkeeper config set --help'

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
      'There are no credentials. Create a profile (skillkeeper config set --help), or set --client-id with SKILLKEEPER_CLIENT_SECRET, or SKILLKEEPER_TOKEN.',
    )
  const secret =
    clientSecret ?? (await askSecret(`Client secret of ${clientId}:`, `SKILLKEEPER_CLIENT_SECRET ${hasIt}`))
  // Amazon's service does not allow the grant client_credentials.
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
