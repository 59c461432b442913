import { whenReady } from '../../model/maybe-promise.ts'
import type { PersonStorage } from '../../model/ports/person-storage.ts'
import { type Person, signInName } from '../../model/principals/person.ts'
import type { CatalogRole } from '../../protocol/catalog.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import { type Driver, insertInto, type Statement, statement } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'
import type { Recorder } from '../log/operations-log.ts'
import { removeAllOf } from '../roles/assignment-row.ts'
import { endSessionsOf } from '../secrets/sessions.ts'

const insertPerson = insertInto({
  table: 'people',
  columns: {
    id: 'text',
    name: 'text',
    email: 'text',
    sign_in: 'text',
    passphrase_hash: 'text',
    subject: 'text',
    roles: 'text',
    is_embedded: 'integer',
  },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, email = excluded.email,
    sign_in = excluded.sign_in, passphrase_hash = excluded.passphrase_hash, subject = excluded.subject,
    roles = excluded.roles, is_embedded = excluded.is_embedded`,
})

export function personStatement(person: Person): Statement {
  return insertPerson({
    id: person.id,
    name: person.name,
    email: person.email ?? null,
    sign_in: person.email === undefined ? null : signInName(person.email),
    passphrase_hash: person.passphraseHash ?? null,
    subject: person.subject ?? null,
    roles: JSON.stringify(person.roles),
    is_embedded: person.isEmbedded ? 1 : null,
  })
}

export const readPerson = rowReader(
  {
    id: text<PrincipalId>(),
    name: text(),
    email: nullable(text()),
    passphrase_hash: nullable(text()),
    subject: nullable(text()),
    roles: json<readonly CatalogRole[]>(),
    is_embedded: nullable(integer),
  },
  (row): Person => ({
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    passphraseHash: row.passphrase_hash ?? undefined,
    subject: row.subject ?? undefined,
    roles: parsed(row.roles),
    isEmbedded: row.is_embedded === 1,
  }),
)

const select = `select ${readPerson.columns} from people`

export function personStorage(driver: Driver, record: Recorder): PersonStorage {
  const findOne = (query: Statement) =>
    whenReady(driver.read(query), ([row]) => (row === undefined ? undefined : readPerson(row)))
  return {
    findPerson: (id) => findOne(statement(`${select} where id = $1`, id)),
    findPersonByEmail: async (email) =>
      findOne(statement(`${select} where sign_in = $1 order by id limit 1`, signInName(email))),
    findPersonBySubject: async (subject) =>
      findOne(statement(`${select} where subject = $1 order by id limit 1`, subject)),
    async listPeople(after, limit) {
      const rows = await driver.read(statement(`${select} where id > $1 order by id limit $2`, after, limit))
      return rows.map(readPerson)
    },
    async listEmbeddedPeople() {
      const rows = await driver.read(statement(`${select} where is_embedded = 1 order by id limit 100`))
      return rows.map(readPerson)
    },
    removePerson: (id, change) =>
      driver.write(function* () {
        const removed = yield statement('delete from people where id = $1 returning id', id)
        if (removed.length === 0) return false
        yield statement('delete from authorization_codes where person_id = $1', id)
        yield statement('delete from grants where person_id = $1', id)
        yield removeAllOf(id)
        yield endSessionsOf(id)
        yield* record(change)
        return true
      }),
  }
}
