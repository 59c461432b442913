import type { Session, SignInCode } from '../../model/console/session.ts'
import { whenReady } from '../../model/maybe-promise.ts'
import type { SessionStorage } from '../../model/ports/session-storage.ts'
import { type Driver, insertInto, type Statement, statement } from '../engine/driver.ts'
import { integer, nullable, rowReader, text } from '../engine/row-reader.ts'
import type { Recorder } from '../log/operations-log.ts'

const insertSession = insertInto({
  table: 'sessions',
  columns: {
    id: 'text',
    secret_hash: 'text',
    actor: 'text',
    proof: 'text',
    created_at: 'bigint',
    used_at: 'bigint',
    expires_at: 'bigint',
  },
  key: ['id'],
})

const insertCode = insertInto({
  table: 'sign_in_codes',
  columns: {
    code_hash: 'text',
    actor: 'text',
    proof: 'text',
    code_challenge: 'text',
    expires_at: 'bigint',
  },
  key: ['code_hash'],
})

const readSession = rowReader(
  {
    id: text(),
    secret_hash: text(),
    actor: text(),
    proof: text(),
    created_at: integer,
    used_at: integer,
    expires_at: integer,
  },
  (row): Session => ({
    id: row.id,
    secretHash: row.secret_hash,
    actor: row.actor,
    proof: row.proof,
    createdAt: row.created_at,
    usedAt: row.used_at,
    expiresAt: row.expires_at,
  }),
)

const readCode = rowReader(
  {
    code_hash: text(),
    actor: text(),
    proof: text(),
    code_challenge: nullable(text()),
    expires_at: integer,
  },
  (row): SignInCode => ({
    codeHash: row.code_hash,
    actor: row.actor,
    proof: row.proof,
    codeChallenge: row.code_challenge ?? undefined,
    expiresAt: row.expires_at,
  }),
)

const selectSession = `select ${readSession.columns} from sessions`

export function sessionStorage(driver: Driver, record: Recorder): SessionStorage {
  return {
    ...codeStorage(driver),

    add: (session, max, change) =>
      driver.write(function* () {
        yield insertSession({
          id: session.id,
          secret_hash: session.secretHash,
          actor: session.actor,
          proof: session.proof,
          created_at: session.createdAt,
          used_at: session.usedAt,
          expires_at: session.expiresAt,
        })
        yield statement(
          `delete from sessions where id in
             (select id from sessions where actor = $1 order by used_at desc, id desc limit 1000 offset $2)`,
          session.actor,
          max,
        )
        yield* record(change)
      }, session.actor),

    find: (id) =>
      whenReady(
        driver.read(statement(`${selectSession} where id = $1`, id)),
        ([row]) => row && readSession(row),
      ),

    async findBySecret(secretHash) {
      const [row] = await driver.read(statement(`${selectSession} where secret_hash = $1`, secretHash))
      return row && readSession(row)
    },

    touch: (id, usedAt) =>
      driver.write(function* () {
        const touched = yield statement(
          'update sessions set used_at = $1 where id = $2 returning id',
          usedAt,
          id,
        )
        return touched.length > 0
      }, id),

    async list(after, limit) {
      const rows = await driver.read(
        statement(`${selectSession} where id > $1 order by id limit $2`, after, limit),
      )
      return rows.map(readSession)
    },

    end: (id, change) =>
      driver.write(function* () {
        const ended = yield statement('delete from sessions where id = $1 returning id', id)
        if (ended.length === 0) return false
        yield* record(change)
        return true
      }, id),

    forgetExpired: (now, limit) =>
      driver.write(function* () {
        const codes = yield statement(
          `delete from sign_in_codes where code_hash in
             (select code_hash from sign_in_codes where expires_at < $1 limit $2) returning code_hash`,
          now,
          limit,
        )
        const sessions = yield statement(
          'delete from sessions where id in (select id from sessions where expires_at < $1 limit $2) returning id',
          now,
          limit - codes.length,
        )
        return codes.length + sessions.length
      }),
  }
}

function codeStorage(driver: Driver): Pick<SessionStorage, 'addCode' | 'findCode' | 'takeCode'> {
  return {
    addCode: (code, max) =>
      driver.write(function* () {
        yield insertCode({
          code_hash: code.codeHash,
          actor: code.actor,
          proof: code.proof,
          code_challenge: code.codeChallenge ?? null,
          expires_at: code.expiresAt,
        })
        yield statement(
          `delete from sign_in_codes where code_hash in
             (select code_hash from sign_in_codes where actor = $1 order by expires_at desc, code_hash limit 1000 offset $2)`,
          code.actor,
          max,
        )
      }, code.actor),

    async findCode(codeHash) {
      const [row] = await driver.read(
        statement(`select ${readCode.columns} from sign_in_codes where code_hash = $1`, codeHash),
      )
      return row && readCode(row)
    },

    takeCode: (codeHash) =>
      driver.write(function* () {
        const taken = yield statement(
          'delete from sign_in_codes where code_hash = $1 returning code_hash',
          codeHash,
        )
        return taken.length > 0
      }, codeHash),
  }
}

/** The statements that end all sessions of an account, with the codes that could become one. */
export function endSessionsOf(actor: string): Statement[] {
  return [
    statement('delete from sign_in_codes where actor = $1', actor),
    statement('delete from sessions where actor = $1', actor),
  ]
}
