// What rests sealed with a link is not trusted when it is opened: an operator may have restored half a database, and a
// release may have written another form.
import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { openRequest, openTokens, sealRequest, sealTokens } from '../../src/model/link-secrets.ts'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { settleLinks } from '../../src/operations/links/settle-links.ts'
import { linkKey, record, stamp, t0 } from '../storage/conformance/records.ts'
import { openLinkingContext } from '../support/linking-context.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

let secrets: ServiceSecrets
before(async () => {
  secrets = await newServiceSecrets(t0)
})

const word = fc.string({ minLength: 1 })
const request = fc.record({ authCode: word, redirectUri: fc.string() }, { noNullPrototype: true })
const tokens = fc.record(
  { accessToken: word, refreshToken: word, expiresAt: fc.nat() },
  { requiredKeys: ['accessToken'], noNullPrototype: true },
)
const secret = 'a secret that no message may quote'
const noText = fc.constantFrom(undefined, null, 0, true, {}, [secret], '')
/** Texts that are no JSON, JSON of another kind, and objects with one wrong or missing property. */
const noRequest = fc.oneof(
  fc.constantFrom('', secret, `{"authCode":"${secret}"`, 'null', '[]', '"text"', '7', '{}'),
  noText.map((authCode) => JSON.stringify({ authCode, redirectUri: secret })),
  noText
    .filter((value) => value !== '')
    .map((redirectUri) => JSON.stringify({ authCode: secret, redirectUri })),
)
const noTokens = fc.oneof(
  fc.constantFrom('', secret, `{"accessToken":"${secret}"`, 'null', '[]', '"text"', '7', '{}'),
  noText.map((accessToken) => JSON.stringify({ accessToken, refreshToken: secret })),
  noText
    .filter((value) => value !== undefined)
    .map((refreshToken) => JSON.stringify({ accessToken: secret, refreshToken })),
  fc.constantFrom(null, '0', true, {}).map((expiresAt) => JSON.stringify({ accessToken: secret, expiresAt })),
)
const quotesNothing = ({ message }: Error) => !message.includes('secret that')

describe('What rests sealed with a link', () => {
  test('is opened as it was sealed', () => {
    fc.assert(
      fc.property(request, tokens, (one, two) => {
        assert.deepEqual(openRequest(secrets, sealRequest(secrets, one)), one)
        assert.deepEqual(openTokens(secrets, sealTokens(secrets, two)), two)
      }),
    )
  })

  test('is an error that quotes nothing when it has another form', () => {
    fc.assert(
      fc.property(noRequest, noTokens, (one, two) => {
        assert.throws(() => openRequest(secrets, secrets.seal(one, 'link-request')), quotesNothing)
        assert.throws(() => openTokens(secrets, secrets.seal(two, 'link-tokens')), quotesNothing)
      }),
    )
  })

  test('never goes to a token server when it has another form, and the link is refused in the end', async (t) => {
    const { context, server, key, faults, moveBy } = await openWaiting(t, '{"authCode":7,"redirectUri":"x"}')
    for (let step = 0; step < 20; step++) {
      await settleLinks(context, new AbortController().signal)
      moveBy(10_000)
    }
    assert.deepEqual(server.requests, [])
    assert.equal(faults.length, 12)
    assert.equal(await context.storage.links.find(key), undefined)
  })
})

/** A room waits for the link whose sealed request is this text. */
async function openWaiting(t: TestContext, text: string) {
  const opened = await openLinkingContext(t, secrets, 1)
  const room = opened.rooms[0]!
  const sealedRequest = secrets.seal(text, 'link-request')
  const link = { kind: 'pending', name: 'code-1', sealedRequest } as const
  await opened.context.storage.enablements.enable(record(room, 'A', { link }), stamp(t0))
  return { ...opened, key: linkKey(room, 'A', 'code-1') }
}
