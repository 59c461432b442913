import type { Context } from '../model/context.ts'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The ID of the account that a client acts for, in the form of Login with Amazon. There are no accounts of persons
 * here, so each client has one of its own, and always the same.
 */
export function userIdOf(context: Context, clientId: string): string {
  const bytes = Buffer.from(context.secrets.hash(clientId, 'user-id'), 'base64url').subarray(0, 28)
  return `amzn1.account.${Array.from(bytes, (byte) => base32[byte % 32]).join('')}`
}
