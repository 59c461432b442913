import type { AuthorizationCode, CodeRedemption, Grant, GrantStorage } from '../../model/ports/storage.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'
import { type Driver, insertInto, type Statement, type Steps, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'

export function grantStorage(driver: Driver): GrantStorage {
  return {
    async addCode(code) {
      const add = insertCode({
        code_hash: code.codeHash,
        client_id: code.clientId,
        person_id: code.personId ?? null,
        redirect_uri: code.redirectUri,
        scopes: code.scopes.join(' '),
        code_challenge: code.codeChallenge ?? null,
        code_challenge_method: code.codeChallengeMethod ?? null,
        expires_at: code.expiresAt,
      })
      await driver.write(function* () {
        yield add
      }, code.codeHash)
    },

    async findCode(codeHash) {
      const [row] = await driver.read(
        statement(`select ${readCode.columns} from authorization_codes where code_hash = $1`, codeHash),
      )
      return row && readCode(row)
    },

    redeemCode: (codeHash, grant, revokeUntil) =>
      driver.write(() => redeemCode(codeHash, grant, revokeUntil), codeHash),

    async findGrant(refreshTokenHash) {
      const [row] = await driver.read(
        statement(`select ${readGrant.columns} from grants where refresh_token_hash = $1`, refreshTokenHash),
      )
      return row && readGrant(row)
    },

    async revokeGrant(grantId, now, revokeUntil) {
      await driver.write(() => revoke(grantId, now, revokeUntil), grantId)
    },

    async revokeAccessToken(tokenId, revokeUntil) {
      await driver.write(function* () {
        yield revocation(tokenId, revokeUntil)
      }, tokenId)
    },

    async isRevoked(tokenId, grantId) {
      const rows = await driver.read(
        statement('select 1 as revoked from revocations where id in ($1, $2)', tokenId, grantId ?? tokenId),
      )
      return rows.length > 0
    },

    forgetExpired: (now, limit) =>
      driver.write(function* () {
        const codes = yield statement(
          `delete from authorization_codes where code_hash in
             (select code_hash from authorization_codes where expires_at < $1 limit $2) returning code_hash`,
          now,
          limit,
        )
        const revocations = yield statement(
          'delete from revocations where id in (select id from revocations where until < $1 limit $2) returning id',
          now,
          limit - codes.length,
        )
        return codes.length + revocations.length
      }),
  }
}

function* redeemCode(codeHash: string, grant: Grant, revokeUntil: number): Steps<CodeRedemption> {
  const [taken] = yield statement(
    'update authorization_codes set grant_id = $1 where code_hash = $2 and grant_id is null returning code_hash',
    grant.id,
    codeHash,
  )
  if (taken) {
    yield grantStatement(grant)
    return { kind: 'redeemed', grant }
  }
  const [used] = yield statement('select grant_id from authorization_codes where code_hash = $1', codeHash)
  if (!used) return { kind: 'unknown' }
  const grantId = String(used.grant_id)
  yield* revoke(grantId, grant.createdAt, revokeUntil)
  return { kind: 'reused', grantId }
}

/** Adds the grant. A known refresh token, as from a catalog file that is loaded again, stays unchanged. */
export function grantStatement(grant: Omit<Grant, 'revokedAt'>): Statement {
  return insertGrant({
    id: grant.id,
    client_id: grant.clientId,
    person_id: grant.personId ?? null,
    scopes: grant.scopes.join(' '),
    refresh_token_hash: grant.refreshTokenHash,
    created_at: grant.createdAt,
  })
}

const insertCode = insertInto({
  table: 'authorization_codes',
  columns: {
    code_hash: 'text',
    client_id: 'text',
    person_id: 'text',
    redirect_uri: 'text',
    scopes: 'text',
    code_challenge: 'text',
    code_challenge_method: 'text',
    expires_at: 'bigint',
  },
  key: ['code_hash'],
})

const insertGrant = insertInto({
  table: 'grants',
  columns: {
    id: 'text',
    client_id: 'text',
    person_id: 'text',
    scopes: 'text',
    refresh_token_hash: 'text',
    created_at: 'bigint',
  },
  key: ['id'],
  onConflict: 'on conflict (refresh_token_hash) do nothing',
})

function* revoke(grantId: string, now: number, revokeUntil: number): Steps<void> {
  yield statement('update grants set revoked_at = $1 where id = $2 and revoked_at is null', now, grantId)
  yield revocation(grantId, revokeUntil)
}

/** The longest of several revocations of one ID counts. */
function revocation(id: string, until: number): Statement {
  return statement(
    `insert into revocations (id, until) values ($1, $2)
     on conflict (id) do update set until = excluded.until where excluded.until > revocations.until`,
    id,
    until,
  )
}

const readGrant = rowReader(
  {
    id: text(),
    client_id: text(),
    person_id: nullable(text<PrincipalId>()),
    scopes: text(),
    refresh_token_hash: text(),
    created_at: integer,
    revoked_at: nullable(integer),
  },
  (row): Grant => ({
    id: row.id,
    clientId: row.client_id,
    personId: row.person_id ?? undefined,
    scopes: scopesIn(row.scopes),
    refreshTokenHash: row.refresh_token_hash,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
  }),
)

const readCode = rowReader(
  {
    code_hash: text(),
    client_id: text(),
    person_id: nullable(text<PrincipalId>()),
    redirect_uri: text(),
    scopes: text(),
    code_challenge: nullable(text()),
    code_challenge_method: nullable(text<'S256' | 'plain'>()),
    expires_at: integer,
  },
  (row): AuthorizationCode => ({
    codeHash: row.code_hash,
    clientId: row.client_id,
    personId: row.person_id ?? undefined,
    redirectUri: row.redirect_uri,
    scopes: scopesIn(row.scopes),
    codeChallenge: row.code_challenge ?? undefined,
    codeChallengeMethod: row.code_challenge_method ?? undefined,
    expiresAt: row.expires_at,
  }),
)

function scopesIn(scopes: string): string[] {
  return scopes.split(' ').filter(Boolean)
}
