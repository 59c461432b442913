import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Session, SignInCode } from '../../../src/model/console/session.ts'
import { recorded } from '../../../src/model/operations-log.ts'
import type { Person } from '../../../src/model/principals/person.ts'
import { catalogEntry, logOf, type OpenStorage, principalId, raceRounds, t0, withoutId } from './records.ts'

const nora = principalId('NORA')
const max = 3

const code = (name: string, more: Partial<SignInCode> = {}): SignInCode => ({
  codeHash: `hash of ${name}`,
  actor: 'operator',
  proof: 'proof of a token',
  codeChallenge: undefined,
  expiresAt: t0 + 60_000,
  ...more,
})

const session = (id: string, more: Partial<Session> = {}): Session => ({
  id,
  secretHash: `hash of the secret of ${id}`,
  actor: nora,
  proof: 'proof of a passphrase',
  createdAt: t0,
  usedAt: t0,
  expiresAt: t0 + 3_600_000,
  ...more,
})

const entry = (detail: string) =>
  recorded(
    { now: t0, requestId: 'request-1', actor: nora },
    { operation: 'session', detail: { [detail]: 1 } },
  )

const person: Person = {
  id: nora,
  name: 'Nora',
  email: 'nora@hospital.example',
  passphraseHash: 'hash',
  subject: undefined,
  roles: [],
  isEmbedded: false,
}

