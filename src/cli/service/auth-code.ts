import { wrongUsage } from '../terminal/command-error.ts'

/** The authorization code of the environment: a secret is never an option. Throws a CommandError when there is none. */
export function takeAuthCode(): string {
  const authCode = process.env['SKILLKEEPER_AUTH_CODE']
  if (authCode) return authCode
  throw wrongUsage('The authorization code is missing: give it as SKILLKEEPER_AUTH_CODE.')
}
