/**
 * In which countries which solution has which operation, from the table under each heading of the page; ES and JP
 * from its newest edition (ledger, rows 13 and T1). The row of batch enable differs: Hospitality lacks UK and FR. Those
 * of the other batches are not known (row T2).
 */
import type { Country, Solution } from '../protocol/catalog.ts'
import type { Operation } from '../protocol/operations.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Unit } from './unit.ts'

type Table = Readonly<Record<Solution, readonly Country[]>>

const everyOperation: Table = {
  healthcare: ['US'],
  hospitality: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
  residential: ['US', 'CA'],
  senior_living: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
  core: ['US'],
}

/** Source: "Property Hierarchy Management API", "Create unit"; its newest table has no Residential. */
const createUnit: Table = {
  healthcare: ['US'],
  hospitality: ['US', 'DE', 'IT', 'ES', 'JP'],
  residential: [],
  senior_living: ['US', 'UK', 'FR', 'CA', 'IT', 'DE', 'ES', 'JP'],
  core: ['US'],
}

/** No table is known for the others of that API: a unit that is there can be looked after. */
const tables: Readonly<Partial<Record<Operation, Table>>> = {
  get: everyOperation,
  list: everyOperation,
  enable: everyOperation,
  disable: everyOperation,
  batch_enable: { ...everyOperation, hospitality: ['US', 'CA', 'IT', 'DE', 'ES', 'JP'] },
  batch_disable: everyOperation,
  batch_get: everyOperation,
  create_unit: createUnit,
}

/** FORBIDDEN where the page does not offer the operation to the solution in the country of the organization. */
export function availabilityRefusal(
  operation: Operation,
  { solution, country }: Pick<Unit, 'solution' | 'country'>,
): Refusal | undefined {
  return (tables[operation]?.[solution].includes(country) ?? true)
    ? undefined
    : refuse(
        'FORBIDDEN',
        `The operation is not available for the solution ${solution} in the country ${country}.`,
        { reason: 'availability' },
      )
}
