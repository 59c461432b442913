import { randomBytes } from 'node:crypto'

/** A secret of this run, such as the key of placeholders. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url')
}
