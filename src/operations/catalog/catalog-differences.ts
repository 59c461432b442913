/** Names the properties of a stored record that a catalog changes, without their values. */
import type { Client } from '../../model/client.ts'
import type { Person } from '../../model/principals/person.ts'
import type { Skill } from '../../model/skill.ts'
import type { Unit } from '../../model/unit.ts'

/** A record that a catalog changes, or adds if `fields` is `undefined`. */
export interface CatalogDifference {
  readonly kind: string
  readonly id: string
  readonly fields: readonly string[] | undefined
}

/** Solution, country and required subscription belong to the organization and are written with it. */
export function unitDifferences(unit: Unit, stored: Unit): string[] {
  const ofOrganization = ['solution', 'country', 'requiresSubscription']
  return differing(unit, stored, unit.level === 0 ? ['name', ...ofOrganization] : ['name'])
}

export function skillDifferences(skill: Skill, stored: Skill): string[] {
  const [linking, storedLinking] = [skill.accountLinking, stored.accountLinking]
  const own = differing(skill, stored, ['name', 'stages'])
  if (linking === undefined || storedLinking === undefined)
    return [...own, ...differing(skill, stored, ['accountLinking'])]
  const names = new Set([...Object.keys(linking), ...Object.keys(storedLinking)])
  return [
    ...own,
    ...differing(linking, storedLinking, [...names]).map((name) => `accountLinking.${named(name)}`),
  ]
}

/** Leaves out properties that a catalog does not contain. */
export function clientDifferences(client: Omit<Client, 'linksAccounts'>, stored: Client): string[] {
  return differing(client, stored, ['name', 'secretHash', 'redirectUris', 'roles', 'grants']).map(named)
}

export function personDifferences(person: Person, stored: Person): string[] {
  return differing(person, stored, ['name', 'email', 'passphraseHash', 'subject', 'roles'])
}

/** Renames properties to those of a catalog: stored secrets are sealed or hashed. */
function named(property: string): string {
  if (property === 'secretHash') return 'secret'
  return property === 'sealedClientSecret' ? 'clientSecret' : property
}

function differing(left: object, right: object, names: readonly string[]): string[] {
  return names.filter((name) => !isSame(Reflect.get(left, name), Reflect.get(right, name)))
}

/** Whether two records are equal, ignoring the order of their properties. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].every((name) => isSame(Reflect.get(left, name), Reflect.get(right, name)))
}
