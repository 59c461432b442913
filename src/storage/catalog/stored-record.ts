/** Whether a record is still as it was read. Its row stays locked until the write ends. */
import type { StoredRecord } from '../../model/ports/storage.ts'
import { type Row, type Statement, type Steps, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import { numberIn } from '../ids/ids.ts'
import { readClient, readSkill } from './catalog-row.ts'
import { readPerson } from './people.ts'

export function* isStored(record: StoredRecord, lockRows: string): Steps<boolean> {
  switch (record.kind) {
    case 'unit': {
      const { id, name, solution, country, requiresSubscription } = record.value
      const query = statement(
        `select ${readOrganization.columns} from units where number = ${numberIn('$1')} and level = 0 ${lockRows}`,
        id,
      )
      return yield* isSame(query, readOrganization, { name, solution, country, requiresSubscription })
    }
    case 'skill':
      return yield* isSame(byId(readSkill, 'skills', record.value.id, lockRows), readSkill, record.value)
    case 'client':
      return yield* isSame(byId(readClient, 'clients', record.value.id, lockRows), readClient, record.value)
    case 'person':
      return yield* isSame(byId(readPerson, 'people', record.value.id, lockRows), readPerson, record.value)
  }
}

const readOrganization = rowReader(
  { name: text(), solution: text(), country: text(), requires_subscription: nullable(integer) },
  ({ name, solution, country, requires_subscription }) => ({
    name,
    solution,
    country,
    requiresSubscription: requires_subscription === 1,
  }),
)

function byId({ columns }: { readonly columns: string }, table: string, id: string, lockRows: string) {
  return statement(`select ${columns} from ${table} where id = $1 ${lockRows}`, id)
}

function* isSame<T>(query: Statement, read: (row: Row) => T, before: T): Steps<boolean> {
  const [row] = yield query
  // Both came from the same reader, or have the same order of properties.
  return row !== undefined && JSON.stringify(read(row)) === JSON.stringify(before)
}
