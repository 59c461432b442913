const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A character of base32 for each byte: five of its bits. */
export function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => characters[byte % 32]).join('')
}
