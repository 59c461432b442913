import { type AccountLink, delegatedLinkName, type LinkKey } from '../../model/account-link.ts'
import { type Recorded, recorded, type WriteStamp } from '../../model/operations-log.ts'
import type { ActivationStamp, Claim, LinkStorage } from '../../model/ports/storage.ts'
import type { UnitId } from '../../protocol/identifiers.ts'
import { type Driver, type Row, type Statement, type Steps, statement, type Value } from '../engine/driver.ts'
import type { Recorder } from '../log/operations-log.ts'

/** What delegated-links.ts and link-renewals.ts have. */
type Elsewhere =
  | 'listDelegated'
  | 'delegate'
  | 'discardDelegated'
  | 'claimRenewal'
  | 'settleRenewed'
  | 'settleUnrenewable'
  | 'releaseRenewal'

export function linkStorage(driver: Driver, record: Recorder): Omit<LinkStorage, Elsewhere> {
  return {
    async find(key) {
      const [row] = await driver.read(keyed('select * from account_links where', key))
      return row && toLink(row)
    },
    claim: (key, claim, stamp) => driver.write(() => claimOne(key, claim, stamp)),
    claimDue: (claim, limit) => driver.write(() => claimDue(claim, limit, driver.takeRows)),
    settleLinked: (key, claim, sealedTokens, now, checkAt) =>
      driver.write(() => settleLinked(key, claim, sealedTokens, now, checkAt)),
    settleRefused: (key, claim, reason, now) => driver.write(() => settleRefused(key, claim, reason, now)),
    release: (key, claim, dueAt) => driver.write(() => release(key, claim, dueAt)),
    moveEnablements: (link, stamp, limit, unitId) =>
      driver.write(() => moveEnablements({ link, stamp, limit, unitId }, record, driver.lockRows)),
    discardUnused: (key, claim) => driver.write(() => discardUnused(key, claim)),
    remove: (key, claim, change) => driver.write(() => remove(key, claim, change, record)),
    async nextDueAt() {
      const [row] = await driver.read(
        statement('select min(due_at) as due_at from account_links where due_at is not null'),
      )
      return (row?.due_at as number | null) ?? undefined
    },
    hasten: (latest, now, limit) => driver.write(() => hasten(latest, now, limit, driver.takeRows)),
  }
}

function* hasten(latest: number, now: number, limit: number, takeRows: string): Steps<number> {
  const rows = yield statement(
    `update account_links set due_at = $1 where (organization_id, skill_id, name) in (
       select organization_id, skill_id, name from account_links where due_at > $2 limit $3 ${takeRows})
     returning name`,
    now,
    latest,
    limit,
  )
  return rows.length
}

function* claimOne(key: LinkKey, claim: Claim, stamp: WriteStamp): Steps<AccountLink | undefined> {
  const [row] = yield statement(
    `insert into account_links (organization_id, skill_id, name, state, due_at, attempts, claim, request_id, actor)
     values ($1, $2, $3, 'PENDING', $4, 1, $5, $6, $7)
     on conflict (organization_id, skill_id, name) do update set
       due_at = excluded.due_at, attempts = account_links.attempts + 1, claim = excluded.claim
     where account_links.state = 'PENDING' and (account_links.claim is null or account_links.due_at <= $8)
     returning *`,
    key.organizationId,
    key.skillId,
    key.name,
    claim.leaseUntil,
    claim.id,
    stamp.requestId,
    stamp.actor,
    claim.now,
  )
  return row && toLink(row)
}

function* claimDue(claim: Claim, limit: number, takeRows: string): Steps<AccountLink[]> {
  const rows = yield statement(
    `update account_links set due_at = $1, claim = $2, attempts = attempts + 1
     where (organization_id, skill_id, name) in (
       select organization_id, skill_id, name from account_links where due_at <= $3
       order by due_at limit $4 ${takeRows})
     returning *`,
    claim.leaseUntil,
    claim.id,
    claim.now,
    limit,
  )
  return rows.map(toLink)
}

function* settleLinked(
  key: LinkKey,
  claim: string,
  sealedTokens: string,
  now: number,
  checkAt: number,
): Steps<boolean> {
  const settled = yield keyed(
    `update account_links set state = 'LINKED', sealed_tokens = $4, exchanged_at = $6, claim = null, attempts = 0,
       due_at = case when sealed_request is null then cast($5 as bigint) else cast($6 as bigint) end,
       sealed_request = null
     where state = 'PENDING' and claim = $7 and`,
    key,
    sealedTokens,
    checkAt,
    now,
    claim,
  )
  return settled.length > 0
}

function* settleRefused(key: LinkKey, claim: string, reason: string, now: number): Steps<boolean> {
  if (yield* removeUnlessAwaited(key, claim)) return true
  const refused = yield keyed(
    `update account_links set state = 'REFUSED', reason = $4, claim = null, sealed_request = null, due_at = $5
     where state = 'PENDING' and claim = $6 and`,
    key,
    reason,
    now,
    claim,
  )
  return refused.length > 0
}

