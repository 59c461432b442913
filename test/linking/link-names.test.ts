/** Which link a code leads to, where a client of the service would have to wait for long, or start an earlier release. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { chooseLink } from '../../src/operations/links/choose-link.ts'
import { putDelegatedLink } from '../../src/operations/links/delegated-link.ts'
import {
  linkKey,
  onLinked,
  origin,
  putLinked,
  record,
  refusedWith,
  stamp,
  t0,
} from '../storage/conformance/records.ts'
import { openLinkingContext } from '../support/linking-context.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

const authCode = 'a code'
const redirectUri = 'https://r.example/'

let secrets: ServiceSecrets
before(async () => {
  secrets = await newServiceSecrets(t0)
})

describe('A link that a release before this one made', () => {
  test('answers the code again for the unit that lives on it, and for no other', async (t) => {
    const { context, root, rooms, linked } = await openLinkingContext(t, secrets, 2)
    const [room, otherRoom] = rooms
    assert.ok(room && otherRoom)
    const name = secrets.hash(`${root.id} ${linked.id} ${authCode}`, 'link-code')
    await putLinked(context.storage, linkKey(root, 'A', name), t0)
    await context.storage.enablements.enable(record(room, 'A', { link: onLinked(name) }), stamp(t0))
    const request = { authCode, redirectUri, type: 'AUTH_CODE' } as const
    const choices = await Promise.all(
      [room, otherRoom].map((unit) => chooseLink(context, linked, unit, request, 'client-1')),
    )
    assert.equal(choices[0]?.exchange?.key.name, name)
    assert.notEqual(choices[1]?.exchange?.key.name, name)
  })

  test('A delegated link that a release before this one made answers the code again', async (t) => {
    const { context, root, linked, server } = await openLinkingContext(t, secrets, 2)
    const target = { organizationId: root.id, skillId: linked.id }
    const name = secrets.hash(`${root.id} ${linked.id} delegated ${authCode}`, 'link-code')
    await putLinked(context.storage, { ...target, name }, t0)
    assert.equal(await context.storage.delegatedLinks.delegate({ ...target, name }, origin(t0)), true)
    const call = { requestId: 'request-1', actor: 'operator' }
    const put = await putDelegatedLink(context, target, { authCode, redirectUri }, call)
    assert.equal(put.status, 'LINKED')
    assert.deepEqual(server.requests, [])
  })
})

describe('A code that a token server takes again and again', () => {
  test('gets ten links at most, each for ten minutes, and is spent then', async (t) => {
    const { context, root, rooms, linked, moveBy } = await openLinkingContext(t, secrets, 11)
    const request = { authCode, redirectUri, type: 'AUTH_CODE' } as const
    const choose = async (index: number) => {
      const choice = await chooseLink(context, linked, rooms[index]!, request, 'client-1')
      return choice.exchange?.key.name ?? ''
    }
    const names: string[] = []
    for (const [index, room] of rooms.slice(0, 10).entries()) {
      const name = await choose(index)
      names.push(name)
      await putLinked(context.storage, linkKey(root, 'A', name), context.now())
      const link = onLinked(name)
      await context.storage.enablements.enable(record(room, 'A', { link }), stamp(context.now()))
      moveBy(599_999)
      assert.equal(await choose(10), name)
      moveBy(1)
    }
    assert.equal(new Set(names).size, 10)
    await assert.rejects(choose(10), refusedWith('INVALID_PARAM'))
    // A retry is one all the same.
    for (const [index, name] of names.entries()) assert.equal(await choose(index), name)
  })
})
