import * as Type from 'typebox'

/** The error codes with their HTTP status: `type` in single responses, `errorCode` in a batch. */
export const errorStatus = {
  INVALID_PARAM: 400,
  INVALID_LWA_TOKEN: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const

export type ErrorCode = keyof typeof errorStatus

const ErrorCode = Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(errorStatus) }))

/**
 * The errors of the token endpoint and the related endpoints with their HTTP status. Source: RFC 6749 section 5.2, RFC
 * 7009 section 2.2.1; the last two are Login with Amazon's, for the profile and the token information.
 */
export const oauthErrorStatus = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  unsupported_token_type: 400,
  invalid_token: 400,
  insufficient_scope: 401,
} as const

export type OAuthErrorCode = keyof typeof oauthErrorStatus

/** Error body of the token endpoint and the related endpoints. Source: RFC 6749 section 5.2. */
export const OAuthErrorBody = Type.Object({
  error: Type.String(),
  error_description: Type.Optional(Type.String()),
  request_id: Type.Optional(Type.String()),
})
export type OAuthErrorBody = Type.Static<typeof OAuthErrorBody>

/** Error body of get, list, enable and disable. Source: "Error response parameters". */
export const ErrorBody = Type.Object({
  type: ErrorCode,
  message: Type.String({ description: 'Error message for the error.' }),
})
export type ErrorBody = Type.Static<typeof ErrorBody>

/** One element of a batch's `errors`; without `itemId` it concerns the whole request. */
export const BatchErrorItem = Type.Object({
  itemId: Type.Optional(
    Type.Union([Type.Number(), Type.String()], {
      description:
        'The identifier for the request item, as received, even if it is not an integer; absent if it was missing.',
    }),
  ),
  status: Type.Integer({ description: 'The response status code per request or request item.' }),
  errorCode: ErrorCode,
  errorDescription: Type.String({ description: 'A description of the error.' }),
})

/** Error body of batch enable. Source: "Error response body examples" of "Enable a skill for multiple units". */
export const BatchErrorBody = Type.Object({ errors: Type.Array(BatchErrorItem) })
export type BatchErrorBody = Type.Static<typeof BatchErrorBody>