function* release(key: LinkKey, claim: string, dueAt: number): Steps<void> {
  if (yield* removeUnlessAwaited(key, claim)) return
  yield keyed('update account_links set claim = null, due_at = $4 where claim = $5 and', key, dueAt, claim)
}

/** Only a link with a sealed request has enablements that wait for it. */
function* removeUnlessAwaited(key: LinkKey, claim: string): Steps<boolean> {
  const removed = yield keyed(
    "delete from account_links where state = 'PENDING' and sealed_request is null and claim = $4 and",
    key,
    claim,
  )
  return removed.length > 0
}

function* discardUnused(key: LinkKey, claim: string): Steps<boolean> {
  const discarded = yield keyed(
    `update account_links set state = 'DISCARDED'
     where state = 'LINKED' and claim = $4 and name <> '${delegatedLinkName}' and not exists (
       select 1 from enablements e where e.skill_id = account_links.skill_id
         and e.organization_id = account_links.organization_id and e.link_name = account_links.name) and`,
    key,
    claim,
  )
  if (discarded.length > 0) return true
  yield keyed('update account_links set due_at = null, claim = null where claim = $4 and', key, claim)
  return false
}

function* remove(key: LinkKey, claim: string, change: Recorded | undefined, record: Recorder): Steps<void> {
  const removed = yield keyed(
    "delete from account_links where state in ('REFUSED', 'DISCARDED') and claim = $4 and",
    key,
    claim,
  )
  if (removed.length > 0 && change !== undefined) yield record(change)
}

/** Nobody may live on the link any more: the background step looks, and discards it if so. */
export function releaseLink(key: LinkKey, now: number): Statement {
  return keyed(
    `update account_links set ${dueFrom(4)}, claim = null
     where state = 'LINKED' and name <> '${delegatedLinkName}' and`,
    key,
    now,
  )
}

/** What discards links at the time of the numbered placeholder. */
export function discardLinks(placeholder: number): string {
  return `state = 'DISCARDED', claim = null, attempts = 0, ${dueFrom(placeholder)}`
}

/** Due at the time of the numbered placeholder, or when the renewal of the tokens that is under way has ended. */
export function dueFrom(placeholder: number): string {
  return `due_at = case when renewal_until > $${placeholder} then renewal_until else $${placeholder} end`
}

interface Move {
  readonly link: AccountLink
  readonly stamp: ActivationStamp
  readonly limit: number
  readonly unitId: string | undefined
}

/** With the rows locked none is taken off a link that a write which is under way is about to put it on. */
function* moveEnablements(
  { link, stamp, limit, unitId }: Move,
  record: Recorder,
  lockRows: string,
): Steps<number> {
  if (link.state === 'PENDING') return 0
  const isLinked = link.state === 'LINKED'
  const rows = yield statement(
    `update enablements set is_linked = $4, link_name = $5,
       due_at = case when status = 'ENABLING' then coalesce(due_at, $6) end
     where (unit_id, skill_id) in (
       select unit_id, skill_id from enablements
       where skill_id = $2 and organization_id = $1 and link_name = $3 and unit_id = coalesce($9, unit_id)
         ${link.state === 'DISCARDED' ? '' : 'and is_linked = 0'}
         and exists (select 1 from account_links
           where organization_id = $1 and skill_id = $2 and name = $3 and state = $8) limit $7 ${lockRows})
     returning unit_id, request_id, actor, item_id`,
    link.organizationId,
    link.skillId,
    link.name,
    isLinked ? 1 : 0,
    isLinked ? link.name : null,
    stamp.activateAt,
    limit,
    link.state,
    unitId ?? null,
  )
  const reason = link.reason ?? 'The account link was removed.'
  const changes = rows.map((row) =>
    recorded(
      { now: stamp.now, requestId: row.request_id as string, actor: row.actor as string },
      {
        operation: 'link',
        outcome: isLinked ? 'done' : 'failed',
        organizationId: link.organizationId,
        unitId: row.unit_id as UnitId,
        skillId: link.skillId,
        itemId: (row.item_id as number | null) ?? undefined,
        detail: isLinked ? undefined : { reason },
      },
    ),
  )
  yield record(...changes)
  return rows.length
}

/** The statement, which ends in `where` or `and`, for one link; a change tells whether there was a row. */
export function keyed(sql: string, key: LinkKey, ...more: Value[]): Statement {
  const returning = sql.startsWith('select') ? '' : 'returning state'
  return statement(
    `${sql} organization_id = $1 and skill_id = $2 and name = $3 ${returning}`,
    key.organizationId,
    key.skillId,
    key.name,
    ...more,
  )
}

export function toLink(row: Row): AccountLink {
  return {
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
    requestId: row.request_id,
    actor: row.actor,
  } as AccountLink
}
