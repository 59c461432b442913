import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Context } from '../../src/model/ports/context.ts'
import type { Storage } from '../../src/model/ports/storage.ts'
import type { TokenCheck } from '../../src/model/ports/token-check.ts'
import { accountOf } from '../../src/model/user-id.ts'
import { createTokenCheck } from '../../src/oauth/token-check.ts'
import { createTokenServers } from '../../src/oauth/token-servers.ts'
import { removeClient } from '../../src/operations/catalog/change-catalog.ts'
import { loadCatalog } from '../../src/operations/catalog/load-catalog.ts'
import { issueToken } from '../../src/operations/tokens/issue-token.ts'
import { revokeToken } from '../../src/operations/tokens/revoke-token.ts'
import { createNewId } from '../../src/world/new-id.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { openMemoryStorage } from '../support/memory-storage.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

const organization = { id: 'amzn1.alexa.unit.did.ORG', name: 'O', solution: 'core', country: 'US' } as const
const client = {
  id: 'amzn1.application-oa2-client.c',
  secret: 's',
  roles: [{ unitId: organization.id, role: 'A4P.UnitAdmin' }],
}

describe('What two nodes remember of a token', () => {
  let clock: HandClock
  let storage: Storage
  let context: Context
  let node: TokenCheck
  let otherNode: TokenCheck
  before(async () => {
    clock = createHandClock()
    const now = () => clock.now()
    storage = await openMemoryStorage(now)
    const secrets = await newServiceSecrets(now())
    const nothing = () => {}
    context = {
      now,
      sleepUntil: clock.sleepUntil,
      newId: createNewId(now),
      storage,
      secrets,
      tokenServers: createTokenServers({ secrets, ownUrl: '', now }),
      limits: { batchItemsMax: 100 },
      activateAt: (at) => at,
      log: { info: nothing, warn: nothing, error: nothing },
      workIsDue: nothing,
      changesAreDue: nothing,
    }
    await load([client])
    node = createTokenCheck(context, () => [])
    otherNode = createTokenCheck(context, () => [])
  })
  after(() => storage.close())

  const load = (clients: object[]) =>
    loadCatalog(
      context,
      { organizations: [organization], clients },
      { requestId: context.newId(), actor: 'operator' },
      'operator',
    )
  const request = (form: Readonly<Record<string, string>>) => ({
    parameters: new Map(Object.entries({ client_id: client.id, client_secret: client.secret, ...form })),
    basic: undefined,
    caller: { isHere: true, judgeGuess: () => {}, refuseGuesser: () => {} },
  })
  const newToken = async () => {
    const form = { grant_type: 'client_credentials', scope: 'alexa::enterprise:management' }
    return (await issueToken(context, node, request(form))).access_token
  }
  const refused = (check: () => unknown) =>
    assert.rejects(
      async () => check(),
      (error: { code?: string }) => error.code === 'INVALID_LWA_TOKEN',
    )

  test('is at hand without waiting', async () => {
    const token = await newToken()
    const first = node.check(token, true)
    assert.ok(first instanceof Promise)
    const principal = await first
    assert.equal(node.check(token, true), principal)
    assert.deepEqual(
      [principal.clientId, principal.scopes, principal.accountId, principal.personId],
      [client.id, ['alexa::enterprise:management'], accountOf(context, client.id), undefined],
    )
  })

  test('is forgotten at once on the node that revokes it, and within five seconds on the other', async () => {
    const token = await newToken()
    for (const each of [node, otherNode]) await each.check(token, true)
    clock.moveBy(4999)
    await revokeToken(context, node, request({ token }))
    await refused(() => node.check(token, true))
    await otherNode.check(token, true)
    clock.moveBy(1)
    await refused(() => otherNode.check(token, true))
  })

  test('is what the catalog says within five seconds', async () => {
    const token = await newToken()
    await node.check(token, true)
    await removeClient(context, client.id, { requestId: context.newId(), actor: 'operator' })
    clock.moveBy(4999)
    await node.check(token, true)
    clock.moveBy(1)
    await refused(() => node.check(token, true))
    await load([client])
    node.forget()
    await node.check(token, true)
  })

  test('ends with the token, to the millisecond', async () => {
    const token = await newToken()
    clock.moveBy(3_599_000)
    await node.check(token, true)
    clock.moveBy(999)
    assert.ok(!(node.check(token, true) instanceof Promise))
    clock.moveBy(1)
    await refused(() => node.check(token, true))
  })

  test('is looked at again when the clock was set back', async () => {
    const token = await newToken()
    await node.check(token, true)
    clock.moveBy(-1000)
    assert.ok(node.check(token, true) instanceof Promise)
    await node.check(token, true)
    clock.moveBy(1000)
  })

  test('is found out once for all who ask at the same time', async () => {
    const token = await newToken()
    const first = node.check(token, true)
    const principals = await Promise.all([first, node.check(token, true), node.check(token, true)])
    assert.equal(new Set(principals).size, 1)
  })

  test('is not kept when it was read before something was forgotten', async () => {
    const token = await newToken()
    const reading = node.check(token, true)
    node.forget()
    await reading
    assert.ok(node.check(token, true) instanceof Promise)
  })

  test('is not more than 10,000 tokens', async () => {
    const first = await newToken()
    await node.check(first, true)
    for (let count = 0; count < 10_000; count++) await node.check(await newToken(), true)
    assert.ok(node.check(first, true) instanceof Promise)
  })
})
