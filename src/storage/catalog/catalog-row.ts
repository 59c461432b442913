/** Skills and clients as rows. */
import type { Client } from '../../model/client.ts'
import type { UnassignedClient } from '../../model/ports/storage.ts'
import type { AccountLinking, Skill } from '../../model/skill.ts'
import type { CatalogRole } from '../../protocol/catalog.ts'
import type { Stage } from '../../protocol/enablement.ts'
import type { SkillId } from '../../protocol/identifiers.ts'
import type { GrantType } from '../../protocol/lwa.ts'
import { insertInto, type Statement } from '../engine/driver.ts'
import { integer, json, nullable, parsed, rowReader, text } from '../engine/row-reader.ts'

const insertSkill = insertInto({
  table: 'skills',
  columns: { id: 'text', name: 'text', stages: 'text', account_linking: 'text', own_client_id: 'text' },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, stages = excluded.stages,
    account_linking = excluded.account_linking, own_client_id = excluded.own_client_id`,
})

export function skillStatement(skill: Skill): Statement {
  const linking = skill.accountLinking
  return insertSkill({
    id: skill.id,
    name: skill.name,
    stages: JSON.stringify(skill.stages),
    account_linking: linking === undefined ? null : JSON.stringify(linking),
    own_client_id: linking?.accessTokenUri.startsWith('/') ? linking.clientId : null,
  })
}

const insertClient = insertInto({
  table: 'clients',
  columns: {
    id: 'text',
    name: 'text',
    secret_hash: 'text',
    redirect_uris: 'text',
    roles: 'text',
    assigned_roles: 'text',
    is_demo: 'integer',
    grants: 'text',
    is_embedded: 'integer',
  },
  key: ['id'],
  onConflict: `on conflict (id) do update set name = excluded.name, secret_hash = excluded.secret_hash,
    redirect_uris = excluded.redirect_uris, roles = excluded.roles,
    assigned_roles = excluded.assigned_roles, is_demo = excluded.is_demo,
    grants = excluded.grants, is_embedded = excluded.is_embedded`,
})

export function clientStatement(client: Client): Statement {
  return insertClient({
    id: client.id,
    name: client.name,
    secret_hash: client.secretHash ?? null,
    redirect_uris: JSON.stringify(client.redirectUris),
    roles: JSON.stringify(client.roles),
    assigned_roles: JSON.stringify(client.roles),
    is_demo: client.isDemo ? 1 : 0,
    grants: client.grants === undefined ? null : JSON.stringify(client.grants),
    is_embedded: client.isEmbedded ? 1 : null,
  })
}

export const readSkill = rowReader(
  {
    id: text<SkillId>(),
    name: text(),
    stages: json<readonly Stage[]>(),
    account_linking: nullable(json<AccountLinking>()),
  },
  (row): Skill => ({
    id: row.id,
    name: row.name,
    stages: parsed(row.stages),
    accountLinking: row.account_linking === null ? undefined : parsed(row.account_linking),
  }),
)

export const readClient = rowReader(
  {
    id: text(),
    name: text(),
    secret_hash: nullable(text()),
    redirect_uris: json<readonly string[]>(),
    roles: json<readonly CatalogRole[]>(),
    is_demo: integer,
    grants: nullable(json<readonly GrantType[]>()),
    is_embedded: nullable(integer),
    links_accounts: nullable(integer),
  },
  (row): Client => ({
    id: row.id,
    name: row.name,
    secretHash: row.secret_hash ?? undefined,
    redirectUris: parsed(row.redirect_uris),
    roles: parsed(row.roles),
    isDemo: row.is_demo === 1,
    grants: row.grants === null ? undefined : parsed(row.grants),
    isEmbedded: row.is_embedded === 1,
    linksAccounts: row.links_accounts === 1,
  }),
)

/** Reads the roles of a client that have become assignments. */
export const readAssignedRoles = rowReader(
  { assigned_roles: nullable(json<readonly CatalogRole[]>()) },
  (row): UnassignedClient['assignedRoles'] => (row.assigned_roles === null ? [] : parsed(row.assigned_roles)),
)
