import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { HashPurpose } from '../../src/model/ports/context.ts'
import type { SealPurpose } from '../../src/model/ports/sealed.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import { newSealingKeyText, readSealingKey, type SealingKeys } from '../../src/oauth/sealing.ts'
import { openSecrets, type ServiceSecrets } from '../../src/oauth/secrets.ts'
import { ensureKeys } from '../../src/oauth/service-keys.ts'
import { openMemoryStorage } from '../support/memory-storage.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

const text = () => fc.string({ unit: 'grapheme', maxLength: 300 })
const day = 24 * 3_600_000

/** Every text that differs from the given one in a single bit of a single character. */
function* oneBitChanges(value: string): Generator<string> {
  for (let at = 0; at < value.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit))
      yield value.slice(0, at) + changed + value.slice(at + 1)
    }
  }
}

describe('Sealed values', () => {
  let secrets: ServiceSecrets
  before(async () => {
    secrets = await newServiceSecrets()
  })

  test('open to what was sealed', () => {
    fc.assert(
      fc.property(text(), (plain) => {
        assert.equal(secrets.open(secrets.seal(plain, 'link-tokens'), 'link-tokens'), plain)
      }),
    )
  })

  test('never look the same twice and do not show what is in them', () => {
    const sealed = [1, 2].map(() => secrets.seal('a secret of a skill', 'skill-secret'))
    assert.notEqual(sealed[0], sealed[1])
    for (const value of sealed) assert.ok(!Buffer.from(value, 'base64url').toString().includes('secret'))
  })

  test('do not open for another purpose', () => {
    const purposes: SealPurpose[] = ['skill-secret', 'link-tokens', 'link-request', 'key']
    for (const purpose of purposes) {
      const sealed = secrets.seal('x', purpose)
      for (const other of purposes.filter((each) => each !== purpose)) {
        assert.throws(() => secrets.open(sealed, other), /was changed, or was sealed for another purpose/)
      }
    }
  })

  test('do not open when a single bit was changed, anywhere', () => {
    const sealed = secrets.seal('what a refresh token looks like', 'link-tokens')
    for (const changed of oneBitChanges(sealed)) assert.throws(() => secrets.open(changed, 'link-tokens'))
  })

  test('do not open when cut short, longer or empty', () => {
    const sealed = secrets.seal('', 'link-tokens')
    for (let length = 0; length < sealed.length; length++) {
      assert.throws(() => secrets.open(sealed.slice(0, length), 'link-tokens'))
    }
    assert.throws(() => secrets.open(`${sealed}A`, 'link-tokens'))
  })
})

