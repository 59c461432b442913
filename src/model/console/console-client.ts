import type { Client } from '../client.ts'

/**
 * The client of the console: public, in no catalog, and without a role. It gets codes that become sessions, at the path of this
 * service alone, and no token from the issuer.
 */
export const consoleClient: Client = {
  id: 'amzn1.application-oa2-client.skillkeeper-console',
  name: 'Skillkeeper console',
  secretHash: undefined,
  redirectUris: ['/console/signed-in'],
  roles: [],
  grants: ['authorization_code'],
  isDemo: false,
  isEmbedded: false,
  linksAccounts: false,
}

export function isConsole({ id }: Pick<Client, 'id'>): boolean {
  return id === consoleClient.id
}
