/** Returns what to do if the refusal means that account linking is missing; `undefined` for any other refusal. */
export function linkHint(refusal: string): string | undefined {
  if (!refusal.startsWith('accountLinkRequest is missing')) return undefined
  return 'The skill links accounts: set the code in SKILLKEEPER_AUTH_CODE with --redirect-uri URI (in a file for batch: the columns authCode and redirectUri), or link it for the whole organization: skillkeeper delegated set --help'
}