describe('Signed texts', () => {
  let secrets: ServiceSecrets
  before(async () => {
    secrets = await newServiceSecrets()
  })

  test('give back their payload and need no encoding in a URL', () => {
    fc.assert(
      fc.property(text(), (payload) => {
        const signed = secrets.sign(payload, 'page-token')
        assert.equal(secrets.verify(signed, 'page-token'), payload)
        assert.equal(encodeURIComponent(signed), signed)
      }),
    )
  })

  test('are refused when a single bit was changed, anywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (payload) => {
        for (const changed of oneBitChanges(secrets.sign(payload, 'access-token'))) {
          assert.equal(secrets.verify(changed, 'access-token'), undefined)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('are refused when signed for another purpose, or not signed at all', () => {
    assert.equal(secrets.verify(secrets.sign('x', 'access-token'), 'page-token'), undefined)
    fc.assert(
      fc.property(text(), (other) => {
        assert.equal(secrets.verify(other, 'access-token'), undefined)
      }),
    )
    for (const odd of ['', '.', '..', '...', 's1..', 's1.AA.', 's1.AA.AA.AA']) {
      assert.equal(secrets.verify(odd, 'access-token'), undefined)
    }
  })
})

describe('Hashes', () => {
  let secrets: ServiceSecrets
  before(async () => {
    secrets = await newServiceSecrets()
  })

  test('are equal for equal values, and for nothing else', () => {
    fc.assert(
      fc.property(text(), text(), (a, b) => {
        assert.equal(secrets.hash(a, 'refresh-token'), secrets.hash(a, 'refresh-token'))
        assert.equal(secrets.matches(a, secrets.hash(b, 'refresh-token'), 'refresh-token'), a === b)
      }),
    )
  })

  test('Hashes of one purpose say nothing about those of another, or of another service', async () => {
    const purposes: HashPurpose[] = [
      'client-secret',
      'refresh-token',
      'authorization-code',
      'link-code',
      'user-id',
      'unit-list',
    ]
    const other = await newServiceSecrets()
    const hashes = [secrets, other].flatMap((each) =>
      purposes.map((purpose) => each.hash('the same', purpose)),
    )
    assert.equal(new Set(hashes).size, hashes.length)
  })
})

describe('A sealing key', () => {
  test('is read from base64url and from plain base64, and has the same ID in both', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const ids = [
      bytes.toString('base64url'),
      bytes.toString('base64'),
      ` ${bytes.toString('base64url')}\n`,
    ].map((form) => readSealingKey(form).id)
    assert.equal(new Set(ids).size, 1)
  })

  test('A malformed sealing key is refused with its length, not its text', () => {
    for (const bad of ['', 'short', 'A'.repeat(42), 'A'.repeat(44), 'é'.repeat(43), `${'A'.repeat(42)}B`]) {
      assert.throws(
        () => readSealingKey(bad),
        (error: Error) =>
          /A sealing key is 32 random bytes/.test(error.message) &&
          (bad === '' || !error.message.includes(bad)),
      )
    }
  })
})

describe('The keys of the service', () => {
  const first = readSealingKey(newSealingKeyText())
  const second = readSealingKey(newSealingKeyText())
  let storage: Storage
  before(async () => {
    storage = await openMemoryStorage()
  })
  after(() => storage.close())

  const open = async (sealingKeys: SealingKeys, now: number) =>
    openSecrets({
      sealingKeys,
      keys: await ensureKeys(storage.keys, await storage.keys.list(), sealingKeys, now),
      now,
    })

  test('are the same for nodes that start at once', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => open([first], 0)))
    const hashes = new Set(nodes.map((node) => node.hash('x', 'client-secret')))
    assert.equal(hashes.size, 1)
    const signed = nodes.map((node) => node.sign('x', 'access-token'))
    for (const node of nodes) for (const each of signed) assert.equal(node.verify(each, 'access-token'), 'x')
  })

  test('open after the sealing key was replaced, as long as the old one is named too', async () => {
    const before = await open([first], 0)
    const after = await open([second, first], 0)
    const sealed = before.seal('x', 'link-tokens')
    assert.equal(after.open(sealed, 'link-tokens'), 'x')
    assert.equal(after.hash('x', 'user-id'), before.hash('x', 'user-id'))
    assert.equal(after.verify(before.sign('x', 'page-token'), 'page-token'), 'x')
    assert.throws(
      () => before.open(after.seal('x', 'link-tokens'), 'link-tokens'),
      /not among the sealing keys/,
    )
  })

  test('do not open with another sealing key, and the error names the one that is missing', async () => {
    await assert.rejects(open([second], 0), (error: Error) => error.message.includes(`"${first.id}"`))
  })

  test('change for signing every 30 days, without refusing what was signed before', async () => {
    const old = await open([first], 29 * day)
    const signedBefore = old.sign('x', 'page-token')
    const created = await open([first], 30 * day)
    // For the first hour other nodes may not know the new key, so the old one still signs.
    assert.equal(old.verify(created.sign('x', 'page-token'), 'page-token'), 'x')
    const later = await open([first], 30 * day + 3_600_000)
    const signedAfter = later.sign('x', 'page-token')
    assert.equal(old.verify(signedAfter, 'page-token'), undefined)
    assert.equal(later.verify(signedBefore, 'page-token'), 'x')
    assert.equal((await open([first], 31 * day)).verify(signedBefore, 'page-token'), 'x')
    assert.equal((await open([first], 33 * day)).verify(signedBefore, 'page-token'), undefined)
    assert.equal(later.hash('x', 'user-id'), old.hash('x', 'user-id'))
  })

  test('can be taken up while the service runs', async () => {
    const running = await open([first], 0)
    const other = await open([first], 60 * day + 7_200_000)
    const keys = await ensureKeys(storage.keys, await storage.keys.list(), [first], 60 * day)
    running.useKeys(keys, 60 * day + 7_200_000)
    assert.equal(running.verify(other.sign('x', 'access-token'), 'access-token'), 'x')
  })
})
