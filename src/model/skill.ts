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

/** The same skill with the other prefix: one ID is written in two ways (ledger, row 1). */
export function otherSpelling(id: SkillId): SkillId {
  const [from, to] = id.startsWith('amzn1.ask.')
    ? ['amzn1.ask.', 'amzn1.alexa.']
    : ['amzn1.alexa.', 'amzn1.ask.']
  return `${to}${id.slice(from.length)}` as SkillId
}
