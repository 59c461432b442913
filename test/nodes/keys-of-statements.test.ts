// What lets the data be spread over many servers by unit (docs/scale.md): each statement of a request finds its rows by
// the key by which its table is spread. The statements are those that pass between the service and PostgreSQL, the way
// to the rows is what PostgreSQL says itself.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import postgres from 'postgres'
import { hospital, secretOf } from '../support/catalogs.ts'
import { linkingSkills, startLinkedHospital } from '../support/linking.ts'
import { emptyDatabase } from '../support/postgres.ts'
import { recordStatements } from '../support/statement-recorder.ts'

const { blinds } = linkingSkills
const { nurseCall, menu, room, otherRoom } = hospital

/** By which column each table would be spread; a catalog and the IDs are on all servers, and each of their keys is as good as another. */
const spreadBy: Readonly<Record<string, string>> = {
  ids: '(number|id)',
  enablements: 'unit',
  operations_log: 'unit',
  units: 'number',
  account_links: 'organization_id',
  skills: 'id',
  clients: 'id',
  role_assignments: 'principal_id',
  revocations: 'id',
}

/** Sent by postgres.js, on a new connection or around a write; they touch no table of ours. */
const withoutTable =
  /^(begin|commit|rollback|savepoint \w+|release \w+|rollback to \w+|select (b\.oid, b\.typarray|pg_catalog\.)[^;]*)$/

/** The background looks for what is due, at no unit of its own. */
const ofBackground = / where due_at /

describe('The keys of statements:', () => {
  test('no statement of a request lacks the unit, or the key that its table is spread by', async (t) => {
    const { url, texts } = await statementsOfRequests(t)
    const sql = postgres(url, { max: 1, onnotice: () => undefined })
    try {
      await fill(sql)
      const offenders: string[] = []
      for (const text of texts) {
        offenders.push(...missingInsertKeys(text))
        const [row] = await sql.unsafe(`explain (generic_plan, format json) ${text}`)
        offenders.push(...scansWithoutKey(row?.['QUERY PLAN'][0].Plan).map((scan) => `${scan} in: ${text}`))
      }
      assert.deepEqual(offenders, [])
    } finally {
      await sql.end()
    }
  })

  test('docs/scale.md tells of each statement of a request, and of no other', async (t) => {
    const { texts } = await statementsOfRequests(t)
    const document = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8')
    const section = document.split('## Statements of a request')[1]?.split('\n## ')[0] ?? ''
    const told = [...section.matchAll(/^\| `([a-z_, ]+)` \|/gm)].map(([, shape]) => shape)
    assert.deepEqual(told.toSorted(), [...new Set(texts.map(shapeOf))].toSorted())
  })
})

/** Requests of the page and for tokens. No batch brings a code here: the background would see to it. */
async function statementsOfRequests(t: TestContext): Promise<{ url: string; texts: string[] }> {
  const url = await emptyDatabase()
  const recorder = await recordStatements(t, url)
  const sealingKey = Buffer.alloc(32, 7).toString('base64')
  const linked = await startLinkedHospital(t, { databaseUrl: recorder.url, pollMs: 600_000, sealingKey })
  const { service, token, enable, batch, disable, get } = linked
  const succeeds = async (answer: ReturnType<typeof get>) => {
    const { status, text } = await answer
    assert.ok(status < 300, `${status} ${text}`)
  }
  await service.world.settled()
  // What is kept of the catalog is too old then.
  service.clock.moveBy(3_000)
  await service.world.settled()
  recorder.take()
  await succeeds(enable(nurseCall, room))
  await succeeds(get(nurseCall, room))
  await succeeds(service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token }))
  await succeeds(batch(menu, items([room, otherRoom])))
  const both = items([room, otherRoom])
  await succeeds(service.call('POST', '/v1/skills/enablements/batchGet', { token, body: { items: both } }))
  const batchDelete = `/v1/skills/${menu}/enablements/batchDelete`
  await succeeds(service.call('POST', batchDelete, { token, body: { items: both } }))
  await succeeds(disable(nurseCall, room))

  const request = await linked.newRequest(blinds)
  await succeeds(enable(blinds, room, request))
  await succeeds(enable(blinds, room, request))
  await succeeds(enable(blinds, room))
  await succeeds(enable(blinds, room, await linked.newRequest(blinds)))
  await succeeds(disable(blinds, room))

  const form = {
    grant_type: 'client_credentials',
    client_id: hospital.wardAdmin,
    client_secret: secretOf(hospital.wardAdmin),
  }
  const body = new URLSearchParams({ ...form, scope: 'alexa::enterprise:management' }).toString()
  await succeeds(service.call('POST', '/auth/o2/token', { body }))
  await succeeds(service.call('GET', `/auth/o2/tokeninfo?access_token=${encodeURIComponent(token)}`))
  const texts = recorder.take().filter((text) => !withoutTable.test(text.trim()) && !ofBackground.test(text))
  return { url, texts }
}

function items(units: readonly string[]) {
  return units.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
}

/** Without rows one way to them is as good as another; and small tables are read as a whole unless that is forbidden. */
async function fill(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    insert into ids (id) select 'room ' || n from generate_series(1, 1000) n;
    insert into units (number, organization, parent, level, path, name)
    select r.number, w.number, w.number, 2, r.id, 'Room' from ids r join ids w on w.id = '${hospital.ward}' where r.id like 'room %';
    insert into enablements (unit, skill, organization, stage, enabled_from, is_linked, created_at, link_name)
    select number, n, organization, 'live', n, 1, n, 'link ' || number from units, generate_series(1, 10) n;
    analyze;
    set enable_seqscan = off;
    set enable_bitmapscan = off;
    set enable_mergejoin = off;
    set enable_hashjoin = off`)
}

/** Rows that are added tell the key in their columns, and a conflict is looked for within it. */
function missingInsertKeys(text: string): string[] {
  const [, table = '', columns = ''] = /^\s*insert into (\w+)\s*\(([^)]*)\)/.exec(text) ?? []
  if (table === '') return []
  const conflict = /on conflict \(([^)]*)\)/.exec(text)?.[1]
  return [columns, conflict]
    .filter((names) => names !== undefined && !names.split(/,\s*/).some((name) => keyOf(table).test(name)))
    .map((names) => `(${names}) lacks ${keyOf(table)} in: ${text}`)
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

function scansWithoutKey(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(scansWithoutKey)
  const table = node['Relation Name']
  if (table === undefined || !node['Node Type'].endsWith('Scan')) return below
  const isFound = keyOf(table).test(node['Index Cond'] ?? '')
  return isFound ? below : [`${table} is read without ${keyOf(table)}`, ...below]
}

function keyOf(table: string): RegExp {
  const key = spreadBy[table]
  assert.ok(key, `How is ${table} spread?`)
  return new RegExp(`\\b${key}\\b`)
}

/** What it does to which tables: `select units`, `update account_links, enablements`. */
function shapeOf(text: string): string {
  const verb = /^\s*(\w+)/.exec(text)?.[1] ?? ''
  const tables = [...text.matchAll(/\b(?:into|update|from|join) (\w+)/g)].map(([, table]) => table ?? '')
  return `${verb} ${[...new Set(tables.filter((table) => table in spreadBy))].join(', ')}`
}
