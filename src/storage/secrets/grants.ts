import type { AuthorizationCode, CodeRedemption, Grant, GrantStorage } from '../../model/ports/storage.ts'
import { type Driver, insertInto, type Row, type Statement, type Steps, statement } from '../engine/driver.ts'

export function grantStorage(driver: Driver): GrantStorage {
  return {
    async addCode(code) {
      const add = statement(
        `insert into authorization_codes
             (code_hash, client_id, redirect_uri, scopes, code_challenge, code_challenge_method, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)`,
        code.codeHash,
        code.clientId,
        code.redirectUri,
        code.scopes.join(' '),
        code.codeChallenge ?? null,
        code.codeChallengeMethod ?? null,
        code.expiresAt,
      )
      await driver.write(function* () {
        yield add
      }, code.codeHash)
    },

    async findCode(codeHash) {
      const [row] = await driver.read(
        statement('select * from authorization_codes where code_hash = $1', codeHash),
      )
      return row && toCode(row)
    },

    redeemCode: (codeHash, grant, revokeUntil) =>
      driver.write(() => redeemCode(codeHash, grant, revokeUntil), codeHash),

    async findGrant(refreshTokenHash) {
      const [row] = await driver.read(
        statement('select * from grants where refresh_token_hash = $1', refreshTokenHash),
      )
      return row && toGrant(row)
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
    scopes: grant.scopes.join(' '),
    refresh_token_hash: grant.refreshTokenHash,
    created_at: grant.createdAt,
  })
}

const insertGrant = insertInto({
  table: 'grants',
  columns: {
    id: 'text',
    client_id: 'text',
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

/** Of several revocations of one ID the longest counts. */
function revocation(id: string, until: number): Statement {
  return statement(
    `insert into revocations (id, until) values ($1, $2)
     on conflict (id) do update set until = excluded.until where excluded.until > revocations.until`,
    id,
    until,
  )
}

function toGrant(row: Row): Grant {
  return {
    id: row.id as string,
    clientId: row.client_id as string,
    scopes: (row.scopes as string).split(' ').filter(Boolean),
    refreshTokenHash: row.refresh_token_hash as string,
    createdAt: row.created_at as number,
    revokedAt: (row.revoked_at as number | null) ?? undefined,
  }
}

function toCode(row: Row): AuthorizationCode {
  const method = row.code_challenge_method as 'S256' | 'plain' | null
  return {
    codeHash: row.code_hash as string,
    clientId: row.client_id as string,
    redirectUri: row.redirect_uri as string,
    scopes: (row.scopes as string).split(' ').filter(Boolean),
    codeChallenge: (row.code_challenge as string | null) ?? undefined,
    codeChallengeMethod: method ?? undefined,
    expiresAt: row.expires_at as number,
  }
}
