/**
 * The operations that are available to each solution in each country, from the table under each heading of the page. ES
 * and JP come from its newest edition (ledger, rows 13 and T1: the tables hold as printed). Batch enable differs:
 * Hospitality lacks UK and FR. No tables are known for the other batches (row T2: they are available where get and
 * disable are).
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

/** No table is known for the other operations of that API: they are allowed for every existing unit. */
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

/** FORBIDDEN if the page does not offer the operation to the solution in the country of the organization. */
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
