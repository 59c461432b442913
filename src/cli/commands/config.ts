import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { fileFault } from '../../app/file-fault.ts'
import { endpointFault } from '../service/endpoint.ts'
import {
  type Profile,
  type Profiles,
  profilesPath,
  readProfiles,
  regions,
  secretNames,
  writeProfiles,
} from '../service/profiles.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { addOutputOptions, type OutputFormat, printList, printRecord, tell } from '../terminal/output.ts'
import { askSecret } from '../terminal/secret-prompt.ts'

/** `skillkeeper config …`: the profiles of the user. */
export function addConfigCommands(program: Command): void {
  const config = program
    .command('config')
    .description('Manage profiles: the services that you call, with your credentials.')
    .addHelpText(
      'before',
      'Example: skillkeeper config set hotel --region EU --client-id amzn1.application-oa2-client.…\n',
    )
    .helpCommand(false)
  const list = config
    .command('list')
    .description('List the profiles.')
    .addHelpText('before', 'Example: skillkeeper config list\n')
  addOutputOptions(list).action(({ output }: { output: OutputFormat }) => listProfiles(output))
  config
    .command('show')
    .argument('<NAME>', 'A profile.')
    .description('Show a profile, without its secrets.')
    .addHelpText('before', 'Example: skillkeeper config show hotel\n')
    .action(showProfile)
  addSetCommand(config)
  config
    .command('use')
    .argument('<NAME>', 'A profile.')
    .description('Make the profile the default.')
    .addHelpText('before', 'Example: skillkeeper config use hotel\n')
    .action((name: string) => change((profiles) => ({ ...getProfile(profiles, name).all, default: name })))
  config
    .command('remove')
    .argument('<NAME>', 'A profile.')
    .description('Remove the profile with its secrets.')
    .addHelpText('before', 'Example: skillkeeper config remove hotel\n')
    .action((name: string) => change((profiles) => without(getProfile(profiles, name).all, name)))
  config
    .command('path')
    .description('Print the path of the file with the profiles.')
    .addHelpText('before', 'Example: skillkeeper config path\n')
    .action(() => void process.stdout.write(`${profilesPath(process.env)}\n`))
}

interface SetOptions extends Pick<Profile, 'endpoint' | 'region' | 'clientId'> {
  readonly secret?: readonly (typeof secretNames)[number][]
  readonly secretsFrom?: string
}

function addSetCommand(config: Command): void {
  config
    .command('set')
    .argument('<NAME>', 'A new or existing profile.')
    .description(
      'Create or change a profile. Secrets are typed at a prompt or read from a file; they are never options.',
    )
    .addHelpText(
      'before',
      [
        'Examples:',
        '  skillkeeper config set hotel --region EU --client-id amzn1.application-oa2-client.… \\',
        '    --secret clientSecret refreshToken',
        '  skillkeeper config set ward --endpoint https://skills.example --secrets-from secrets.json',
        '',
      ].join('\n'),
    )
    .option('--endpoint <URL>', 'The service to call.')
    .addOption(new Option('--region <REGION>', "Amazon's service in that region.").choices(regions))
    .option('--client-id <ID>', 'The ID of the client that you call it with.')
    .addOption(new Option('--secret <NAME...>', 'The secrets to type at the terminal.').choices(secretNames))
    .option('--secrets-from <FILE>', 'A JSON object with secrets under these names; - is standard input.')
    .action(setProfile)
}

