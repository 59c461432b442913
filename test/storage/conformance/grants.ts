import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuthorizationCode } from '../../../src/model/ports/storage.ts'
import { grant, type OpenStorage, raceRounds, t0 } from './records.ts'

/** When the access tokens of the tests have expired. */
const revokeUntil = t0 + 3_600_000

const code: AuthorizationCode = {
  codeHash: 'hash of a code',
  clientId: 'client-1',
  personId: undefined,
  redirectUri: 'http://127.0.0.1:9090/cb?a=1&b=ü',
  scopes: ['alexa::enterprise:management', 'profile'],
  codeChallenge: 'challenge',
  codeChallengeMethod: 'S256',
  expiresAt: t0 + 300_000,
}

export function grantsConformance(open: OpenStorage): void {
  describe('an authorization code', () => {
    test('is found as it was added, with a challenge or without', async (t) => {
      const { grants } = (await open(t)).storage
      const plain = { ...code, codeHash: 'plain', codeChallengeMethod: 'plain' } as const
      const bare = {
        ...code,
        codeHash: 'bare',
        codeChallenge: undefined,
        codeChallengeMethod: undefined,
        scopes: [],
      }
      assert.equal(await grants.findCode(code.codeHash), undefined)
      for (const one of [code, plain, bare]) {
        await grants.addCode(one)
        assert.deepEqual(await grants.findCode(one.codeHash), one)
      }
    })

    test('becomes a grant', async (t) => {
      const { grants } = (await open(t)).storage
      await grants.addCode(code)
      const given = grant('grant-1')
      const redemption = await grants.redeemCode(code.codeHash, given, revokeUntil)
      assert.deepEqual(redemption, { kind: 'redeemed', grant: given })
      assert.deepEqual(await grants.findGrant(given.refreshTokenHash), given)
      assert.equal(await grants.isRevoked('token-1', 'grant-1'), false)
    })

    test('that is unknown becomes nothing', async (t) => {
      const { grants } = (await open(t)).storage
      const redemption = await grants.redeemCode('unknown', grant('grant-1'), revokeUntil)
      assert.deepEqual(redemption, { kind: 'unknown' })
      assert.equal(await grants.findGrant(grant('grant-1').refreshTokenHash), undefined)
    })

    test('that comes again revokes the grant that it gave, and gives none', async (t) => {
      const { grants } = (await open(t)).storage
      await grants.addCode(code)
      await grants.redeemCode(code.codeHash, grant('grant-1'), revokeUntil)
      const again = grant('grant-2', { createdAt: t0 + 5 })
      for (let time = 0; time < 3; time++) {
        const redemption = await grants.redeemCode(code.codeHash, again, revokeUntil)
        assert.deepEqual(redemption, { kind: 'reused', grantId: 'grant-1' })
      }
      const revoked = grant('grant-1', { revokedAt: t0 + 5 })
      assert.deepEqual(await grants.findGrant(revoked.refreshTokenHash), revoked)
      assert.equal(await grants.findGrant(again.refreshTokenHash), undefined)
      assert.equal(await grants.isRevoked('any token', 'grant-1'), true)
    })

    test('that comes twice at the same time gives one grant, which is revoked', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const one = { ...code, codeHash: `code-${round}` }
        await storage.grants.addCode(one)
        const [first, second] = [grant(`${round}-first`), grant(`${round}-second`)]
        const ends = await Promise.all([
          storage.grants.redeemCode(one.codeHash, first, revokeUntil),
          otherNode.grants.redeemCode(one.codeHash, second, revokeUntil),
        ])
        assert.deepEqual(ends.map((end) => end.kind).sort(), ['redeemed', 'reused'])
        const given = ends[0]?.kind === 'redeemed' ? first : second
        const refused = given === first ? second : first
        assert.deepEqual(
          ends.find((end) => end.kind === 'reused'),
          { kind: 'reused', grantId: given.id },
        )
        assert.equal((await storage.grants.findGrant(given.refreshTokenHash))?.revokedAt, t0)
        assert.equal(await storage.grants.findGrant(refused.refreshTokenHash), undefined)
        assert.equal(await otherNode.grants.isRevoked('token', given.id), true)
      }
    })
  })

  describe('a grant', () => {
    test('that was never given is not found', async (t) => {
      const { grants } = (await open(t)).storage
      assert.equal(await grants.findGrant('unknown'), undefined)
      assert.equal(await grants.isRevoked('token-1', undefined), false)
      assert.equal(await grants.isRevoked('token-1', 'grant-1'), false)
    })

    test('is revoked once, and with it all its access tokens', async (t) => {
      const { grants } = (await open(t)).storage
      for (const id of ['1', '2']) {
        await grants.addCode({ ...code, codeHash: id })
        await grants.redeemCode(id, grant(id), revokeUntil)
      }
      await grants.revokeGrant('1', t0 + 5, revokeUntil)
      await grants.revokeGrant('1', t0 + 9, revokeUntil)
      assert.equal((await grants.findGrant(grant('1').refreshTokenHash))?.revokedAt, t0 + 5)
      assert.equal((await grants.findGrant(grant('2').refreshTokenHash))?.revokedAt, undefined)
      assert.equal(await grants.isRevoked('token-1', '1'), true)
      assert.equal(await grants.isRevoked('token-1', '2'), false)
      assert.equal(await grants.isRevoked('token-1', undefined), false)
    })

    test('that is unknown may be revoked, which refuses its access tokens', async (t) => {
      const { grants } = (await open(t)).storage
      await grants.revokeGrant('unknown', t0, revokeUntil)
      assert.equal(await grants.isRevoked('token-1', 'unknown'), true)
    })
  })

  describe('an access token', () => {
    test('is refused by its own ID, and no other with it', async (t) => {
      const { storage, otherNode } = await open(t)
      await storage.grants.revokeAccessToken('token-1', revokeUntil)
      await storage.grants.revokeAccessToken('token-1', revokeUntil)
      assert.equal(await otherNode.grants.isRevoked('token-1', undefined), true)
      assert.equal(await otherNode.grants.isRevoked('token-1', 'grant-1'), true)
      assert.equal(await otherNode.grants.isRevoked('token-2', 'grant-1'), false)
    })

    test('is refused for as long as any revocation said', async (t) => {
      const { grants } = (await open(t)).storage
      await grants.revokeGrant('grant-1', t0, t0 + 1000)
      await grants.revokeGrant('grant-1', t0, t0 + 500)
      await grants.revokeAccessToken('token-1', t0 + 500)
      await grants.revokeAccessToken('token-1', t0 + 1000)
      assert.equal(await grants.forgetExpired(t0 + 999, 10), 0)
      assert.equal(await grants.isRevoked('token-1', undefined), true)
      assert.equal(await grants.isRevoked('token-2', 'grant-1'), true)
    })
  })

  describe('what has expired', () => {
    test('is forgotten, and what has not is kept', async (t) => {
      const { grants } = (await open(t)).storage
      await grants.addCode({ ...code, codeHash: 'old', expiresAt: t0 - 1 })
      await grants.addCode({ ...code, codeHash: 'new', expiresAt: t0 + 1 })
      await grants.redeemCode('new', grant('grant-1'), revokeUntil)
      await grants.revokeAccessToken('old', t0 - 1)
      await grants.revokeAccessToken('new', t0 + 1)
      assert.equal(await grants.forgetExpired(t0, 10), 2)
      assert.equal(await grants.forgetExpired(t0, 10), 0)
      assert.equal(await grants.findCode('old'), undefined)
      assert.equal((await grants.findCode('new'))?.codeHash, 'new')
      assert.equal(await grants.isRevoked('old', undefined), false)
      assert.equal(await grants.isRevoked('new', undefined), true)
      // The code that is kept still knows that it was used.
      const again = await grants.redeemCode('new', grant('grant-2'), revokeUntil)
      assert.deepEqual(again, { kind: 'reused', grantId: 'grant-1' })
    })

    test('is forgotten in steps of the limit', async (t) => {
      const { grants } = (await open(t)).storage
      for (let index = 0; index < 5; index++) {
        await grants.addCode({ ...code, codeHash: `code-${index}`, expiresAt: t0 - 1 })
        await grants.revokeAccessToken(`token-${index}`, t0 - 1)
      }
      const steps: number[] = []
      for (let step = 0; step < 5; step++) steps.push(await grants.forgetExpired(t0, 3))
      assert.deepEqual(steps, [3, 3, 3, 1, 0])
    })
  })
}
