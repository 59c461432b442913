/** The usual spelling: a text comparison costs less than the expression. */
const usual = 'Bearer '

/**
 * Returns the token of an `Authorization: Bearer …` header: the scheme in any case, then one or more spaces (ledger,
 * row 15: as RFC 9110, section 11.4). `undefined` for another form.
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith(usual)) {
    const token = authorization.slice(usual.length)
    if (token !== '' && !token.includes(' ')) return token
  }
  return /^bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1]
}
