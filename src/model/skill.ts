import type { Stage } from '../protocol/enablement.ts'
import type { SkillId } from '../protocol/identifiers.ts'

/** How a skill links accounts. URIs are as in the catalog: absolute, or a path of this service. */
export interface AccountLinking {
  readonly accessTokenUri: string
  readonly clientId: string
  /** Sealed with the purpose `skill-secret`. */
  readonly sealedClientSecret: string
  readonly authenticationScheme: 'HTTP_BASIC' | 'REQUEST_BODY_CREDENTIALS'
  readonly skipOnEnablement: boolean
  readonly revocationUri?: string
}

export interface Skill {
  readonly id: SkillId
  readonly name: string
  readonly stages: readonly Stage[]
  readonly accountLinking: AccountLinking | undefined
}
