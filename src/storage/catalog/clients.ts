import { whenReady } from '../../model/maybe-promise.ts'
import type { CatalogStorage } from '../../model/ports/storage.ts'
import { type Driver, type Statement, statement } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'
import { removeAllOf } from '../roles/assignment-row.ts'
import { readAssignedRoles, readClient } from './catalog-row.ts'

export type ClientStorage = Pick<
  CatalogStorage,
  'findClient' | 'listClients' | 'listEmbeddedClients' | 'listUnassignedClients' | 'removeClient'
>

export function clientStorage(driver: Driver, record: Recorder): ClientStorage {
  const list = async (query: Statement) => (await driver.read(query)).map(readClient)
  return {
    findClient: (id) =>
      whenReady(
        driver.read(statement(`select ${readClient.columns} from clients where id = $1`, id)),
        ([row]) => (row === undefined ? undefined : readClient(row)),
      ),
    listClients: (after, limit) =>
      list(
        statement(
          `select ${readClient.columns} from clients where id > $1 order by id limit $2`,
          after,
          limit,
        ),
      ),

    listEmbeddedClients: () =>
      list(
        statement(`select ${readClient.columns} from clients where is_embedded = 1 order by id limit 100`),
      ),

    listUnassignedClients: async (limit) => {
      const rows = await driver.read(
        statement(
          `select ${readClient.columns}, assigned_roles from clients
           where roles <> coalesce(assigned_roles, '[]') order by id limit $1`,
          limit,
        ),
      )
      return rows.map((row) => ({ client: readClient(row), assignedRoles: readAssignedRoles(row) }))
    },

    removeClient: (id, accountId, change) =>
      driver.write(function* () {
        const removed = yield statement('delete from clients where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield statement('delete from authorization_codes where client_id = $1', id)
        yield statement('delete from grants where client_id = $1', id)
        yield removeAllOf(accountId)
        yield* record(change)
        return true
      }),
  }
}
