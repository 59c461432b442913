/**
 * Collects the settings from the flags, the environment and the configuration file; in this order, the first source
 * that names a setting wins. Reports all mistakes at once, each with its source.
 */
import { readFileSync } from 'node:fs'
import { nearestName } from '../../protocol/name.ts'
import { type JsonProblem, parseJson } from '../../protocol/parse-json.ts'
import { fileFault } from '../file-fault.ts'
import { cannotStart } from '../start-error.ts'
import { allowedValues, environmentName, isAllowed, type Setting, settingName } from './setting.ts'
import { type SettingKey, type Settings, settingKeys, settingTable } from './settings.ts'

/** The sources of settings. Flags have no leading hyphens: `activation-delay`. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

interface Given {
  readonly value: unknown
  /** For messages: `--port`, `SKILLKEEPER_PORT`, `port in settings.json`. */
  readonly source: string
}

const prefix = 'SKILLKEEPER_'
/** Kubernetes sets these variables for a service named `skillkeeper`; they are no settings. */
const serviceLinks = /^SKILLKEEPER_(SERVICE_|PORT_\d)/
/** Variables of the client commands. */
const callerVariables =
  /^SKILLKEEPER_(ENDPOINT|REGION|CLIENT_ID|CLIENT_SECRET|REFRESH_TOKEN|TOKEN|PROFILES?|AUTH_CODE|PASSPHRASE|WORLD|KEEP_WORLDS)$/

/** Returns all settings, checked. Throws a `StartError` of kind `usage`. */
export function readSettings(sources: SettingSources): Settings {
  const problems: string[] = []
  const fromFlags = new Map<string, Given>()
  for (const [name, value] of Object.entries(sources.flags)) {
    if (value !== undefined) fromFlags.set(name, { value, source: `--${name}` })
  }
  const fromEnvironment = readEnvironment(sources.environment, problems)
  const file = (fromFlags.get('config') ?? fromEnvironment.get('config'))?.value
  const fromFile = typeof file === 'string' ? readConfigurationFile(file, problems) : new Map<string, Given>()

  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const key of settingKeys) {
    const name = settingName(key)
    const setting = settingTable[key]
    const given = fromFlags.get(name) ?? fromEnvironment.get(name) ?? fromFile.get(name)
    if (!given) continue
    const value =
      fromFlags.has(name) || fromEnvironment.has(name) ? fromText(setting, given.value) : given.value
    if (isAllowed(setting, value)) values[key] = value
    else problems.push(wrongValue(setting, given))
  }
  if (problems.length > 0) throw cannotStart('usage', problems.join('\n'))
  return completeSettings(values)
}

/** Fills in the defaults and checks the values. Throws a `StartError` of kind `usage` that names the settings. */
export function completeSettings(given: Partial<Record<SettingKey, unknown>>): Settings {
  const problems: string[] = []
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(settingTable, key)) problems.push(`${key} is not a setting.${hint(key, settingKeys)}`)
  }
  for (const key of settingKeys) {
    const setting = settingTable[key]
    const value =
      given[key] ?? (given.testControls === true ? testDefaults[key] : undefined) ?? setting.default
    if (value === undefined) continue
    if (!isAllowed(setting, value)) problems.push(wrongValue(setting, { value, source: key }))
    values[key] = value
  }
  if (values.tokenInfoUrl !== undefined && values.oidcIssuer !== undefined) {
    problems.push('token-info-url and oidc-issuer exclude each other: tokens have one issuer.')
  }
  if (values.oidcAudience !== undefined && values.oidcIssuer === undefined) {
    problems.push('oidc-audience requires oidc-issuer.')
  }
  problems.push(...tlsProblems(values), ...testProblems(values))
  if (problems.length > 0 || !isComplete(values)) throw cannotStart('usage', problems.join('\n'))
  return values
}

/** The defaults of a service for tests, where they differ. */
const testDefaults: Partial<Record<SettingKey, unknown>> = { data: ':memory:', rateLimit: 0 }
/** Whether the console is served. It is on at loopback addresses unless the setting says otherwise. */
export function hasConsole({ console, host }: Pick<Settings, 'console' | 'host'>): boolean {
  return console === undefined ? loopbackHost.test(host) : console === 'on'
}

