import * as Type from 'typebox'

/**
 * A skill ID, `amzn1.ask.skill.{id}` or `amzn1.alexa.skill.{id}`; at most 255 characters. Source: the page's "Request
 * path parameters" names one form, its examples the other (ledger, row 1: both are valid).
 */
export type SkillId = string & { readonly brand: 'SkillId' }

/**
 * A unit ID, `amzn1.alexa.unit.did.{id}` or `amzn1.alexa.unit.{id}`; at most 255 characters. Source: the page's
 * "Request query parameters" (ledger, row 2: real IDs have `did.`, the examples do not).
 */
export type UnitId = string & { readonly brand: 'UnitId' }

const skillIdPattern = '^amzn1\\.(ask|alexa)\\.skill\\.[A-Za-z0-9_-]{1,200}$'
const unitIdPattern = '^amzn1\\.alexa\\.unit\\.(did\\.)?[A-Za-z0-9_-]{1,200}$'

export const SkillId = Type.Unsafe<SkillId>(
  Type.String({
    pattern: skillIdPattern,
    description: 'Skill ID, in the format "amzn1.ask.skill.{id}" or "amzn1.alexa.skill.{id}".',
    examples: ['amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'],
  }),
)

export const UnitId = Type.Unsafe<UnitId>(
  Type.String({
    pattern: unitIdPattern,
    description: 'Unit ID, in the format "amzn1.alexa.unit.did.{id}" or "amzn1.alexa.unit.{id}".',
    examples: ['amzn1.alexa.unit.did.R101'],
  }),
)

const skillIdForm = new RegExp(skillIdPattern)
const unitIdForm = new RegExp(unitIdPattern)

export function isSkillId(value: unknown): value is SkillId {
  return typeof value === 'string' && skillIdForm.test(value)
}

export function isUnitId(value: unknown): value is UnitId {
  return typeof value === 'string' && unitIdForm.test(value)
}

/** An OAuth 2.0 client ID; at most 100 bytes. Source: Login with Amazon. */
export const ClientId = Type.String({
  pattern: '^[\\x21-\\x7e]{1,100}$',
  description: 'OAuth 2.0 client ID.',
})

/** A role ID, `amzn1.alexa.role.did.{id}`; at most 255 characters. Source: "Role API". */
export type RoleId = string & { readonly brand: 'RoleId' }

export const RoleId = Type.Unsafe<RoleId>(
  Type.String({
    pattern: '^amzn1\\.alexa\\.role\\.did\\.[A-Za-z0-9_-]{1,202}$',
    description: 'Role ID, in the format "amzn1.alexa.role.did.{id}".',
    examples: ['amzn1.alexa.role.did.UDR101'],
  }),
)

/**
 * The account of a principal, `amzn1.account.{id}`: of a person or of a client, as `/user/profile` returns it; at most
 * 200 characters. Source: Login with Amazon, "Obtain Customer Profile Information".
 */
export type PrincipalId = string & { readonly brand: 'PrincipalId' }

const principalIdPattern = '^amzn1\\.account\\.[A-Za-z0-9_-]{1,186}$'

export const PrincipalId = Type.Unsafe<PrincipalId>(
  Type.String({
    pattern: principalIdPattern,
    description: 'Principal ID, in the format "amzn1.account.{id}".',
    examples: ['amzn1.account.NURSE'],
  }),
)

const principalIdForm = new RegExp(principalIdPattern)

export function isPrincipalId(value: unknown): value is PrincipalId {
  return typeof value === 'string' && principalIdForm.test(value)
}
