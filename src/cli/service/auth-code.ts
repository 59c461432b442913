/** This folder connects a command with its service: addresses, credentials, names for IDs, and explanations of errors. */

import { wrongUsage } from '../terminal/command-error.ts'

/** Returns the authorization code from the environment: a secret is never an option. Throws a CommandError if it is missing. */
export function takeAuthCode(): string {
  const authCode = process.env['SKILLKEEPER_AUTH_CODE']
  if (authCode) return authCode
  throw wrongUsage('The authorization code is missing: set it in SKILLKEEPER_AUTH_CODE.')
}
