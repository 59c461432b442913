/** The form of a new record, and the catalog document that adds it. */
import type { CatalogKind } from '../api/catalog.ts'
import type { CatalogDocument, Stage } from '../api/wire.ts'

export const solutions = ['healthcare', 'hospitality', 'residential', 'senior_living', 'core'] as const
export const countries = ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'] as const
export const roleNames = ['A4H.OrgAdmin', 'A4P.UnitAdmin', 'viewer'] as const
export const stages: readonly Stage[] = ['live', 'certification', 'development']

export interface NewRecordValues {
  readonly id: string
  readonly name: string
  readonly solution: (typeof solutions)[number]
  readonly country: (typeof countries)[number]
  readonly stages: readonly Stage[]
  readonly email: string
  readonly passphraseHash: string
  readonly isConfidential: boolean
  readonly redirectUri: string
  readonly role: (typeof roleNames)[number] | ''
  readonly roleUnit: string
}

export function emptyRecord(kind: CatalogKind): NewRecordValues {
  const own = crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(36), '')
  const prefixes: Readonly<Record<CatalogKind, string>> = {
    organizations: 'amzn1.alexa.unit.did.',
    skills: 'amzn1.ask.skill.',
    clients: 'amzn1.application-oa2-client.',
    people: 'amzn1.account.',
  }
  return {
    id: prefixes[kind] + (kind === 'organizations' || kind === 'people' ? own.toUpperCase() : own),
    name: '',
    solution: 'healthcare',
    country: 'US',
    stages: ['live'],
    email: '',
    passphraseHash: '',
    isConfidential: true,
    redirectUri: '',
    role: '',
    roleUnit: '',
  }
}

export function documentOf(kind: CatalogKind, values: NewRecordValues, secret: string): CatalogDocument {
  const { id, name, solution, country, role, roleUnit } = values
  const roles = role === '' ? {} : { roles: [{ unitId: roleUnit, role }] }
  switch (kind) {
    case 'organizations':
      return { organizations: [{ id, name, solution, country }] }
    case 'skills':
      return { skills: [{ id, name, stages: [...values.stages] }] }
    case 'clients': {
      const own = values.isConfidential ? { secret } : {}
      const redirect = values.redirectUri === '' ? {} : { redirectUris: [values.redirectUri] }
      return { clients: [{ id, name, ...own, ...redirect, ...roles }] }
    }
    case 'people': {
      const email = values.email === '' ? {} : { email: values.email }
      const passphrase = values.passphraseHash === '' ? {} : { passphraseHash: values.passphraseHash }
      return { people: [{ id, name, ...email, ...passphrase, ...roles }] }
    }
  }
}
