import type { AccountLink, LinkKey } from '../../model/account-link.ts'
import {
  type Claim,
  claimed,
  destroyed,
  linked,
  looked,
  refused,
  released,
} from '../../model/account-link-steps.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { LinkStorage } from '../../model/ports/storage.ts'
import { byEngine, type Driver, named, type Steps, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader } from '../engine/row-reader.ts'
import { numberIn } from '../ids/ids.ts'
import type { Recorder } from '../log/operations-log.ts'
import { accountLink, change, findLink, insertLink, LinkRows, readLink } from './link-row.ts'
import { moveEnablements } from './moved-enablements.ts'

/** How often a claim looks for a link that others add or remove at the same time. */
const looksMax = 3

export function linkStorage(driver: Driver, record: Recorder): LinkStorage {
  const rows = new LinkRows(driver)
  const takeDue = dueLinks(driver)
  const hasten = hastenedLinks(driver)
  return {
    async find({ organizationId, skillId, name }) {
      const [row] = await driver.read(findLink({ organizationId, skillId, name }))
      return row && accountLink(readLink(row))
    },
    claim: (key, claim, stamp) => driver.write(() => claimOne(rows, key, claim, stamp)),
    claimDue: ({ id, now, leaseUntil }, limit) =>
      driver.write(function* () {
        const due = yield takeDue({ id, now, leaseUntil, limit })
        return due.map((row) => accountLink(readLink(row)))
      }),
    settleLinked: (key, claimId, tokens) =>
      driver.write(() => isTaken(rows.take(key, (link) => linked(link, claimId, tokens)))),
    settleRefused: (key, claimId, refusal) =>
      driver.write(() => isTaken(rows.take(key, (link) => refused(link, claimId, refusal)))),
    release: (key, claimId, dueAt) =>
      driver.write(function* () {
        yield* rows.take(key, (link) => released(link, claimId, dueAt))
      }),
    moveEnablements: moveEnablements(driver, record),
    discardUnused: (key, claimId) => driver.write(() => discardUnused(rows, key, claimId)),
    remove: (key, claimId, told) => driver.write(() => remove(rows, key, claimId, told && record(told))),
    async nextDueAt() {
      const [row] = await driver.read(
        statement('select min(due_at) as due_at from account_links where due_at is not null'),
      )
      return row && readDueAt(row)
    },
    hasten: ({ dueAfter, now, limit }) =>
      driver.write(function* () {
        return (yield hasten({ dueAfter, now, limit })).length
      }),
  }
}

/** The first claim makes the link. A claim at the same time then finds it. */
function* claimOne(
  rows: LinkRows,
  key: LinkKey,
  claim: Claim,
  stamp: WriteStamp,
): Steps<AccountLink | undefined> {
  for (let looks = 0; looks < looksMax; looks++) {
    const link = yield* rows.find(key)
    const next = claimed(link, key, claim, stamp)
    if (next === undefined) return undefined
    const written = yield link === undefined ? insertLink(next) : change(link, next)
    if (link !== undefined || written.length > 0) return accountLink(next)
  }
  return undefined
}

function* isTaken(step: Steps<unknown>): Steps<boolean> {
  return (yield* step) !== undefined
}

/** The lock of the link keeps enablements from coming to it. */
function* discardUnused(rows: LinkRows, key: LinkKey, claimId: string): Steps<boolean> {
  const link = yield* rows.find(key)
  if (link === undefined) return false
  const { organizationId, skillId, name } = key
  const living = yield oneLivingOn({ organizationId, skillId, name })
  const next = looked(link, claimId, living.length > 0)
  if (next !== undefined) yield change(link, next)
  return next?.state === 'DISCARDED'
}

function* remove(rows: LinkRows, key: LinkKey, claimId: string, entry: Steps<void> | undefined): Steps<void> {
  const next = yield* rows.take(key, (link) => destroyed(link, claimId))
  if (next !== undefined && entry !== undefined) yield* entry
}

const readDueAt = rowReader({ due_at: nullable(integer) }, (row) => row.due_at ?? undefined)

const oneLivingOn = named(
  ['organizationId', 'skillId', 'name'],
  (at) => `select unit from enablements
    where organization = ${numberIn(at.organizationId)} and skill = ${numberIn(at.skillId)} and link_name = ${at.name} limit 1`,
)

const dueLinks = byEngine(({ takeRows }) =>
  named(
    ['id', 'now', 'leaseUntil', 'limit'],
    (at) => `with taken as materialized (
        select organization_id, skill_id, name from account_links where due_at <= ${at.now}
        order by due_at limit ${at.limit} ${takeRows})
      update account_links set due_at = ${at.leaseUntil}, claim = ${at.id}, attempts = attempts + 1
      where (organization_id, skill_id, name) in (select organization_id, skill_id, name from taken)
      returning ${readLink.columns}`,
  ),
)

const hastenedLinks = byEngine(({ takeRows }) =>
  named(
    ['dueAfter', 'now', 'limit'],
    (at) => `with taken as materialized (
        select organization_id, skill_id, name from account_links where due_at > ${at.dueAfter} limit ${at.limit} ${takeRows})
      update account_links set due_at = ${at.now}
      where (organization_id, skill_id, name) in (select organization_id, skill_id, name from taken)
      returning name`,
  ),
)
