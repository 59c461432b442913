import type { SignedIn } from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import type { Guesses } from '../../model/ports/guesses.ts'
import { signInName } from '../../model/principals/person.ts'
import { refuse } from '../../model/refusal.ts'
import { proofOf } from './live-session.ts'

/** Longer than any address and passphrase; each character costs work. */
const emailMax = 254
const passphraseMax = 1024

/**
 * Returns the person who shows the right passphrase. Refuses with FORBIDDEN a wrong one and an unknown address, in the same
 * words and after the same work, with TOO_MANY_REQUESTS a caller who may be guessing, and with SERVICE_UNAVAILABLE if too
 * many people sign in at once.
 */
export async function signIn(
  context: Context,
  { email, passphrase }: { readonly email: string; readonly passphrase: string },
  guesses: Guesses,
): Promise<SignedIn> {
  if (email.length > emailMax || passphrase.length > passphraseMax) throw wrong()
  const secret = `passphrase of ${signInName(email)}`
  // One check runs at a time: who guesses must not keep others waiting.
  guesses.refuseGuesser(secret)
  const person = await context.storage.catalog.findPersonByEmail(email)
  const isRight = await context.secrets.isPassphrase(passphrase, person?.passphraseHash)
  guesses.judgeGuess(secret, isRight)
  if (person?.passphraseHash === undefined || !isRight) throw wrong()
  return { actor: person.id, proof: proofOf(context, person.passphraseHash) }
}

function wrong() {
  return refuse('FORBIDDEN', 'The e-mail address or the passphrase is wrong.', { reason: 'token' })
}
