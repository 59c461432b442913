import type { Refusal } from '../../model/refusal.ts'
import type { OAuthErrorBody } from '../../protocol/errors.ts'

/**
 * A refusal in the shape of RFC 6749 section 5.2. What the RFC has no code for takes one of section 4.1.2.1, so that
 * a client which reads `error` finds a word it may know.
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
