const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Returns one base32 character for each byte, from five of its bits. */
export function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => characters[byte % 32]).join('')
}
