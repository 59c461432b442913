/**
 * Profiles: the services that a user calls, and the credentials there. They are in one file that other users must not be
 * able to read, since it may contain secrets.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import * as Type from 'typebox'
import { fileFault } from '../../app/file-fault.ts'
import { makeFolder } from '../../app/make-folder.ts'
import { where } from '../../app/settings/read-settings.ts'
import type { Region } from '../../client/index.ts'
import { type FormProblem, hasForm } from '../../protocol/form-problems.ts'
import { parseJson } from '../../protocol/parse-json.ts'
import { wrongUsage } from '../terminal/command-error.ts'

const Text = Type.String({ minLength: 1, maxLength: 4096 })

/** The regions of Amazon's service. */
export const regions = ['NA', 'EU', 'FE'] as const satisfies readonly Region[]

const Profile = Type.Object(
  {
    endpoint: Type.Optional(Text),
    region: Type.Optional(Type.Union([Type.Literal('NA'), Type.Literal('EU'), Type.Literal('FE')])),
    clientId: Type.Optional(Text),
    clientSecret: Type.Optional(Text),
    refreshToken: Type.Optional(Text),
    token: Type.Optional(Text),
    operatorToken: Type.Optional(Text),
  },
  { additionalProperties: false },
)
/** One of `endpoint` and `region`, and credentials: a token, or a client with its secret and perhaps a refresh token. */
export type Profile = Type.Static<typeof Profile>

/** The properties of a profile that are secret. */
export const secretNames = ['clientSecret', 'refreshToken', 'token', 'operatorToken'] as const

const Profiles = Type.Object(
  {
    default: Type.Optional(Text),
    profiles: Type.Unsafe<Record<string, Profile>>(Type.Object({}, { additionalProperties: Profile })),
  },
  { additionalProperties: false },
)
/** `default` is the name of the profile that is used without `--profile`. */
export type Profiles = Type.Static<typeof Profiles>

type Environment = Readonly<Record<string, string | undefined>>

/** SKILLKEEPER_PROFILES, otherwise `skillkeeper/profiles.json` in the system's folder for configurations. */
export function profilesPath(environment: Environment): string {
  const { SKILLKEEPER_PROFILES: given, XDG_CONFIG_HOME: config, APPDATA: appData } = environment
  if (given) return given
  const folder = config || (process.platform === 'win32' && appData) || path.join(homedir(), '.config')
  return path.join(folder, 'skillkeeper', 'profiles.json')
}

/** Reads the file; without a file there are no profiles. Throws a CommandError if the file is invalid or other users can read it. */
export function readProfiles(file: string): Profiles {
  const text = readOwnFile(file)
  if (text === undefined) return { profiles: {} }
  const parsed = parseJson(text)
  if ('problem' in parsed) throw wrongUsage(`${file}, ${where(parsed.problem)}`)
  const problems: FormProblem[] = []
  if (hasForm(Profiles, parsed.value, '', problems)) return parsed.value
  throw wrongUsage(problems.map((problem) => `${file}: ${problem.path} ${problem.message}`).join('\n'))
}

/** Writes the file atomically. Throws a CommandError if it cannot be written. */
export function writeProfiles(file: string, profiles: Profiles): void {
  const temporary = `${file}.${process.pid}`
  try {
    makeFolder(path.dirname(file))
    writeFileSync(temporary, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(temporary, file)
  } catch (error) {
    throw wrongUsage(
      `${file} cannot be written: ${fileFault(error)}. SKILLKEEPER_PROFILES selects another file.`,
      error,
    )
  }
}

function readOwnFile(file: string): string | undefined {
  try {
    const { mode } = statSync(file)
    // Windows has no permission bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw wrongUsage(`${file} may contain secrets, and other users may read it. Run: chmod 600 ${file}`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') return undefined
      throw wrongUsage(`${file} cannot be read: ${fileFault(error)}.`, error)
    }
    throw error
  }
}
