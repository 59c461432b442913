/**
 * A storage as it is after long use: one organization, its units, ten skills enabled for each of them, and one unit with very many skills.
 * The catalog makes the units and the skills, and requests make the enablements, so that each program stores them in its own form, with their
 * entries of the operations log.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'

export const organizationId = 'amzn1.alexa.unit.did.AHPXFP6CQ3MZUBENCHMARKORGANIZATION'
export const client = {
  id: 'amzn1.application-oa2-client.benchmark',
  secret: 'a-secret-of-the-benchmark',
  refreshToken: 'Atzr|IwEBIAbenchmarkbenchmarkbenchmarkbenchmark',
}

/** Skills that every unit has; those behind them are for fresh enablements, and all of them on the large unit. */
export const skillsEverywhere = 10
export const skillsInAll = 10_000
/** The unit behind the others, with all skills. */
export const largeUnitId = 'amzn1.alexa.unit.did.ALARGEUNITWITHALLTHESKILLSOFTHEBENCHMARK'

/** Units of a storage with so many enablements, the large one not counted. */
export function unitsOf(enablements: number): number {
  return enablements / skillsEverywhere
}

/** As long as real ones, and in no order. */
export function unitId(number: number): string {
  return `amzn1.alexa.unit.did.A${scrambled(number)}JDKNLWZB2HXS6TFCUM4VYQ7E3RPG`
}

export function skillId(number: number): string {
  return `amzn1.ask.skill.${scrambled(number).toLowerCase()}-6d5e-4000-8000-9c2f3b1b6d5e`
}

/** Eight digits that differ for different numbers: the multiplier is odd. */
function scrambled(number: number): string {
  return ((number * 2_654_435_761) % 0x1_0000_0000).toString(16).toUpperCase().padStart(8, '0')
}

/** Units of a catalog file; a start reads the whole file into memory. */
const unitsPerFile = 50_000

/** The catalog that a filled service is started with: the organization and the client. */
export function writeCatalog(folder: string): string {
  return writeFile(folder, 'catalog.json', [], 0)
}

/** The catalogs that a new service is started with, one after the other, to have all units and skills. */
export function* writeFullCatalogs(folder: string, units: number, hasLargeUnit: boolean): Generator<string> {
  const ids = Array.from({ length: units }, (_, number) => unitId(number))
  if (hasLargeUnit) ids.push(largeUnitId)
  for (let from = 0; from < ids.length; from += unitsPerFile) {
    yield writeFile(
      folder,
      'full-catalog.json',
      ids.slice(from, from + unitsPerFile),
      from === 0 ? skillsInAll : 0,
    )
  }
}

function writeFile(folder: string, name: string, unitIds: readonly string[], skillCount: number): string {
  const file = path.join(folder, name)
  const units = unitIds.map((id) => ({ id, name: 'Room' }))
  const organization = { id: organizationId, name: 'Hotel', solution: 'hospitality', country: 'US', units }
  const skills = Array.from({ length: skillCount }, (_, number) => ({
    id: skillId(number),
    name: `Skill ${number}`,
    stages: ['development', 'live'],
  }))
  const roles = [{ unitId: organizationId, role: 'A4P.UnitAdmin' }]
  writeFileSync(
    file,
    JSON.stringify({ organizations: [organization], skills, clients: [{ ...client, roles }] }),
  )
  return file
}
