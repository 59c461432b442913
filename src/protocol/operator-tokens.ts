/** The tokens of the operator's API in a setting or a file: one, or several, each with the name of its holder. */

export interface OperatorToken {
  /** `undefined` if the token has no name. */
  readonly name: string | undefined
  readonly token: string
}

/** The maximum number of tokens: each request is compared with all of them. */
const tokensMax = 100
/** A token, optionally with a name. Neither contains a comma or a colon. */
const form = /^(?:([A-Za-z0-9_-]{1,32}):)?([\x21-\x2b\x2d-\x39\x3b-\x7e]{16,1024})$/

/**
 * Reads `TOKEN`, or several as `NAME:TOKEN`, separated by commas or line breaks. A name may have several tokens, such
 * as an old and a new one. The message of a problem quotes none of the text.
 */
export function readOperatorTokens(
  text: string,
): { readonly tokens: readonly OperatorToken[] } | { readonly problem: string } {
  const entries = text
    .split(/[,\r\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (entries.length === 0) return { problem: 'There is no token.' }
  if (entries.length > tokensMax) return { problem: `There are more than ${tokensMax} tokens.` }
  const tokens: OperatorToken[] = []
  for (const [index, entry] of entries.entries()) {
    const [, name, token] = form.exec(entry) ?? []
    if (token === undefined) {
      const problem = `Token ${index + 1} of ${entries.length} is not of the form TOKEN or NAME:TOKEN, ${formInWords}.`
      return { problem }
    }
    const first = tokens.findIndex((other) => other.token === token)
    if (first !== -1) return { problem: `Tokens ${first + 1} and ${index + 1} are the same.` }
    tokens.push({ name, token })
  }
  return { tokens }
}

const formInWords =
  'with a name of 1 to 32 letters, digits, - and _, and a token of 16 to 1,024 printable characters without spaces, commas and colons'
