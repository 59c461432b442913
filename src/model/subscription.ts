/**
 * The subscriptions of Alexa Smart Properties: pre-defined skills in every catalog. A property has one of them. Source:
 * "Manage Subscriptions"; the ledger decides what it leaves open (rows S1 to S7).
 */
import type { SkillId } from '../protocol/identifiers.ts'
import { refuse } from './refusal.ts'
import type { Skill } from './skill.ts'
import type { Unit } from './unit.ts'

/** A pre-defined skill, with the solution and the country that it is for. */
export interface Subscription {
  readonly skill: Skill
  readonly solution: string
  readonly country: string
}

const uuids: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  healthcare: { US: '90c5a544-3ea5-459e-8275-b925a0f84224' },
  hospitality: {
    US: 'a4697856-173d-4b66-91a3-ef4b083992f5',
    CA: 'eac80ad0-ab7d-41db-9f21-1e34747c7cb5',
    UK: '06322139-c2a9-4c59-a4b6-354b37aafb33',
    DE: 'de46bda1-550d-4381-9a08-17204f9e935e',
    FR: '3c136caa-8b11-4210-a5e9-7bdd9f2c606a',
    IT: 'fba6aef7-cc2c-474a-992a-68b118970548',
    ES: 'b70682dd-67b0-4775-acae-f8d2ee278322',
    JP: 'ae0c1da0-5068-4b71-ac8e-d4f3c230ef84',
  },
  senior_living: {
    US: '6a39c06f-58b4-4adb-8c7f-a75a9ca3f7e1',
    CA: '2d1e40fa-3611-41d2-8b41-f4fb76ab4829',
    UK: 'a501f73e-aaf7-4d9b-a5b4-67c37b1bbabf',
    DE: 'bf08c62f-49e9-4318-a79d-b7eb0787f62f',
    FR: '45e4d2c4-54b4-4186-af3f-3f51d22e45f6',
    IT: '19d6addf-71d4-43ae-8dba-1b83142db872',
    ES: '54da35b3-2ba1-489c-8034-8eca7b12a29b',
    JP: '5e0d3ba5-3e4f-4c83-8e24-0e6791451d8d',
  },
  core: { US: 'b4ca54a9-5e5f-4c60-93a0-d4cbd48640f2' },
}

/** In the order of their IDs. */
export const subscriptions: readonly Subscription[] = Object.entries(uuids)
  .flatMap(([solution, ids]) =>
    Object.entries(ids).map(([country, uuid]) => subscription(solution, country, uuid)),
  )
  .sort((one, other) => (one.skill.id < other.skill.id ? -1 : 1))

const byId = new Map<string, Subscription>(subscriptions.map((one) => [one.skill.id, one]))

/** Returns the subscription with the ID; `undefined` for any other skill. */
export function findSubscription(id: SkillId): Subscription | undefined {
  return byId.get(id)
}

/**
 * Refuses with INVALID_PARAM a unit that is not a property, and a unit whose organization has another solution or
 * country.
 */
export function requireSubscribable({ skill, solution, country }: Subscription, unit: Unit): void {
  if (unit.level !== 1) {
    throw refuse(
      'INVALID_PARAM',
      `${skill.name} can only be enabled for a property, a unit of level 1; ${unit.id} has the level ${unit.level}.`,
      { reason: 'subscription' },
    )
  }
  if (unit.solution !== solution || unit.country !== country) {
    throw refuse(
      'INVALID_PARAM',
      `${skill.name} is for the solution ${solution} in the country ${country}; the organization has the solution ${unit.solution} in the country ${unit.country}.`,
      { reason: 'subscription' },
    )
  }
}

/** The message when a property already has another subscription. */
export function otherSubscriptionMessage(id: SkillId): string {
  return `The property already has a subscription, ${id}, and can have only one.`
}

/** The message when a unit is created below a property without the subscription that the organization requires. */
export function subscriptionNeededMessage(propertyId: string): string {
  return `The property ${propertyId} needs a subscription before units can be created below it.`
}

/** Refuses with FORBIDDEN to disable a subscription: it ends with its property, or when the operator removes it. */
export function requireDisablable(id: SkillId): void {
  const found = findSubscription(id)
  if (found !== undefined) {
    throw refuse(
      'FORBIDDEN',
      `${found.skill.name} is the subscription of a property. A client cannot disable it.`,
      { reason: 'subscription' },
    )
  }
}

function subscription(solution: string, country: string, uuid: string): Subscription {
  const id = `amzn1.ask.skill.${uuid}` as SkillId
  const name = `Subscription ${solution} ${country}`
  return { skill: { id, name, stages: ['live'], accountLinking: undefined }, solution, country }
}
