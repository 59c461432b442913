/** How nearly all requests spell it: a look at the text costs less than the expression. */
const usual = 'Bearer '

/**
 * The token of an `Authorization: Bearer …` header: the scheme in any case, and one space or more behind it (ledger,
 * row 15; RFC 9110, section 11.4). `undefined` where it has another form.
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith(usual)) {
    const token = authorization.slice(usual.length)
    if (token !== '' && !token.includes(' ')) return token
  }
  return /^bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1]
}
