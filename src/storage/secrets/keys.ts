import type { KeyRecord, KeyStorage } from '../../model/ports/storage.ts'
import { type Driver, statement } from '../engine/driver.ts'
import { integer, rowReader, text } from '../engine/row-reader.ts'

export function keyStorage(driver: Driver): KeyStorage {
  return {
    async list() {
      const rows = await driver.read(statement(`select ${readKey.columns} from keys order by created_at, id`))
      return rows.map(readKey)
    },
    async add(key) {
      await driver.write(function* () {
        yield statement(
          'insert into keys (id, purpose, sealed, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing',
          key.id,
          key.purpose,
          key.sealed,
          key.createdAt,
        )
      }, key.id)
    },
  }
}

const readKey = rowReader(
  { id: text(), purpose: text<KeyRecord['purpose']>(), sealed: text(), created_at: integer },
  (row): KeyRecord => ({
    id: row.id,
    purpose: row.purpose,
    sealed: row.sealed,
    createdAt: row.created_at,
  }),
)