const loopbackHost = /^(127(\.\d+){3}|localhost|::1)$/

function testProblems(values: Partial<Record<SettingKey, unknown>>): string[] {
  const { testControls, testControlsOpen, databaseUrl, host } = values
  if (testControls !== true)
    return testControlsOpen === true ? ['test-controls-open needs test-controls.'] : []
  const problems: string[] = []
  if (databaseUrl !== undefined)
    problems.push(
      'test-controls and database-url exclude each other: test controls are never for a shared database.',
    )
  if (testControlsOpen !== true && !loopbackHost.test(String(host))) {
    problems.push(
      `With test-controls the service listens on a loopback address only, not on ${host}. test-controls-open lifts that.`,
    )
  }
  return problems
}

function tlsProblems(values: Partial<Record<SettingKey, unknown>>): string[] {
  const isGiven = values.tlsCert !== undefined
  const problems: string[] = []
  if (isGiven !== (values.tlsKey !== undefined)) problems.push('tls-cert and tls-key require each other.')
  if (values.tlsName !== undefined && (isGiven || values.tls !== true)) {
    problems.push(
      "tls-name applies only to certificates of the service's own authority: with tls, and without tls-cert.",
    )
  }
  if (values.tls === true && !isGiven && values.databaseUrl !== undefined) {
    problems.push(
      'With database-url, tls requires tls-cert and tls-key: the nodes share no folder for a certificate authority.',
    )
  }
  return problems
}

function isComplete(values: object): values is Settings {
  return settingKeys.every((key) => settingTable[key].default === undefined || key in values)
}

function readEnvironment(environment: SettingSources['environment'], problems: string[]): Map<string, Given> {
  const names = new Map(
    ['config', ...settingKeys.map(settingName)].map((name) => [environmentName(name), name]),
  )
  const found = new Map<string, Given>()
  for (const [variable, value] of Object.entries(environment)) {
    // An empty variable counts as absent: compose files and shell scripts cannot omit it.
    if (!variable.startsWith(prefix) || !value) continue
    if (serviceLinks.test(variable) || callerVariables.test(variable)) continue
    const name = names.get(variable)
    if (name === undefined) problems.push(`${variable} is not a setting.${hint(variable, names.keys())}`)
    else found.set(name, { value, source: variable })
  }
  return found
}

function readConfigurationFile(file: string, problems: string[]): Map<string, Given> {
  const found = new Map<string, Given>()
  const content = parseFile(file)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw cannotStart('usage', `The configuration file ${file} must be a JSON object.`)
  }
  const names = settingKeys.map(settingName)
  for (const [name, value] of Object.entries(content)) {
    const source = `${name} in ${file}`
    if (names.includes(name)) found.set(name, { value, source })
    else if (name !== '$schema') problems.push(`${source} is not a setting.${hint(name, names)}`)
  }
  return found
}

function parseFile(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw cannotStart('usage', `The configuration file ${file} cannot be read: ${fileFault(error)}.`, error)
  }
  const parsed = parseJson(text)
  if ('problem' in parsed)
    throw cannotStart('usage', `The configuration file ${file}: ${where(parsed.problem)}`)
  return parsed.value
}

/** Describes a problem of a JSON text in one sentence. */
export function where(problem: JsonProblem): string {
  return `line ${problem.line}, column ${problem.column}: ${problem.message}.`
}

function fromText(setting: Setting, text: unknown): unknown {
  if (setting.type === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  if (setting.type === 'integer' && typeof text === 'string' && /^-?\d+$/.test(text)) return Number(text)
  return text
}

function wrongValue(setting: Setting, given: Given): string {
  const problem = setting.type === 'string' ? setting.form?.problem : undefined
  if (problem !== undefined) {
    const why = typeof given.value === 'string' ? ` ${problem(given.value)}` : ''
    return `${given.source} is invalid. Allowed: ${allowedValues(setting)}.${why}`
  }
  const shown = setting.secret ? 'an invalid value' : `the invalid value ${JSON.stringify(given.value)}`
  return `${given.source} has ${shown}. Allowed: ${allowedValues(setting)}.`
}

function hint(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names)
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`
}