export function sessionsConformance(open: OpenStorage): void {
  describe('a code for signing in', () => {
    test('is found as it was added, with a challenge or without, until somebody takes it', async (t) => {
      const { storage, otherNode } = await open(t)
      const codes = [code('one'), code('two', { actor: nora, codeChallenge: 'challenge' })]
      for (const one of codes) await storage.sessions.addCode(one, max)
      for (const one of codes) assert.deepEqual(await otherNode.sessions.findCode(one.codeHash), one)
      assert.equal(await otherNode.sessions.takeCode(codes[0]!.codeHash), true)
      assert.equal(await storage.sessions.takeCode(codes[0]!.codeHash), false)
      assert.equal(await storage.sessions.findCode(codes[0]!.codeHash), undefined)
      assert.deepEqual(await storage.sessions.findCode(codes[1]!.codeHash), codes[1])
      assert.equal(await storage.sessions.takeCode('unknown'), false)
    })

    test('is taken once, however many take it at the same time', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        await storage.sessions.addCode(code(`${round}`), max)
        const takers = [storage, otherNode, storage, otherNode]
        const taken = await Promise.all(takers.map((node) => node.sessions.takeCode(`hash of ${round}`)))
        assert.equal(taken.filter(Boolean).length, 1)
      }
    })

    test('goes when its account has too many, first those that expire first', async (t) => {
      const { sessions } = (await open(t)).storage
      await sessions.addCode(code('of another', { actor: nora, expiresAt: t0 + 1 }), max)
      for (const index of [4, 1, 3, 2, 5]) {
        await sessions.addCode(code(`${index}`, { expiresAt: t0 + index }), max)
      }
      const found = await Promise.all([1, 2, 3, 4, 5].map((index) => sessions.findCode(`hash of ${index}`)))
      assert.deepEqual(
        found.map((one) => one?.expiresAt),
        [undefined, undefined, t0 + 3, t0 + 4, t0 + 5],
      )
      assert.ok(await sessions.findCode('hash of of another'))
    })
  })

  describe('a session', () => {
    test('is found by its ID and by its secret, and is logged', async (t) => {
      const { storage, otherNode } = await open(t)
      const one = session('one')
      await storage.sessions.add(one, max, entry('begun'))
      assert.deepEqual(await otherNode.sessions.find('one'), one)
      assert.deepEqual(await otherNode.sessions.findBySecret(one.secretHash), one)
      assert.equal(await otherNode.sessions.find('two'), undefined)
      assert.equal(await otherNode.sessions.findBySecret('one'), undefined)
      const [logged] = (await logOf(storage)).map(withoutId)
      assert.deepEqual(logged, {
        at: t0,
        requestId: 'request-1',
        actor: nora,
        operation: 'session',
        outcome: 'done',
        detail: { begun: 1 },
      })
    })

    test('notes when it was used, unless it has ended', async (t) => {
      const { storage, otherNode } = await open(t)
      await storage.sessions.add(session('one'), max, entry('begun'))
      await storage.sessions.add(session('two'), max, entry('begun'))
      assert.equal(await otherNode.sessions.touch('one', t0 + 5), true)
      assert.deepEqual(await storage.sessions.find('one'), session('one', { usedAt: t0 + 5 }))
      assert.deepEqual(await storage.sessions.find('two'), session('two'))
      assert.equal(await otherNode.sessions.end('one', entry('ended')), true)
      assert.equal(await storage.sessions.touch('one', t0 + 6), false)
      assert.equal(await storage.sessions.find('one'), undefined)
    })

    test('ends once, and that is logged once', async (t) => {
      const { storage, otherNode } = await open(t)
      await storage.sessions.add(session('one'), max, entry('begun'))
      const ends = await Promise.all([
        storage.sessions.end('one', entry('ended')),
        otherNode.sessions.end('one', entry('ended')),
      ])
      assert.deepEqual(ends.sort(), [false, true])
      assert.deepEqual(
        (await logOf(storage)).map(({ detail }) => detail),
        [{ begun: 1 }, { ended: 1 }],
      )
    })

    test('ends when its account has too many, first those that were used least recently', async (t) => {
      const { sessions } = (await open(t)).storage
      await sessions.add(session('other', { actor: 'operator' }), max, entry('begun'))
      for (const id of ['a', 'b', 'c']) await sessions.add(session(id), max, entry('begun'))
      await sessions.touch('a', t0 + 1)
      await sessions.add(session('d', { usedAt: t0 + 2 }), max, entry('begun'))
      const ids = (await sessions.list('', 10)).map(({ id }) => id)
      assert.deepEqual(ids, ['a', 'c', 'd', 'other'])
    })

    test('is listed by ID in pages', async (t) => {
      const { sessions } = (await open(t)).storage
      const all = ['a', 'b', 'c'].map((id) => session(id))
      for (const one of all) await sessions.add(one, max, entry('begun'))
      assert.deepEqual(await sessions.list('', 2), all.slice(0, 2))
      assert.deepEqual(await sessions.list('b', 2), all.slice(2))
    })

    test('ends with its person, and so do the codes of that person', async (t) => {
      const { storage, otherNode } = await open(t)
      await storage.catalog.put({ people: [person] }, catalogEntry())
      await storage.sessions.add(session('hers'), max, entry('begun'))
      await storage.sessions.add(session('other', { actor: 'operator' }), max, entry('begun'))
      await storage.sessions.addCode(code('hers', { actor: nora }), max)
      await storage.sessions.addCode(code('other'), max)
      assert.equal(await otherNode.catalog.removePerson(nora, catalogEntry()), true)
      assert.deepEqual(
        (await storage.sessions.list('', 10)).map(({ id }) => id),
        ['other'],
      )
      assert.equal(await storage.sessions.findCode('hash of hers'), undefined)
      assert.ok(await storage.sessions.findCode('hash of other'))
    })
  })

  describe('sessions and codes that have expired', () => {
    test('are forgotten in steps of the limit, and others are kept', async (t) => {
      const { sessions } = (await open(t)).storage
      for (const id of ['a', 'b', 'c']) {
        await sessions.add(session(id, { expiresAt: t0 - 1 }), max, entry('begun'))
        await sessions.addCode(code(id, { expiresAt: t0 - 1 }), max)
      }
      const kept = session('kept', { actor: 'operator', expiresAt: t0 })
      await sessions.add(kept, max, entry('begun'))
      await sessions.addCode(code('kept', { actor: nora, expiresAt: t0 }), max)
      const steps: number[] = []
      for (let step = 0; step < 4; step++) steps.push(await sessions.forgetExpired(t0, 2))
      assert.deepEqual(steps, [2, 2, 2, 0])
      assert.deepEqual(await sessions.list('', 10), [kept])
      assert.ok(await sessions.findCode('hash of kept'))
    })
  })
}
