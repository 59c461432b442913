import type { Stage } from '../protocol/enablement.ts'
import type { SkillId } from '../protocol/identifiers.ts'

/** The settings of a skill's account linking. URIs are as in the catalog: absolute, or a path of this service. */
export interface AccountLinking {
  readonly accessTokenUri: string
  readonly clientId: string
  /** Sealed with the purpose `skill-secret`. */
  readonly sealedClientSecret: string
  readonly authenticationScheme: 'HTTP_BASIC' | 'REQUEST_BODY_CREDENTIALS'
  readonly skipOnEnablement: boolean
  readonly revocationUri?: string
  /** Where a person signs in, for the page that asks for the code. The service itself never calls it. */
  readonly authorizationUri?: string
  /** The scopes that such a page asks for. */
  readonly scopes?: readonly string[]
}

export interface Skill {
  readonly id: SkillId
  readonly name: string
  readonly stages: readonly Stage[]
  readonly accountLinking: AccountLinking | undefined
}

/** Returns the ID with the other prefix: a skill ID has two spellings (ledger, row 1: the page uses both). */
export function otherSpelling(id: SkillId): SkillId {
  const [from, to] = id.startsWith('amzn1.ask.')
    ? ['amzn1.ask.', 'amzn1.alexa.']
    : ['amzn1.alexa.', 'amzn1.ask.']
  return `${to}${id.slice(from.length)}` as SkillId
}
