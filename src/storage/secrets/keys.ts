import type { KeyRecord, KeyStorage } from '../../model/ports/storage.ts'
import { type Driver, type Statement, statement } from '../engine/driver.ts'
import { integer, rowReader, text } from '../engine/row-reader.ts'

export function keyStorage(driver: Driver): KeyStorage {
  return {
    async list() {
      const rows = await driver.read(statement(`select ${readKey.columns} from keys order by created_at, id`))
      return rows.map(readKey)
    },
    add: (key) =>
      driver.write(function* () {
        yield addition(key)
      }, key.id),
  }
}

/** Puts the keys in the place of all signing keys, before a storage is used. */
export async function replaceSigningKeys(driver: Driver, keys: readonly KeyRecord[]): Promise<void> {
  const [first, ...others] = keys.map(addition)
  await driver.migrate("delete from keys where purpose = 'sign'", undefined, first)
  for (const one of others) await driver.migrate('', undefined, one)
}

function addition({ id, purpose, sealed, createdAt }: KeyRecord): Statement {
  return statement(
    'insert into keys (id, purpose, sealed, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing',
    id,
    purpose,
    sealed,
    createdAt,
  )
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
