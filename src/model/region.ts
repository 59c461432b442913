/**
 * The regions of Amazon's service. Each has its own host for the organizations of its countries. Source: the newest
 * edition of the page, "Endpoints".
 */
import type { Country } from '../protocol/catalog.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Unit } from './unit.ts'

export type Region = 'NA' | 'EU' | 'FE'

const hosts: Readonly<Record<Region, string>> = {
  NA: 'api.amazonalexa.com',
  EU: 'api.eu.amazonalexa.com',
  FE: 'api.fe.amazonalexa.com',
}

const homes: Readonly<Record<Country, Region>> = {
  CA: 'NA',
  US: 'NA',
  DE: 'EU',
  ES: 'EU',
  FR: 'EU',
  IT: 'EU',
  UK: 'EU',
  JP: 'FE',
}

export const regions: readonly Region[] = ['NA', 'EU', 'FE']

export function hostOfRegion(region: Region): string {
  return hosts[region]
}

/** Returns `undefined` for a host that is not Amazon's. */
export function regionOfHost(host: string): Region | undefined {
  return regions.find((region) => hosts[region] === host.toLowerCase())
}

/**
 * FORBIDDEN for a unit whose organization belongs to the host of another region (ledger, row R3: each region has its
 * own data).
 */
export function regionRefusal(region: Region | undefined, { country }: Unit): Refusal | undefined {
  return region === undefined || region === homes[country]
    ? undefined
    : refuse('FORBIDDEN', wrongRegionMessage(region, country), { reason: 'region' })
}

function wrongRegionMessage(region: Region, country: Country): string {
  return `Organizations in the country ${country} are served at ${hosts[homes[country]]}, not at ${hosts[region]}.`
}
