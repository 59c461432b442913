/** The forms of the option `credentials`. */

/** A client of the token issuer: a Login with Amazon security profile, or a client of Skillkeeper's catalog. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** Required by Amazon. Without it the client uses the grant `client_credentials`, which Skillkeeper allows. */
  readonly refreshToken?: string
  /** The scope for the grant `client_credentials` (`alexa::enterprise:management`). */
  readonly scope?: string
  /** The token endpoint. Default: `{endpoint}/auth/o2/token`; for Amazon's hosts that of `api.amazon.com`. */
  readonly tokenUrl?: string
}

/**
 * Returns an access token. The client calls it before every request and does not keep the token. After a 401 the client
 * calls it once more, with the rejected token.
 */
export type TokenFunction = (asked: {
  readonly rejectedToken: string | undefined
}) => string | Promise<string>

export type Credentials = string | TokenFunction | ClientCredentials
