/**
 * Passphrases of people, hashed with scrypt in the PHC string format. A check takes about 50 ms and 16 MiB on purpose, so
 * only one runs at a time.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { refuse } from '../model/refusal.ts'
import { passphraseHashPattern } from '../protocol/catalog.ts'

const cost = { N: 2 ** 14, r: 8, p: 1 } as const
const hashBytes = 32
/** Checks that wait for the one that runs. */
const waitingMax = 20
const retryAfterMs = 1000

const form = new RegExp(passphraseHashPattern)
/** The hash of nothing that anybody types: a check of an unknown person takes as long as any other. */
const nobody = `$scrypt$ln=14,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Returns the hash for a catalog. */
export async function hashPassphrase(passphrase: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(passphrase, salt, cost.N)
  return `$scrypt$ln=${Math.log2(cost.N)},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`
}

/** Returns a check of passphrases. It refuses with SERVICE_UNAVAILABLE if too many are waiting. */
export function createPassphraseCheck(): (passphrase: string, hash: string | undefined) => Promise<boolean> {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  return async (passphrase, hash) => {
    if (waiting > waitingMax)
      throw refuse('SERVICE_UNAVAILABLE', 'Too many people sign in.', { retryAfterMs })
    waiting += 1
    const check = last.then(() => matches(passphrase, hash ?? nobody))
    last = check.catch(() => undefined)
    try {
      return (await check) && hash !== undefined
    } finally {
      waiting -= 1
    }
  }
}

async function matches(passphrase: string, text: string): Promise<boolean> {
  if (!form.test(text)) return false
  const [, , parameters = '', salt = '', hash = ''] = text.split('$')
  const rounds = 2 ** Number(/^ln=(\d+)/.exec(parameters)?.[1])
  const expected = Buffer.from(hash, 'base64')
  return timingSafeEqual(await derive(passphrase, Buffer.from(salt, 'base64'), rounds), expected)
}

/** Different keyboards make the same letter of different characters. */
function derive(passphrase: string, salt: Buffer, N: number): Promise<Buffer> {
  const { r, p } = cost
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const options = { N, r, p, maxmem: 256 * N * r }
  scrypt(passphrase.normalize('NFC'), salt, hashBytes, options, (error, key) => {
    if (error === null) resolve(key)
    else reject(error)
  })
  return promise
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
