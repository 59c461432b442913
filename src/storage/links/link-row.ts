/** Account links as rows, and how a write takes a step of account-link-steps.ts with one link. */
import type { AccountLink, LinkKey, LinkState } from '../../model/account-link.ts'
import { type KeptLink, type Removed, removed } from '../../model/account-link-steps.ts'
import type { SkillId, UnitId } from '../../protocol/identifiers.ts'
import { type Driver, insertInto, named, type Statement, type Steps, type Value } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'

export const readLink = rowReader(
  {
    organization_id: text<UnitId>(),
    skill_id: text<SkillId>(),
    name: text(),
    state: text<LinkState>(),
    sealed_tokens: nullable(text()),
    sealed_request: nullable(text()),
    due_at: nullable(integer),
    attempts: integer,
    claim: nullable(text()),
    reason: nullable(text()),
    exchanged_at: nullable(integer),
    code_name: nullable(text()),
    renewal_claim: nullable(text()),
    renewal_until: nullable(integer),
    request_id: text(),
    actor: text(),
  },
  (row): KeptLink => ({
    organizationId: row.organization_id,
    skillId: row.skill_id,
    name: row.name,
    state: row.state,
    sealedTokens: row.sealed_tokens ?? undefined,
    sealedRequest: row.sealed_request ?? undefined,
    dueAt: row.due_at ?? undefined,
    attempts: row.attempts,
    claim: row.claim ?? undefined,
    reason: row.reason ?? undefined,
    exchangedAt: row.exchanged_at ?? undefined,
    codeName: row.code_name ?? undefined,
    renewalClaim: row.renewal_claim ?? undefined,
    renewalUntil: row.renewal_until ?? undefined,
    requestId: row.request_id,
    actor: row.actor,
  }),
)

const columns = {
  organization_id: 'text',
  skill_id: 'text',
  name: 'text',
  state: 'text',
  sealed_tokens: 'text',
  sealed_request: 'text',
  due_at: 'bigint',
  attempts: 'integer',
  claim: 'text',
  reason: 'text',
  exchanged_at: 'bigint',
  code_name: 'text',
  renewal_claim: 'text',
  renewal_until: 'bigint',
  request_id: 'text',
  actor: 'text',
} as const

type LinkRow = Readonly<Record<keyof typeof columns, Value>>

function rowOf(link: KeptLink): LinkRow {
  return {
    organization_id: link.organizationId,
    skill_id: link.skillId,
    name: link.name,
    state: link.state,
    sealed_tokens: link.sealedTokens ?? null,
    sealed_request: link.sealedRequest ?? null,
    due_at: link.dueAt ?? null,
    attempts: link.attempts,
    claim: link.claim ?? null,
    reason: link.reason ?? null,
    exchanged_at: link.exchangedAt ?? null,
    code_name: link.codeName ?? null,
    renewal_claim: link.renewalClaim ?? null,
    renewal_until: link.renewalUntil ?? null,
    request_id: link.requestId,
    actor: link.actor,
  }
}

const key = ['organization_id', 'skill_id', 'name'] as const

const insertRow = insertInto({
  table: 'account_links',
  columns,
  key,
  onConflict: `on conflict (${key.join(', ')}) do nothing`,
  returning: key.join(', '),
})

/** Returns no row if the link exists already. */
export function insertLink(link: KeptLink): Statement {
  return insertRow(rowOf(link))
}

const updateRow = named(['oldName', ...names(columns)], (at) => {
  const changes = names(columns).map((name) => `${name} = ${at[name]}`)
  return `update account_links set ${changes.join(', ')}
    where organization_id = ${at.organization_id} and skill_id = ${at.skill_id} and name = ${at.oldName}`
})

const deleteRow = named(
  ['organizationId', 'skillId', 'name'],
  (at) =>
    `delete from account_links where organization_id = ${at.organizationId} and skill_id = ${at.skillId} and name = ${at.name}`,
)

const select = `select ${readLink.columns} from account_links`

export const findLink = named(
  ['organizationId', 'skillId', 'name'],
  (at) =>
    `${select} where organization_id = ${at.organizationId} and skill_id = ${at.skillId} and name = ${at.name}`,
)
const findRenewing = named(['claimId'], (at) => `${select} where renewal_claim = ${at.claimId}`)

/** Reads links in a write, and locks their rows until it ends. */
export class LinkRows {
  readonly #lockRows: string

  constructor({ lockRows }: Driver) {
    this.#lockRows = lockRows
  }

  find({ organizationId, skillId, name }: LinkKey): Steps<KeptLink | undefined> {
    return this.#readOne(findLink({ organizationId, skillId, name }))
  }

  /** Finds the link whose tokens the claim renews, also if the link has another name by now. */
  findRenewing(claimId: string): Steps<KeptLink | undefined> {
    return this.#readOne(findRenewing({ claimId }))
  }

  /** Takes the step if the link exists and allows it, and returns what the step makes of the link. */
  *take<Next extends KeptLink | Removed>(
    key: LinkKey,
    step: (link: KeptLink) => Next | undefined,
  ): Steps<Next | undefined> {
    const link = yield* this.find(key)
    const next = link && step(link)
    if (link !== undefined && next !== undefined) yield change(link, next)
    return next
  }

  *#readOne({ sql, values }: Statement): Steps<KeptLink | undefined> {
    const [row] = yield { sql: `${sql} ${this.#lockRows}`, values }
    return row && readLink(row)
  }
}

/** The statement that turns a link into the next one, which may have another name. */
export function change(link: KeptLink, next: KeptLink | Removed): Statement {
  const { organizationId, skillId, name } = link
  return next === removed
    ? deleteRow({ organizationId, skillId, name })
    : updateRow({ ...rowOf(next), oldName: name })
}

/** The part of a link that operations use. */
export function accountLink({ renewalUntil: _, ...link }: KeptLink): AccountLink {
  return link
}

function names<Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(record) as Name[]
}
