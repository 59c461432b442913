/** What a client has to show for an access token. */

/** A client of the issuer: a Login with Amazon security profile, or one of Skillkeeper's catalog. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
  /** Needed at Amazon's. Without it the client speaks for itself (grant `client_credentials`), which Skillkeeper allows. */
  readonly refreshToken?: string
  /** Of the client's own token (`alexa::enterprise:management`). */
  readonly scope?: string
  /** Another token endpoint than that of the service (`{endpoint}/auth/o2/token`) or of Amazon (`api.amazon.com`). */
  readonly tokenUrl?: string
}

/**
 * Asked for an access token before every request; what it gives is not kept. After a 401 it is asked once more, with
 * the token that the service did not take.
 */
export type TokenFunction = (asked: {
  readonly rejectedToken: string | undefined
}) => string | Promise<string>

export type Credentials = string | TokenFunction | ClientCredentials
