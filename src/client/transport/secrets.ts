/** Removes secrets from errors, and so from logs: a platform or a service may quote what it was sent. */

const hidden = '[secret]'
/** A shorter secret may be part of ordinary words. */
const lengthMin = 6

export function withoutSecretText(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)])
  return spellings.reduce(
    (kept, secret) => (secret.length < lengthMin ? kept : kept.replaceAll(secret, hidden)),
    text,
  )
}

/** Returns the message without secrets, and the thrown value as `cause` if it contains no secret. */
export function withoutSecrets(
  thrown: unknown,
  secrets: readonly string[],
): { readonly message: string; readonly cause: unknown } {
  const chain = causes(thrown)
  const text = chain.map((error) => `${error} ${error instanceof Error ? error.stack : ''}`).join('\n')
  const isClean = withoutSecretText(text, secrets) === text
  const innermost = chain.at(-1)
  const message = innermost instanceof Error ? innermost.message || innermost.name : String(innermost)
  return { message: withoutSecretText(message, secrets), cause: isClean ? thrown : undefined }
}

const causesMax = 10

/** An error and the chain of its causes. `fetch` has the reason of a failure only there. */
function causes(thrown: unknown): unknown[] {
  const chain = [thrown]
  for (
    let at = thrown;
    at instanceof Error && at.cause !== undefined && chain.length < causesMax;
    at = at.cause
  ) {
    chain.push(at.cause)
  }
  return chain
}
