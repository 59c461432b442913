/**
 * The steps that many links take at once, in SQL. Each has the name of its step in account-link-steps.ts; the conformance
 * tests compare the two.
 */
import { delegatedLinkName, type LinkState } from '../../model/account-link.ts'
import { byEngine, named } from '../engine/driver.ts'
import { rowReader, text } from '../engine/row-reader.ts'

const key = ['organizationId', 'skillId', 'name'] as const

/** Reads the state that `joinLink` and `awaitLink` return. */
export const readState = rowReader({ state: text<LinkState>() }, (row) => row.state)

/** Returns no row if no such link is `LINKED`. */
export const joinLink = named(
  key,
  (at) => `update account_links set claim = null
    where state = 'LINKED' and organization_id = ${at.organizationId} and skill_id = ${at.skillId} and name = ${at.name}
    returning ${readState.columns}`,
)

/** Returns the state of the link, whatever it is. Only a `LINKED` one is joined, and only a `PENDING` one is awaited. */
export const awaitLink = named(
  [...key, 'sealedRequest', 'now', 'requestId', 'actor'],
  (at) => `insert into account_links
      (organization_id, skill_id, name, state, sealed_request, due_at, attempts, request_id, actor)
    values (${at.organizationId}, ${at.skillId}, ${at.name}, 'PENDING', ${at.sealedRequest}, ${at.now}, 0,
      ${at.requestId}, ${at.actor})
    on conflict (organization_id, skill_id, name) do update set
      sealed_request = case when account_links.state = 'PENDING' then excluded.sealed_request end,
      claim = case when account_links.state = 'LINKED' then null else account_links.claim end
    returning ${readState.columns}`,
)

export const leaveLink = named(
  [...key, 'now'],
  (at) => `update account_links set ${dueFrom(at.now)}, claim = null
    where state = 'LINKED' and name <> '${delegatedLinkName}'
      and organization_id = ${at.organizationId} and skill_id = ${at.skillId} and name = ${at.name}`,
)

/** The lock of the record makes sure that it leaves the link that it has when the write runs. */
export const leaveReplacedLink = byEngine(({ lockRows }) =>
  named(
    ['organizationId', 'skillId', 'unit', 'skill', 'name', 'now'],
    (at) => `update account_links set ${dueFrom(at.now)}, claim = null
      where state = 'LINKED' and name <> '${delegatedLinkName}'
        and organization_id = ${at.organizationId} and skill_id = ${at.skillId} and name = (
          select link_name from enablements
          where unit = ${at.unit} and skill = ${at.skill} and link_name <> ${at.name} ${lockRows})`,
  ),
)

export const discardLinksOfSkill = named(
  ['skillId', 'now'],
  (at) => `update account_links set ${discarded(at.now)} where skill_id = ${at.skillId}`,
)

export const discardLinksOfOrganization = named(
  ['organizationId', 'now'],
  (at) => `update account_links set ${discarded(at.now)} where organization_id = ${at.organizationId}`,
)

function discarded(now: string): string {
  return `state = 'DISCARDED', claim = null, attempts = 0, ${dueFrom(now)}`
}

function dueFrom(now: string): string {
  return `due_at = case when renewal_until > ${now} then renewal_until else ${now} end`
}
