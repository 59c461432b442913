import { anyOperator, signInCodeLifeMs, startCodeLifeMs } from '../../model/console/session.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import type { SignInCodeView } from '../../protocol/console/sessions.ts'
import type { OperatorToken } from '../../protocol/operator-tokens.ts'
import { addSignInCode, operatorSecrets, proofOf } from '../tokens/live-session.ts'

/**
 * Makes a one-time code that signs in the operator whose token was shown. Refuses with FORBIDDEN the token of a session: a
 * session does not outlive itself. `origin`: of the console.
 */
export async function makeSignInCode(
  context: Context,
  { shown, actor, origin }: { readonly shown: string; readonly actor: string; readonly origin: string },
  operatorTokens: readonly OperatorToken[],
): Promise<SignInCodeView> {
  if (!operatorTokens.some(({ token }) => token === shown))
    throw refuse('FORBIDDEN', "A code needs the operator's token itself, not that of a session.")
  const maker = { actor, proof: proofOf(context, shown), codeChallenge: undefined }
  const { code, expiresAt } = await addSignInCode(context, maker, signInCodeLifeMs)
  return { code, url: consoleLink(origin, code), expiresAt: new Date(expiresAt).toISOString() }
}

/** Makes the code that a starting service prints, and returns the link with it. Its session ends with the first operator's token. */
export async function makeStartLink(
  context: Context,
  operatorTokens: readonly OperatorToken[],
  origin: string,
): Promise<string> {
  const [secret] = operatorSecrets(operatorTokens)
  const maker = { actor: anyOperator, proof: proofOf(context, secret), codeChallenge: undefined }
  const { code } = await addSignInCode(context, maker, startCodeLifeMs)
  return consoleLink(origin, code)
}

/** A browser does not send what is behind the number sign. */
function consoleLink(origin: string, code: string): string {
  return `${origin}/console/#code=${code}`
}