async function setProfile(name: string, { secret, secretsFrom, ...rest }: SetOptions): Promise<void> {
  if (rest.endpoint !== undefined && rest.region !== undefined)
    throw wrongUsage("An endpoint and a region exclude each other: a region is one of Amazon's endpoints.")
  const fault = rest.endpoint === undefined ? undefined : endpointFault(rest.endpoint)
  if (fault !== undefined) throw wrongUsage(fault)
  const secrets: Record<string, string> = secretsFrom === undefined ? {} : await readSecrets(secretsFrom)
  for (const secretName of secret ?? [])
    secrets[secretName] = await askSecret(`${secretName} of ${name}:`, 'Use a file: --secrets-from FILE')
  change(({ profiles, default: usual }) => {
    const { endpoint, region, ...kept } = profiles[name] ?? {}
    const place = rest.endpoint === undefined && rest.region === undefined ? { endpoint, region } : {}
    const profile = JSON.parse(JSON.stringify({ ...kept, ...place, ...rest, ...secrets }))
    return { default: usual ?? name, profiles: { ...profiles, [name]: profile } }
  })
}

async function readSecrets(file: string): Promise<Record<string, string>> {
  const place = file === '-' ? 'Standard input' : file
  const found: unknown = parse(await readText(file), place)
  const entries = typeof found === 'object' && found !== null ? Object.entries(found) : []
  const names: readonly string[] = secretNames
  const wrong = entries.find(([name, value]) => !names.includes(name) || typeof value !== 'string')
  if (entries.length === 0 || wrong !== undefined) throw wrongUsage(`${place} must be ${secretsForm}.`)
  return Object.fromEntries(entries)
}

function parse(content: string, file: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    // Without the cause: its message may show a part of a secret.
    const reason = content.trim() === '' ? 'is empty' : 'is not JSON'
    throw wrongUsage(
      `${file} ${reason}. It must be ${secretsForm}.`,
      error instanceof SyntaxError ? undefined : error,
    )
  }
}

const secretsForm = `a JSON object such as {"clientSecret": "…"}, with any of ${secretNames.join(', ')}`

async function readText(file: string): Promise<string> {
  // The terminal shows what is typed here. --secret asks without showing it.
  if (file === '-' && process.stdin.isTTY) tell(`Type ${secretsForm}; Ctrl-D ends it.`)
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
  } catch (error) {
    throw wrongUsage(`${file} cannot be read: ${fileFault(error)}.`, error)
  }
}

function listProfiles(output: OutputFormat): void {
  const { profiles, default: usual } = readProfiles(profilesPath(process.env))
  const rows = Object.entries(profiles).map(([name, { endpoint, region, clientId }]) => ({
    name,
    place: endpoint ?? (region && `Amazon, ${region}`),
    clientId,
    isDefault: name === usual,
  }))
  if (rows.length === 0)
    tell('There is no profile yet. Create one: skillkeeper config set NAME --endpoint URL')
  printList(
    output,
    [
      { title: 'PROFILE', name: 'profile', value: (row) => row.name },
      { title: 'DEFAULT', name: 'default', value: (row) => (row.isDefault ? 'yes' : '') },
      { title: 'SERVICE', name: 'service', value: (row) => row.place },
      { title: 'CLIENT', name: 'clientId', isId: true, value: (row) => row.clientId },
    ],
    rows,
  )
}

function showProfile(name: string): void {
  const { profile } = getProfile(readProfiles(profilesPath(process.env)), name)
  const hidden = Object.fromEntries(secretNames.filter((key) => key in profile).map((key) => [key, '(kept)']))
  printRecord('json', [], { ...profile, ...hidden })
}

function getProfile(all: Profiles, name: string): { all: Profiles; profile: Profile } {
  const profile = Object.hasOwn(all.profiles, name) ? all.profiles[name] : undefined
  if (profile !== undefined) return { all, profile }
  throw wrongUsage(`There is no profile ${name}. skillkeeper config list shows the profiles.`)
}

function without({ default: usual, profiles }: Profiles, name: string): Profiles {
  const { [name]: _removed, ...rest } = profiles
  return { ...(usual !== undefined && usual !== name && { default: usual }), profiles: rest }
}

function change(changed: (profiles: Profiles) => Profiles): void {
  const file = profilesPath(process.env)
  writeProfiles(file, changed(readProfiles(file)))
  tell(`Written to ${file}`)
}
