import type { KeyRecord, KeyStorage } from '../../model/ports/storage.ts'
import { type Driver, statement } from '../engine/driver.ts'

export function keyStorage(driver: Driver): KeyStorage {
  return {
    async list() {
      const rows = await driver.read(
        statement('select id, purpose, sealed, created_at from keys order by created_at, id'),
      )
      return rows.map(
        (row) =>
          ({ id: row.id, purpose: row.purpose, sealed: row.sealed, createdAt: row.created_at }) as KeyRecord,
      )
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
