/** The places of sealed values, and how to find them by the ID of their sealing key, which is their prefix. */
import type { SealedStorage, SealedValue, SealPurpose } from '../../model/ports/sealed.ts'
import { type Driver, type Row, type Statement, statement } from '../engine/driver.ts'

interface Place {
  readonly purpose: SealPurpose
  readonly table: string
  /** Columns of the primary key. */
  readonly key: readonly string[]
  readonly column: string
  /** The SQL condition for rows sealed with the key $1. */
  readonly under: string
  /** Finds the sealed value in the text of the column. */
  sealedIn(text: string): string
}

/** The length of an ID in characters. The indexes of account_links use the same number. */
const idLength = 8
const keyIdsMax = 100
const skillsPerPage = 1000

const whole = (column: string) => ({
  column,
  under: `${column} is not null and substr(${column}, 1, ${idLength}) = $1`,
  sealedIn: (text: string) => text,
})
const linkKey = ['organization_id', 'skill_id', 'name']

const places: readonly Place[] = [
  { purpose: 'key', table: 'keys', key: ['id'], ...whole('sealed') },
  { purpose: 'link-tokens', table: 'account_links', key: linkKey, ...whole('sealed_tokens') },
  { purpose: 'link-request', table: 'account_links', key: linkKey, ...whole('sealed_request') },
  {
    purpose: 'skill-secret',
    table: 'skills',
    key: ['id'],
    column: 'account_linking',
    under: `account_linking is not null
      and replace(account_linking, '"sealedClientSecret":"' || cast($1 as text) || '.', '') <> account_linking`,
    sealedIn: (text) => String(JSON.parse(text).sealedClientSecret),
  },
]

/** Calls `skillsChanged` when it has replaced sealed values of skills. */
export function sealedStorage(driver: Driver, skillsChanged: () => void): SealedStorage {
  return {
    async listKeyIds() {
      const ids = new Set<string>()
      for (const { sealed } of await keysAndSkills(driver)) ids.add(sealed.slice(0, idLength))
      for (const column of ['sealed_tokens', 'sealed_request']) await addLinkKeyIds(driver, column, ids)
      return [...ids]
    },
    async countUnder(keyId, max) {
      let count = 0
      for (const { table, under } of places) {
        const [row] = await driver.read(
          statement(
            `select count(*) as values_there from (select 1 as one from ${table} where ${under} limit $2) as counted`,
            keyId,
            max,
          ),
        )
        count += Number(row?.values_there)
      }
      return count
    },
    async listUnder(keyId, limit) {
      const found: SealedValue[] = []
      for (const place of places) {
        const rows = await driver.read(
          statement(`${selectPlace(place)} where ${place.under} limit $2`, keyId, limit),
        )
        found.push(...rows.map((row) => toValue(place, row)))
      }
      return found
    },
    async replace(replacements) {
      await driver.write(function* () {
        yield replacements.map(({ value, by }) => replaceStatement(value, by))
      })
      skillsChanged()
    },
  }
}

/** Replaces nothing in a text that has changed since, because it no longer contains the old value. */
function replaceStatement({ purpose, record, sealed }: SealedValue, by: string): Statement {
  const place = places.find((known) => known.purpose === purpose)
  if (place === undefined) throw new Error(`Nothing rests sealed for ${purpose}.`)
  const { table, column, key } = place
  return statement(
    `update ${table} set ${column} = replace(${column}, cast($1 as text), cast($2 as text))
     where ${key.map((name, index) => `${name} = $${index + 3}`).join(' and ')}`,
    sealed,
    by,
    ...record,
  )
}

/** Steps from one ID to the next along the index, whatever the number of links for each. */
async function addLinkKeyIds(driver: Driver, column: string, ids: Set<string>): Promise<void> {
  let last = ''
  while (ids.size < keyIdsMax) {
    const id = `substr(${column}, 1, ${idLength})`
    const [row] = await driver.read(
      statement(
        `select min(${id}) as id from account_links where ${column} is not null and ${id} > $1`,
        last,
      ),
    )
    if (typeof row?.id !== 'string') return
    last = row.id
    ids.add(last)
  }
}

async function keysAndSkills(driver: Driver): Promise<SealedValue[]> {
  const found: SealedValue[] = []
  for (const place of places.filter(({ table }) => table !== 'account_links')) {
    for (let after = ''; ; ) {
      const rows = await driver.read(
        statement(
          `${selectPlace(place)} where ${place.column} is not null and id > $1 order by id limit $2`,
          after,
          skillsPerPage,
        ),
      )
      found.push(...rows.map((row) => toValue(place, row)))
      if (rows.length < skillsPerPage) break
      after = String(rows.at(-1)?.id)
    }
  }
  return found
}

function selectPlace({ key, column, table }: Place): string {
  return `select ${key.join(', ')}, ${column} as text from ${table}`
}

function toValue({ purpose, key, sealedIn }: Place, row: Row): SealedValue {
  return { purpose, record: key.map((name) => String(row[name])), sealed: sealedIn(String(row.text)) }
}
