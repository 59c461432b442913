import {
  personOf,
  type Session,
  type SignedIn,
  type SignInCode,
  sessionHolds,
  sessionsPerAccountMax,
} from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'

/**
 * Whether the session holds, and its holder could still sign in as then: the person is there with the same passphrase, or the
 * operator's token is.
 */
export async function isLive(
  context: Context,
  session: Session,
  operatorTokens: readonly OperatorToken[],
): Promise<boolean> {
  return sessionHolds(session, context.now()) && (await isProved(context, session, operatorTokens))
}

/** The same for the session with this ID, if there is one. */
export async function isLiveSession(
  context: Context,
  id: string | undefined,
  operatorTokens: readonly OperatorToken[],
): Promise<boolean> {
  const session = id === undefined ? undefined : await context.storage.sessions.find(id)
  return session !== undefined && isLive(context, session, operatorTokens)
}

/** Whether the secret by which somebody signed in is still there. */
export async function isProved(
  context: Context,
  signedIn: SignedIn,
  operatorTokens: readonly OperatorToken[],
): Promise<boolean> {
  const personId = personOf(signedIn)
  if (personId === undefined)
    return operatorSecrets(operatorTokens).some((token) => proofOf(context, token) === signedIn.proof)
  const person = await context.storage.catalog.findPerson(personId)
  return person?.passphraseHash !== undefined && proofOf(context, person.passphraseHash) === signedIn.proof
}

/** Where nobody has an operator's token, whoever starts the service is the operator. */
export function operatorSecrets(operatorTokens: readonly OperatorToken[]): readonly [string, ...string[]] {
  const [first, ...others] = operatorTokens.map(({ token }) => token)
  return first === undefined ? [''] : [first, ...others]
}

/** Returns the hash of the secret by which somebody signs in: an operator's token, or the stored hash of a passphrase. */
export function proofOf({ secrets }: Pick<Context, 'secrets'>, secret: string): string {
  return secrets.hash(secret, 'sign-in-proof')
}

/** Adds a code that becomes a session of somebody who has signed in, and returns it with its end. */
export async function addSignInCode(
  context: Context,
  { actor, proof, codeChallenge }: Pick<SignInCode, 'actor' | 'proof' | 'codeChallenge'>,
  lifeMs: number,
): Promise<{ readonly code: string; readonly expiresAt: number }> {
  const code = context.secrets.random(24)
  const codeHash = context.secrets.hash(code, 'sign-in-code')
  const expiresAt = context.now() + lifeMs
  await context.storage.sessions.addCode(
    { codeHash, actor, proof, codeChallenge, expiresAt },
    sessionsPerAccountMax,
  )
  return { code, expiresAt }
}
