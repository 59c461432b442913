import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Storage } from '../../../src/model/ports/storage.ts'
import type { AccountLinking } from '../../../src/model/skill.ts'
import {
  catalogEntry,
  claim,
  linkKey,
  type OpenStorage,
  origin,
  putRoom,
  record,
  skill,
  skillId,
  stamp,
  t0,
} from './records.ts'

const oldKey = 'OLD_KEY1'
const newKey = 'new-key2'

/** One value of each kind under the old key, and as many under a third. */
async function putSealed(storage: Storage): Promise<void> {
  const room = await putRoom(storage)
  for (const [index, key] of [oldKey, 'thirdKey'].entries()) {
    const name = `link-${index}`
    await storage.keys.add({ id: `s${index}`, purpose: 'sign', sealed: `${key}.k${index}`, createdAt: t0 })
    await storage.catalog.put({ skills: [skill(name, linkingWith(`${key}.s${index}`))] }, catalogEntry())
    const linked = linkKey(room, name, 'linked')
    await storage.links.claim(linked, claim('c', t0), origin(t0))
    await storage.links.settleLinked(linked, 'c', { sealedTokens: `${key}.t${index}`, now: t0, checkAt: t0 })
    const link = { kind: 'pending', name: 'pending', sealedRequest: `${key}.r${index}` } as const
    await storage.enablements.enable(record(room, name, { link }), stamp(t0))
  }
}

function linkingWith(sealedClientSecret: string): { accountLinking: AccountLinking } {
  const accessTokenUri = 'https://provider.example/token'
  const authenticationScheme = 'HTTP_BASIC'
  const others = {
    accessTokenUri,
    clientId: 'client',
    authenticationScheme,
    skipOnEnablement: false,
  } as const
  return { accountLinking: { ...others, sealedClientSecret } }
}

export function sealedConformance(open: OpenStorage): void {
  describe('what rests sealed', () => {
    test('is found by the ID of its sealing key, wherever it is, and counted up to a limit', async (t) => {
      const { storage } = await open(t)
      assert.deepEqual(await storage.sealed.listKeyIds(), [])
      await putSealed(storage)
      assert.deepEqual((await storage.sealed.listKeyIds()).sort(), [oldKey, 'thirdKey'])
      const found = await storage.sealed.listUnder(oldKey, 10)
      assert.deepEqual(
        found.map(({ purpose, sealed }) => [purpose, sealed]),
        [
          ['key', `${oldKey}.k0`],
          ['link-tokens', `${oldKey}.t0`],
          ['link-request', `${oldKey}.r0`],
          ['skill-secret', `${oldKey}.s0`],
        ],
      )
      assert.equal(await storage.sealed.countUnder(oldKey, 10), 4)
      assert.equal(await storage.sealed.countUnder('OLDxKEY1', 10), 0)
      for (let index = 0; index < 5; index += 1) {
        await storage.keys.add({ id: `more-${index}`, purpose: 'sign', sealed: `${newKey}.x`, createdAt: t0 })
      }
      assert.equal(await storage.sealed.countUnder(newKey, 3), 3)
      assert.equal((await storage.sealed.listUnder(newKey, 3)).length, 3)
    })

    test('is replaced where it has not changed since, seen at once, and nothing else is', async (t) => {
      const { storage, otherNode } = await open(t)
      await putSealed(storage)
      await storage.catalog.findSkill(skillId('link-0'))
      const found = await storage.sealed.listUnder(oldKey, 10)
      await storage.catalog.put(
        { skills: [skill('link-0', linkingWith(`${oldKey}.changed`))] },
        catalogEntry(),
      )
      await storage.sealed.replace(
        found.map((value) => ({ value, by: value.sealed.replace(oldKey, newKey) })),
      )
      const left = await otherNode.sealed.listUnder(oldKey, 10)
      assert.deepEqual(
        left.map(({ sealed }) => sealed),
        [`${oldKey}.changed`],
      )
      await storage.sealed.replace(left.map((value) => ({ value, by: `${newKey}.changed` })))
      const { accountLinking } = (await storage.catalog.findSkill(skillId('link-0'))) ?? {}
      assert.equal(accountLinking?.sealedClientSecret, `${newKey}.changed`)
      assert.deepEqual((await storage.sealed.listKeyIds()).sort(), [newKey, 'thirdKey'])
      assert.equal(await storage.sealed.countUnder('thirdKey', 10), 4)
    })
  })
}
