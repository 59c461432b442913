import type { Refusal } from '../../model/refusal.ts'
import type { OAuthErrorBody } from '../../protocol/errors.ts'

/**
 * Makes an error body in the shape of RFC 6749, section 5.2. Where that section has no code, one of section 4.1.2.1 is
 * used, which clients may know.
 */
export function oauthErrorBody(refusal: Refusal, requestId: string): OAuthErrorBody {
  return { error: oauthError(refusal.code), error_description: refusal.message, request_id: requestId }
}

function oauthError(code: Refusal['code']): string {
  switch (code) {
    case 'INVALID_PARAM':
    case 'NOT_FOUND':
      return 'invalid_request'
    case 'INVALID_LWA_TOKEN':
      return 'invalid_token'
    case 'FORBIDDEN':
      return 'access_denied'
    case 'TOO_MANY_REQUESTS':
    case 'SERVICE_UNAVAILABLE':
      return 'temporarily_unavailable'
    case 'INTERNAL_ERROR':
      return 'server_error'
    default:
      return code
  }
}
